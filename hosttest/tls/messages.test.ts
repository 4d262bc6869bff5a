import { describe, expect, test } from '@jest/globals'
import { toHex } from '../../firmware/core/bytes'
import { decodeServerHello, encodeClientHello } from '../../firmware/tls/hello'
import { decodeCertificates, decodeServerKeyExchange } from '../../firmware/tls/messages'
import { decodeEcdsaSignature, encodePkcs1 } from '../../firmware/tls/x509/signature'
import { fromHex } from './x509/vectors'

const RANDOM = '11'.repeat(32)
/** version, random, no session, suite, no compression. */
const HELLO = `0303${RANDOM}00c02b00`
/** renegotiation_info: none before. */
const BOUND = 'ff01000100'

function message(type: number, body: string): Uint8Array {
  return fromHex(
    `${toHex(new Uint8Array([type, 0, body.length >> 9, (body.length >> 1) & 0xff]))}${body}`,
  )
}

describe('ClientHello', () => {
  test('says what it offers and to whom', () => {
    const hello = encodeClientHello(fromHex(RANDOM), new Uint8Array(0), 'a.bc')
    expect(toHex(hello)).toBe(
      `0100006d0303${RANDOM}00` +
        '0004c02bc02f' +
        '0100' +
        '0040' +
        '0000000900070000046' +
        '12e6263' +
        '000a000400020017' +
        '000b00020100' +
        '000d0006000404030401' +
        '0032000e000c040305030603040105010601' +
        '00170000' +
        'ff01000100',
    )
  })

  test('names no address, and offers a session', () => {
    const hello = toHex(encodeClientHello(fromHex(RANDOM), fromHex('abcd'), undefined))
    expect(hello).toContain(`${RANDOM}02abcd0004`)
    expect(hello).not.toContain('00000009')
  })
})

describe('ServerHello', () => {
  test('plain', () => {
    expect(decodeServerHello(message(2, `${HELLO}0005${BOUND}`))).toMatchObject({
      kind: 'hello',
      suite: 0xc02b,
      hasExtendedMaster: false,
    })
  })

  test('with what we offered', () => {
    const extensions = '000f00170000000b00020100ff01000100'
    expect(decodeServerHello(message(2, `${HELLO}${extensions}`))).toMatchObject({
      hasExtendedMaster: true,
    })
  })

  test.each([
    ['empty', '', 'a malformed ServerHello'],
    ['cut', HELLO.slice(0, -2), 'a malformed ServerHello'],
    ['session beyond the end', `0303${RANDOM}20c02b00`, 'a malformed ServerHello'],
    ['TLS 1.1', `0302${RANDOM}00c02b00`, 'the server speaks TLS 1.1, not TLS 1.2'],
    ['TLS 1.3', `0304${RANDOM}00c02b00`, 'the server speaks TLS 1.3, not TLS 1.2'],
    ['another suite', `0303${RANDOM}00c02c00`, 'the server chose cipher suite c02c'],
    ['compression', `0303${RANDOM}00c02b01`, 'the server chose compression'],
    ['extensions cut', `${HELLO}000400`, 'a malformed ServerHello'],
    ['extension beyond the end', `${HELLO}000400170001`, 'a malformed ServerHello'],
    [
      'unasked extension',
      `${HELLO}000400100000`,
      'the server answers extension 16, which was not offered',
    ],
    ['no extensions', HELLO, 'the server lacks secure renegotiation (renegotiation_info)'],
    [
      'no renegotiation_info',
      `${HELLO}000400170000`,
      'the server lacks secure renegotiation (renegotiation_info)',
    ],
    ['half a length', `${HELLO}00`, 'a malformed ServerHello'],
    ['extensions and more', `${HELLO}0005${BOUND}00`, 'a malformed ServerHello'],
    ['an extension twice', `${HELLO}000a${BOUND}${BOUND}`, 'a malformed ServerHello'],
    ['a master secret with content', `${HELLO}000500170001ff`, 'a malformed ServerHello'],
    ['half an extension', `${HELLO}0008${BOUND}001700`, 'a malformed ServerHello'],
    ['a session of 33 bytes', `0303${RANDOM}21${'aa'.repeat(33)}c02b00`, 'a malformed ServerHello'],
    [
      'renegotiation with something',
      `${HELLO}0005ff01000101`,
      'renegotiation_info of another connection',
    ],
    [
      'renegotiation with nothing',
      `${HELLO}0004ff010000`,
      'renegotiation_info of another connection',
    ],
    [
      'renegotiation of two bytes',
      `${HELLO}0006ff0100020000`,
      'renegotiation_info of another connection',
    ],
    ['renegotiation', `${HELLO}0006ff0100020100`, 'renegotiation_info of another connection'],
  ])('%s', (_name, body, why) => {
    expect(decodeServerHello(message(2, body))).toMatchObject({ kind: 'refused', why })
  })
})

describe('Certificate', () => {
  test('a list', () => {
    const list = decodeCertificates(message(11, '000009000002abcd000001ef'))
    expect(Array.isArray(list) && list.map(toHex)).toEqual(['abcd', 'ef'])
  })

  test.each([
    ['cut', '0000', 'a malformed Certificate'],
    ['empty', '000000', 'the server has no certificate'],
    ['an empty one', '000003000000', 'a malformed Certificate'],
    ['one beyond the end', '000004000002ab', 'a malformed Certificate'],
    ['a length cut', '0000020000', 'a malformed Certificate'],
    ['seven', `00001c${'000001ab'.repeat(7)}`, 'the server sends more than 6 certificates'],
  ])('%s', (_name, body, why) => {
    expect(decodeCertificates(message(11, body))).toMatchObject({ kind: 'refused', why })
  })
})

describe('ServerKeyExchange', () => {
  const POINT = `04${'22'.repeat(64)}`
  test('named curve, point and signature', () => {
    const exchange = decodeServerKeyExchange(message(12, `03001741${POINT}04030002abcd`), 0x0403)
    expect(exchange.kind === 'exchange' && toHex(exchange.signature)).toBe('abcd')
    expect(exchange.kind === 'exchange' && exchange.point.length).toBe(65)
    expect(exchange.kind === 'exchange' && exchange.parameters.length).toBe(69)
  })

  test.each([
    ['empty', '', 'a malformed ServerKeyExchange'],
    [
      'explicit curve',
      `01001741${POINT}04030002abcd`,
      'the server chose a curve that we did not offer',
    ],
    ['P-384', `03001841${POINT}04030002abcd`, 'the server chose a curve that we did not offer'],
    [
      'a hybrid point',
      `0300174106${'22'.repeat(64)}04030002abcd`,
      'the server sent no point of P-256',
    ],
    ['a short point', '0300172102', 'the server sent no point of P-256'],
    ['unsigned', `03001741${POINT}`, 'the key exchange is not signed'],
    [
      'anonymous',
      `03001741${POINT}00000002abcd`,
      'the key exchange is signed by 0, not as offered',
    ],
    [
      'of the other key',
      `03001741${POINT}04010002abcd`,
      'the key exchange is signed by 401, not as offered',
    ],
    ['signature cut', `03001741${POINT}04030003abcd`, 'a malformed ServerKeyExchange'],
    ['signature and more', `03001741${POINT}04030001abcd`, 'a malformed ServerKeyExchange'],
  ])('%s', (_name, body, why) => {
    expect(decodeServerKeyExchange(message(12, body), 0x0403)).toMatchObject({
      kind: 'refused',
      why,
    })
  })
})

describe('signatures', () => {
  test('ECDSA', () => {
    const { r, s } = decodeEcdsaSignature(fromHex('3007020200ff02017f'))!
    expect([toHex(r), toHex(s)]).toEqual(['ff', '7f'])
  })

  test.each([
    ['zero', '3006020100020100'],
    ['negative', '3006020180020101'],
    ['padded', '300702020001020101'],
    ['empty', '30040200020101'],
    ['one number', '3003020101'],
    ['three numbers', '3009020101020101020101'],
    ['more behind', '300602010102010100'],
    ['nothing', ''],
  ])('%s is none', (_name, text) => {
    expect(decodeEcdsaSignature(fromHex(text))).toBeUndefined()
  })

  test('PKCS#1: 00 01 ff… 00, the hash and the digest', () => {
    const block = toHex(encodePkcs1(new Uint8Array(32).fill(0xaa), 256))
    expect(block).toBe(
      `0001${'ff'.repeat(202)}003031300d060960864801650304020105000420${'aa'.repeat(32)}`,
    )
    const long = toHex(encodePkcs1(new Uint8Array(64), 512))
    expect(long).toContain('003051300d060960864801650304020305000440')
  })
})
