import { describe, expect, test } from '@jest/globals'
import { Der, dotted, INTEGER, OCTET_STRING, SEQUENCE } from '../../../firmware/tls/x509/der'
import { fromHex } from './vectors'

describe('DER', () => {
  test('goes in and out of elements', () => {
    const read = new Der(fromHex('3006020105040142'))
    const outer = read.enter(SEQUENCE)
    expect([...read.take(INTEGER)]).toEqual([5])
    expect([...read.take(OCTET_STRING)]).toEqual([0x42])
    read.leave(outer)
    expect(read.more).toBe(false)
    expect(read.broken).toBe(false)
  })

  test.each([
    ['nothing', ''],
    ['a tag alone', '02'],
    ['a length beyond the end', '020205'],
    ['indefinite length', '02800500'],
    ['indefinite length before many bytes', `0280${'05'.repeat(130)}`],
    ['a long length for a short one', '02810105'],
    ['two length bytes for one', '0282008005'],
    ['three length bytes', '02830000010500'],
    ['another tag', '040105'],
    ['a high tag number', '1f020105'],
  ])('refuses %s', (_name, text) => {
    const read = new Der(fromHex(text))
    read.take(INTEGER)
    expect(read.broken).toBe(true)
    expect(read.more).toBe(false)
  })

  test('does not pass over a high tag number', () => {
    const read = new Der(fromHex('1f020105'))
    read.skip()
    expect(read.broken).toBe(true)
  })

  test('what is left over in an element breaks it, and everything after', () => {
    const read = new Der(fromHex('30060201050201060201ff'))
    const outer = read.enter(SEQUENCE)
    read.take(INTEGER)
    read.leave(outer)
    expect(read.broken).toBe(true)
    expect(read.take(INTEGER)).toHaveLength(0)
  })

  test('tells object identifiers', () => {
    expect(dotted(fromHex('2a864886f70d01010b'))).toBe('1.2.840.113549.1.1.11')
    expect(dotted(fromHex('551d1e'))).toBe('2.5.29.30')
  })
})
