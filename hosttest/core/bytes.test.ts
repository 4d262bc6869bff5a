import { describe, expect, test } from '@jest/globals'
import {
  equalBytes,
  putBase64,
  putU16,
  putU32,
  putUtf8,
  readBase64,
  readUtf8,
  takeBase64,
  toHex,
  u16,
  u32,
  utf8,
  utf8Length,
} from '../../firmware/core/bytes'

const bytes = (...values: number[]) => new Uint8Array(values)

describe('big-endian integers', () => {
  test.each([
    [0, [0, 0]],
    [0x1234, [0x12, 0x34]],
    [0xffff, [0xff, 0xff]],
  ])('16 bits: %d', (value, wire) => {
    const buffer = bytes(9, 9, 9, 9)
    putU16(buffer, 1, value)
    expect(buffer).toEqual(bytes(9, ...wire, 9))
    expect(u16(buffer, 1)).toBe(value)
  })

  test.each([
    [0, [0, 0, 0, 0]],
    [0x12345678, [0x12, 0x34, 0x56, 0x78]],
    [0x80000000, [0x80, 0, 0, 0]],
    [0xffffffff, [0xff, 0xff, 0xff, 0xff]],
  ])('32 bits, never negative: %d', (value, wire) => {
    const buffer = bytes(9, 9, 9, 9, 9, 9)
    putU32(buffer, 1, value)
    expect(buffer).toEqual(bytes(9, ...wire, 9))
    expect(u32(buffer, 1)).toBe(value)
  })
})

describe('UTF-8', () => {
  test.each([
    ['nothing', '', []],
    ['ASCII', 'W', [0x57]],
    ['the last of one byte', '\x7f', [0x7f]],
    ['the first of two', '\x80', [0xc2, 0x80]],
    ['the last of two', '\u07ff', [0xdf, 0xbf]],
    ['the first of three', '\u0800', [0xe0, 0xa0, 0x80]],
    ['the last before the surrogates', '\ud7ff', [0xed, 0x9f, 0xbf]],
    ['the first after them', '\ue000', [0xee, 0x80, 0x80]],
    ['the last of three', '\uffff', [0xef, 0xbf, 0xbf]],
    ['the first of four', '\u{10000}', [0xf0, 0x90, 0x80, 0x80]],
    ['the last of all', '\u{10ffff}', [0xf4, 0x8f, 0xbf, 0xbf]],
    ['U+0000, which MQTT forbids and UTF-8 does not', '\0', [0]],
  ])('%s', (_, text, wire) => {
    expect(utf8Length(text)).toBe(wire.length)
    expect(utf8(text)).toEqual(bytes(...wire))
    expect(readUtf8(bytes(...wire))).toBe(text)
  })

  test.each([
    ['high', '\ud800', '\ufffd'],
    ['high before a letter', '\ud800a', '\ufffda'],
    ['low', '\udc00', '\ufffd'],
    ['two low', '\udc00\udc00', '\ufffd\ufffd'],
  ])('a lone surrogate (%s) is written as U+FFFD, and its length says so', (_, text, replaced) => {
    const wire = utf8(text)
    expect(wire).toHaveLength(utf8Length(text))
    expect(readUtf8(wire)).toBe(replaced)
  })

  test.each([0, 1, 2, 3])(
    'a text is worked on in pieces, and no character is cut: %d before it',
    (before) => {
      const text = `${'a'.repeat(before)}${'\u{1f600}'.repeat(100)}`
      expect(utf8Length(text)).toBe(before + 400)
      const wire = utf8(text)
      expect(wire).toHaveLength(before + 400)
      expect(readUtf8(wire)).toBe(text)
    },
  )

  test('is written in place and tells where it ends', () => {
    const buffer = bytes(1, 1, 1, 1, 1)
    expect(putUtf8(buffer, 1, 'é')).toBe(3)
    expect(buffer).toEqual(bytes(1, 0xc3, 0xa9, 1, 1))
  })

  test('is read from a part of a buffer', () => {
    expect(readUtf8(bytes(0xff, 0x61, 0x62, 0xff), 1, 3)).toBe('ab')
  })

  test.each([
    ['a continuation alone', [0x80]],
    ['overlong of two', [0xc0, 0x80]],
    ['overlong of two, C1', [0xc1, 0xbf]],
    ['overlong of three', [0xe0, 0x9f, 0xbf]],
    ['overlong of four', [0xf0, 0x8f, 0xbf, 0xbf]],
    ['the first surrogate', [0xed, 0xa0, 0x80]],
    ['the last surrogate', [0xed, 0xbf, 0xbf]],
    ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['five bytes', [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ['cut short', [0x61, 0xe2, 0x82]],
    ['a letter inside', [0xc3, 0x61]],
  ])('not well-formed (%s) is undefined', (_, wire) => {
    expect(readUtf8(bytes(...wire))).toBeUndefined()
  })

  test('a character cut by the end of the part is not completed from beyond it', () => {
    expect(readUtf8(bytes(0xc3, 0xa9), 0, 1)).toBeUndefined()
  })
})

describe('base64', () => {
  // RFC 4648, 10.
  test.each([
    ['', ''],
    ['Zg==', 'f'],
    ['Zm8=', 'fo'],
    ['Zm9v', 'foo'],
    ['Zm9vYg==', 'foob'],
    ['Zm9vYmE=', 'fooba'],
    ['Zm9vYmFy', 'foobar'],
    ['Zm9v\r\n YmFy\n', 'foobar'],
    ['Zm8', 'fo'],
  ])('%j', (text, plain) => {
    expect(readBase64(text)).toEqual(utf8(plain))
  })

  test.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['\xff\xfe', 'w7/Dvg=='],
  ])('of %j, written into what is there', (plain, text) => {
    const out = utf8('.'.repeat(text.length + 3))
    expect(putBase64(out, 2, utf8(plain))).toBe(text.length + 2)
    expect(out).toEqual(utf8(`..${text}.`))
    expect(takeBase64(out, 2, text.length + 2)).toEqual(utf8(plain))
  })

  test.each([
    'Z',
    'Zg',
    'Zg=',
    'Zm9',
    '====',
    'Z===',
    '=Zg=',
    'Zm 9',
    'Zm9\n',
    'Zm9é',
    'Zm9v====',
    '-_-_',
  ])('%j among bytes is none', (text) => {
    const bytes = utf8(text)
    expect(takeBase64(bytes, 0, bytes.length)).toBeUndefined()
  })

  test('of all bytes there and back', () => {
    const plain = Uint8Array.from({ length: 257 }, (_, i) => i)
    const out = new Uint8Array(344)
    expect(putBase64(out, 0, plain)).toBe(344)
    expect(takeBase64(out, 0, 344)).toEqual(plain)
    expect(readBase64(readUtf8(out)!)).toEqual(plain)
  })

  test('all 64 characters', () => {
    const text = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    expect(toHex(readBase64(text)!)).toBe(
      '00108310518720928b30d38f41149351559761969b71d79f' +
        '8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3dfbf',
    )
  })

  test.each(['Z', 'Zg=', 'Zg===', 'Z===', 'Zm9v=', 'Zg==Zg==', 'Zm-v', 'Zm_v', '=', 'é'])(
    '%j is undefined',
    (text) => {
      expect(readBase64(text)).toBeUndefined()
    },
  )
})

test('hex is two lower-case digits a byte', () => {
  expect(toHex(bytes(0, 0x0f, 0xa0, 0xff))).toBe('000fa0ff')
})

test.each([
  ['the same', [1, 2], [1, 2], true],
  ['none', [], [], true],
  ['another', [1, 2], [1, 3], false],
  ['a prefix', [1, 2], [1, 2, 3], false],
  ['a longer one', [1, 2, 3], [1, 2], false],
])('equal bytes: %s', (_, a, b, equal) => {
  expect(equalBytes(bytes(...a), bytes(...b))).toBe(equal)
})
