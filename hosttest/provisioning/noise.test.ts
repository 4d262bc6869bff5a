import { describe, expect, test } from '@jest/globals'
import { toHex } from '../../firmware/core/bytes'
import { TAG_BYTES } from '../../firmware/crypto/primitives'
import { type CipherState, Handshake, NOTHING } from '../../firmware/provisioning/noise'
import { LOW_ORDER } from '../crypto/low-order'
import { primitives } from '../crypto/primitives'
import { fromHex } from '../tls/x509/vectors'
import { NNPSK0 } from '../vectors/noise'

const drawing = (key: string) => ({ fill: (bytes: Uint8Array) => bytes.set(fromHex(key)) })
const side = ({ prologue, psk }: { prologue: string; psk: string } = NNPSK0) =>
  new Handshake(primitives, fromHex(prologue), fromHex(psk))

function seal(cipher: CipherState, text: string): string {
  const bytes = fromHex(text + '00'.repeat(TAG_BYTES))
  cipher.seal(bytes, 0, bytes.length - TAG_BYTES)
  return toHex(bytes)
}

function open(cipher: CipherState, sealed: string): string | undefined {
  const bytes = fromHex(sealed)
  const end = bytes.length - TAG_BYTES
  return cipher.open(bytes, 0, end) ? toHex(bytes.subarray(0, end)) : undefined
}

const [first, second, ...records] = NNPSK0.messages

describe('the published vector of cacophony', () => {
  test('as the initiator', () => {
    const us = side()
    us.draw(drawing(NNPSK0.initiator))
    expect(toHex(us.write(fromHex(first.payload))!)).toBe(first.sealed)
    expect(toHex(us.read(fromHex(second.sealed))!)).toBe(second.payload)
    expect(toHex(us.hash)).toBe(NNPSK0.hash)
    const [ours, theirs] = us.split()
    expect(records.map(({ payload }, i) => i % 2 === 0 && seal(ours, payload))).toEqual(
      records.map(({ sealed }, i) => i % 2 === 0 && sealed),
    )
    expect(records.map(({ sealed }, i) => i % 2 === 1 && open(theirs, sealed))).toEqual(
      records.map(({ payload }, i) => i % 2 === 1 && payload),
    )
  })

  test('as the responder', () => {
    const us = side()
    expect(toHex(us.read(fromHex(first.sealed))!)).toBe(first.payload)
    us.draw(drawing(NNPSK0.responder))
    expect(toHex(us.write(fromHex(second.payload))!)).toBe(second.sealed)
    expect(toHex(us.hash)).toBe(NNPSK0.hash)
    const [theirs, ours] = us.split()
    expect(records.map(({ sealed }, i) => i % 2 === 0 && open(theirs, sealed))).toEqual(
      records.map(({ payload }, i) => i % 2 === 0 && payload),
    )
    expect(records.map(({ payload }, i) => i % 2 === 1 && seal(ours, payload))).toEqual(
      records.map(({ sealed }, i) => i % 2 === 1 && sealed),
    )
  })
})

test('no bit of the first message may be altered, the one that X25519 ignores included', () => {
  const message = fromHex(first.sealed)
  for (let bit = 0; bit < 8 * message.length; bit++) {
    const altered = message.slice()
    altered[bit >> 3] ^= 1 << (bit & 7)
    expect(side().read(altered)).toBeUndefined()
  }
  expect(side().read(message)).toBeDefined()
})

test('no byte of the first message may be missing or left over', () => {
  const message = fromHex(first.sealed)
  for (let length = 0; length < message.length; length++)
    expect(side().read(message.subarray(0, length))).toBeUndefined()
  expect(side().read(fromHex(`${first.sealed}00`))).toBeUndefined()
})

test.each([
  ['psk', { ...NNPSK0, psk: `00${NNPSK0.psk.slice(2)}` }],
  ['prologue', { ...NNPSK0, prologue: `${NNPSK0.prologue}00` }],
])('another %s does not open the first message, and nothing is multiplied', (_name, other) => {
  const x25519 = (): Uint8Array => {
    throw new Error('a multiplication')
  }
  const us = new Handshake({ ...primitives, x25519 }, fromHex(other.prologue), fromHex(other.psk))
  expect(us.read(fromHex(first.sealed))).toBeUndefined()
})

test.each(LOW_ORDER)('a peer whose key is %s gets no second message', (_name, u) => {
  // Whoever has the secret can seal a first message with any key.
  const peer = new Handshake(
    { ...primitives, x25519: () => fromHex(u) },
    fromHex(NNPSK0.prologue),
    fromHex(NNPSK0.psk),
  )
  peer.draw(drawing(NNPSK0.initiator))
  const us = side()
  expect(us.read(peer.write(NOTHING)!)).toEqual(NOTHING)
  us.draw(drawing(NNPSK0.responder))
  expect(us.write(NOTHING)).toBeUndefined()
})

test('keys are wiped when the handshake is over, and when the channel is', () => {
  const scalars: Uint8Array[] = []
  const ciphers: Uint8Array[] = []
  const secrets: Uint8Array[] = []
  const watched = {
    ...primitives,
    cipher(key: Uint8Array) {
      ciphers.push(key)
      return primitives.cipher(key)
    },
    x25519(scalar: Uint8Array, u: Uint8Array) {
      scalars.push(scalar)
      const product = primitives.x25519(scalar, u)
      if (u[0] !== 9) secrets.push(product)
      return product
    },
  }
  const us = new Handshake(watched, fromHex(NNPSK0.prologue), fromHex(NNPSK0.psk))
  us.draw(drawing(NNPSK0.initiator))
  us.write(fromHex(first.payload))
  us.read(fromHex(second.sealed))
  const states = us.split()
  const zeros = (many: Uint8Array[]) => many.map((bytes) => bytes.every((byte) => byte === 0))
  expect(zeros(scalars)).toEqual([true, true])
  expect(zeros(secrets)).toEqual([true])
  // Of the two messages, and of the two directions.
  expect(zeros(ciphers)).toEqual([true, true, false, false])
  for (const state of states) state.wipe()
  expect(zeros(ciphers)).toEqual([true, true, true, true])
  expect(states.map((state) => open(state, records[0].sealed))).toEqual([undefined, undefined])
})
