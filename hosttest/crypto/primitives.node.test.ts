import { randomFillSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { toHex } from '../../firmware/core/bytes'
import { TAG_BYTES } from '../../firmware/crypto/primitives'
import { x25519 } from '../../firmware/crypto/x25519'
import { noblePrimitives } from '../../tools/noble/primitives'
import { nodePrimitives } from '../../tools/node/crypto'
import { random } from '../../tools/sim/random'
import { crossingPrimitives, PrimitiveAnswers } from '../../tools/xs/primitives'
import { fromHex } from '../tls/x509/vectors'
import { LOW_ORDER } from './low-order'

const node = nodePrimitives({ fill: (bytes) => void randomFillSync(bytes) })
const answers = new PrimitiveAnswers(node)
const crossing = crossingPrimitives((call, ...parts) => answers.answer(call, parts))

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
console.log(`SEED=${seed}`)

describe.each([
  ['@noble', noblePrimitives],
  ['across to Node, as XS asks for it', crossing],
])('the port by %s does as OpenSSL does', (_name, other) => {
  const entropy = random(seed)
  const draw = (length: number) => {
    const bytes = new Uint8Array(length)
    entropy.fill(bytes)
    return bytes
  }

  test('digests, in parts of a buffer that is used again', () => {
    const digest = ({ sha256 }: Pick<typeof node, 'sha256'>) => {
      const hash = sha256()
      const part = new Uint8Array(100).fill(1)
      hash.update(part)
      const first = toHex(hash.digest())
      part.fill(2)
      hash.update(part)
      return [first, toHex(hash.digest())]
    }
    expect(digest(other)).toEqual(digest(node))
  })

  test.each([16, 32])('AES-GCM with a key of %d bytes, and no bit of it altered', (keyBytes) => {
    const [key, nonce, header, text] = [draw(keyBytes), draw(12), draw(13), draw(77)]
    const seal = ({ cipher }: Pick<typeof node, 'cipher'>) => {
      const bytes = new Uint8Array(2 + text.length + TAG_BYTES)
      bytes.set(text, 2)
      cipher(key).seal(nonce, header, bytes, 2, 2 + text.length)
      return bytes
    }
    const sealed = seal(other)
    expect(toHex(sealed)).toBe(toHex(seal(node)))
    const open = (bytes: Uint8Array) =>
      other.cipher(key).open(nonce, header, bytes, 2, 2 + text.length)
    for (let bit = 16; bit < 8 * sealed.length; bit++) {
      const altered = sealed.slice()
      altered[bit >> 3] ^= 1 << (bit & 7)
      expect(open(altered)).toBe(false)
    }
    expect(open(sealed)).toBe(true)
    expect(sealed.subarray(2, 2 + text.length)).toEqual(text)
  })
})

test.each(LOW_ORDER)('@noble answers zero, as we do: %s', (_name, u) => {
  expect(noblePrimitives.x25519(new Uint8Array(32).fill(7), fromHex(u))).toEqual(new Uint8Array(32))
})

test('our X25519 of random keys and points does as @noble/curves does', () => {
  const entropy = random(seed)
  for (let i = 0; i < 100; i++) {
    const [scalar, u] = [new Uint8Array(32), new Uint8Array(32)]
    entropy.fill(scalar)
    entropy.fill(u)
    expect(toHex(x25519(scalar, u))).toBe(toHex(noblePrimitives.x25519(scalar, u)))
  }
})
