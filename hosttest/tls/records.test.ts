import { describe, expect, test } from '@jest/globals'
import { toHex } from '../../firmware/core/bytes'
import type { Cipher } from '../../firmware/crypto/primitives'
import {
  APPLICATION_DATA,
  HANDSHAKE,
  MAX_RECEIVED_BYTES,
  Records,
} from '../../firmware/tls/records'
import { fromHex } from './x509/vectors'

/** Adds one to every byte; the tag is the nonce and the length. Enough to see what is asked. */
function pretend(): Cipher & { nonces: string[]; headers: string[] } {
  const nonces: string[] = []
  const headers: string[] = []
  const tagOf = (nonce: Uint8Array, start: number, end: number) => {
    const tag = new Uint8Array(16)
    tag.set(nonce)
    tag[15] = end - start
    return tag
  }
  return {
    nonces,
    headers,
    seal(nonce, header, bytes, start, end) {
      nonces.push(toHex(nonce))
      headers.push(toHex(header))
      for (let i = start; i < end; i++) bytes[i]++
      bytes.set(tagOf(nonce, start, end), end)
    },
    open(nonce, header, bytes, start, end) {
      headers.push(toHex(header))
      if (toHex(tagOf(nonce, start, end)) !== toHex(bytes.subarray(end, end + 16))) return false
      for (let i = start; i < end; i++) bytes[i]--
      return true
    },
  }
}

const SALT = fromHex('a0a1a2a3')

function given(hex: string): Records {
  const records = new Records()
  records.receive(fromHex(hex))
  return records
}

describe('plain records', () => {
  test('handshake comes as it arrives, over the ends of records', () => {
    const records = given('1603030003aa')
    expect(records.next()).toEqual({ kind: 'fragment', type: HANDSHAKE, bytes: fromHex('aa') })
    expect(records.next()).toBeUndefined()
    records.receive(fromHex('bbcc1603030001dd'))
    expect(records.next()).toMatchObject({ bytes: fromHex('bbcc') })
    expect(records.next()).toMatchObject({ bytes: fromHex('dd') })
    expect(records.next()).toBeUndefined()
  })

  test('alerts come whole', () => {
    const records = given('150303000202')
    expect(records.next()).toBeUndefined()
    records.receive(fromHex('28'))
    expect(records.next()).toMatchObject({ type: 21, bytes: fromHex('0228') })
  })

  test.each([
    ['text', '4854545020', 'this is not TLS'],
    ['an old version', '1603020001', 'the server speaks TLS 1.1, not TLS 1.2'],
    ['a new version', '1603040001', 'the server speaks TLS 1.3, not TLS 1.2'],
    ['too long', '1603034001', 'a record of 16385 bytes'],
    ['data', '1703030003', 'a record of 3 bytes'],
    ['a long alert', '1503030003', 'a record of 3 bytes'],
    ['empty', '1603030000', 'an empty record'],
  ])('%s is refused by its header', (_name, hex, why) => {
    expect(given(hex).next()).toMatchObject({ kind: 'refused', why })
  })

  test('more than may wait is our own mistake', () => {
    const records = new Records()
    expect(() => {
      for (let i = 0; i < 10; i++) records.receive(new Uint8Array(MAX_RECEIVED_BYTES))
    }).toThrow('take before you receive')
  })
})

describe('sealed records', () => {
  test('count up in nonce and header, and come back the same', () => {
    const [ours, theirs] = [new Records(), new Records()]
    const seal = pretend()
    const open = pretend()
    ours.sealWith(seal, SALT)
    theirs.openWith(open, SALT)
    for (const text of ['01', '0203']) {
      ours.put(APPLICATION_DATA, fromHex(text))
      theirs.receive(ours.take()!)
      expect(theirs.next()).toMatchObject({ type: APPLICATION_DATA, bytes: fromHex(text) })
    }
    expect(seal.nonces).toEqual(['a0a1a2a30000000000000000', 'a0a1a2a30000000000000001'])
    expect(seal.headers).toEqual(['00000000000000001703030001', '00000000000000011703030002'])
    expect(open.headers).toEqual(seal.headers)
  })

  test('data may be empty: RFC 5246, 6.2.1', () => {
    const records = given(`1703030018${'00'.repeat(8)}a0a1a2a3${'00'.repeat(12)}`)
    records.openWith(pretend(), SALT)
    const empty = new Uint8Array(0)
    expect(records.next()).toEqual({ kind: 'fragment', type: APPLICATION_DATA, bytes: empty })
  })

  test('long ones are divided', () => {
    const records = new Records()
    records.sealWith(pretend(), SALT)
    records.put(APPLICATION_DATA, new Uint8Array(5000))
    expect(records.take()!.length).toBe(5000 + 3 * (5 + 8 + 16))
    expect(records.take()).toBeUndefined()
  })

  test.each([
    [
      'another tag',
      '170303001900000000000000000199999999999999999999999999999999',
      'a record was altered on its way',
    ],
    ['too short for a tag', '1703030017', 'an empty record'],
    ['an empty alert', '1503030018', 'an empty record'],
    ['another version', '1703010020', 'the server speaks TLS 1.0, not TLS 1.2'],
    ['too long', '1703034019', 'a record of 16409 bytes'],
  ])('%s is refused', (_name, hex, why) => {
    const records = given(hex)
    records.openWith(pretend(), SALT)
    expect(records.next()).toMatchObject({ kind: 'refused', why })
  })
})
