import { beforeAll, describe, expect, test } from '@jest/globals'
import { toHex } from '../../firmware/core/bytes'
import type { UnixMs } from '../../firmware/core/time'
import { drawPrivateKey } from '../../firmware/crypto/keys'
import { MAX_SESSION_MS, mayResume } from '../../firmware/tls/session'
import { nodePrimitives } from '../../tools/node/crypto'
import type { Issued } from '../../tools/tls/authority'
import type { Script } from '../../tools/tls/script'
import { Conversation, parties } from './converse'
import { fromHex } from './x509/vectors'

const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

// The certificates are made for today.
const NOW = Date.now()

let them: { root: Issued; broker: Issued }
beforeAll(async () => {
  them = await parties()
})

describe('sessions', () => {
  function twice(first: Partial<Script>, second: Partial<Script>) {
    const sessions = new Map<string, Uint8Array>()
    const { session, log } = new Conversation(them, first, { utc: NOW }, sessions)
    expect(log).toEqual(['open'])
    return new Conversation(them, second, { session, utc: NOW + 5000 }, sessions)
  }

  test('is kept, resumed, and lasts no longer for it', () => {
    const { session } = new Conversation(them, { resumes: 'always' }, { utc: NOW })
    expect(session?.until).toBe(NOW + MAX_SESSION_MS)
    const again = twice({ resumes: 'always' }, { resumes: 'always' })
    expect(again.log).toEqual(['open'])
    expect(again.told.resumed).toBe(1)
    expect(again.session?.until).toBe(NOW + MAX_SESSION_MS)
  })

  test('ends when the first certificate does', async () => {
    const short = await parties({ days: [-1, 0.5] })
    const { session } = new Conversation(short, { resumes: 'always' }, { utc: NOW })
    expect(session!.until).toBeGreaterThan(NOW + 0.49 * MAX_SESSION_MS)
    expect(session!.until).toBeLessThan(NOW + 0.51 * MAX_SESSION_MS)
  })

  test('is not kept without an id, nor without extended master secret', () => {
    expect(new Conversation(them).session).toBeUndefined()
    expect(new Conversation(them, { resumes: 'always', isOld: true }).session).toBeUndefined()
  })

  test.each<[string, Partial<Script>, string]>([
    ['without extended master secret', { isOld: true }, 'the server resumes another session'],
    ['with another suite', { suite: 0xc02f }, 'the server resumes another session'],
    ['with another secret', { resumes: 'blindly' }, 'a record was altered on its way'],
  ])('resumed %s is refused', (_name, script, why) => {
    const again = twice({ resumes: 'always' }, { resumes: 'always', ...script })
    expect(again.log).toEqual([`closed: ${why}`])
    expect(again.session).toBeUndefined()
  })

  test('may be resumed within its day, unless the clock went back', () => {
    const until = 1e12 + MAX_SESSION_MS
    const { session } = new Conversation(them, { resumes: 'always' }, { utc: NOW })
    const may = (utc: number) => mayResume({ ...session!, until: until as UnixMs }, utc as UnixMs)
    expect([1e12 - 1, 1e12, until - 1, until].map(may)).toEqual([false, true, true, false])
  })
})

const KEY_BLOCK_BYTES = 40

test('what leads to the master secret is wiped', () => {
  const wiped: Uint8Array[] = []
  const primitives = nodePrimitives({ fill: (bytes) => void bytes.fill(7) })
  const agreement = primitives.keyAgreement
  const watched = {
    ...primitives,
    keyAgreement() {
      const one = agreement()
      return {
        publicKey: one.publicKey,
        sharedSecret(point: Uint8Array) {
          const secret = one.sharedSecret(point)
          if (secret) wiped.push(secret)
          return secret
        },
      }
    },
  }
  // The key block is drawn and wiped inside one function: what is wiped is all that there is to see of it.
  const { fill } = Uint8Array.prototype
  Uint8Array.prototype.fill = function (this: Uint8Array, ...how) {
    if (this.length === KEY_BLOCK_BYTES && this.some((byte) => byte > 0)) wiped.push(this)
    return fill.apply(this, how)
  }
  try {
    expect(new Conversation(them, {}, {}, undefined, watched).log).toEqual(['open'])
  } finally {
    Uint8Array.prototype.fill = fill
  }
  // The client's shared secret, and the key block once for each direction; our server, by the same code, does the same.
  expect(wiped.map(({ length }) => length)).toEqual([32, 40, 40, 40, 40])
  expect(wiped.flatMap((bytes) => [...bytes])).toEqual(Array(192).fill(0))
})

test('a key is drawn again until it is below the order', () => {
  const draws = [new Uint8Array(32).fill(0xff), fromHex(ORDER), fromHex(`${ORDER.slice(0, -1)}0`)]
  const key = drawPrivateKey({ fill: (bytes) => bytes.set(draws.shift()!) })
  expect(draws).toEqual([])
  expect(toHex(key)).toBe(`${ORDER.slice(0, -1)}0`)
})
