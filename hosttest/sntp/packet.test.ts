import { describe, expect, test } from '@jest/globals'
import { equalBytes } from '../../firmware/core/bytes'
import {
  decodeReply,
  encodeRequest,
  isAnswer,
  PACKET_LENGTH,
  type Reply,
} from '../../firmware/sntp/packet'
import { random } from '../../tools/sim/random'
import { encodeReply } from '../../tools/sim/sntp/reply'
import { utc } from '../../tools/sim/sntp/world'

const reply: Reply = {
  leap: 1,
  stratum: 2,
  rootDelayMs: 15.625,
  rootDispersionMs: 250,
  reference: 'PPS\0',
  receivedAt: utc(1_767_225_600_250),
  transmittedAt: utc(1_767_225_600_500),
}

function request(seed: number): Uint8Array {
  const bytes = new Uint8Array(PACKET_LENGTH).fill(0xff)
  encodeRequest(bytes, random(seed))
  return bytes
}

describe('a request', () => {
  test('is of version 4 and mode 3, and holds nothing but 64 random bits', () => {
    const bytes = request(1)
    expect(bytes[0]).toBe(0x23)
    expect(bytes.subarray(1, 40).some((byte) => byte !== 0)).toBe(false)
    expect(equalBytes(bytes.subarray(40), request(1).subarray(40))).toBe(true)
    expect(equalBytes(bytes.subarray(40), request(2).subarray(40))).toBe(false)
  })
})

describe('a reply', () => {
  test('is read as it was written', () => {
    expect(decodeReply(encodeReply(request(1), reply))).toEqual(reply)
  })

  test('has the layout of RFC 5905, 7.3', () => {
    const bytes = encodeReply(request(1), reply)
    expect(Array.from(bytes.subarray(0, 12))).toEqual([0x64, 2, 0, 0, 0, 0, 4, 0, 0, 0, 64, 0])
    expect(Array.from(bytes.subarray(32))).toEqual([
      ...[0xed, 0x00, 0x37, 0x80, 0x40, 0, 0, 0],
      ...[0xed, 0x00, 0x37, 0x80, 0x80, 0, 0, 0],
    ])
  })

  test.each([
    ['the last second of era 0', 2_085_978_495_000],
    // Its first instant is all zeros, which means none.
    ['the first second of era 1', 2_085_978_496_500],
    ['a time well inside era 1', 2_500_000_000_750],
    ['the first time of the window', -61_505_152_000],
  ])('tells %s', (_, at) => {
    const bytes = encodeReply(request(1), { ...reply, receivedAt: utc(at), transmittedAt: utc(at) })
    expect(decodeReply(bytes)!.transmittedAt).toBe(at)
  })

  test('keeps the quarter of a microsecond', () => {
    const at = utc(1_767_225_600_123 + 0.456)
    const { receivedAt } = decodeReply(encodeReply(request(1), { ...reply, receivedAt: at }))!
    expect(Math.abs(receivedAt - at)).toBeLessThan(0.0005)
  })

  test('without a transmit stamp is seen to have none', () => {
    const bytes = encodeReply(request(1), { ...reply, transmittedAt: undefined })
    expect(decodeReply(bytes)!.transmittedAt).toBeUndefined()
  })

  test('answers its own request only, to the last bit', () => {
    const mine = request(1)
    const bytes = encodeReply(mine, reply)
    expect(isAnswer(bytes, mine)).toBe(true)
    expect(isAnswer(bytes, request(2))).toBe(false)
    for (let bit = 0; bit < 64; bit++) {
      const flipped = bytes.slice()
      flipped[24 + (bit >> 3)] ^= 1 << (bit & 7)
      expect(isAnswer(flipped, mine)).toBe(false)
    }
  })

  test('that is cut short is none, at any length', () => {
    const bytes = encodeReply(request(1), reply)
    for (let length = 0; length < PACKET_LENGTH; length++)
      expect(decodeReply(bytes.subarray(0, length))).toBeUndefined()
  })

  test.each([
    ['a client', 0x23],
    ['a broadcast', 0x25],
    ['a control message', 0x26],
    ['version 2', 0x14],
    ['version 5', 0x2c],
  ])('is none if it is from %s', (_, first) => {
    const bytes = encodeReply(request(1), reply)
    bytes[0] = first
    expect(decodeReply(bytes)).toBeUndefined()
  })

  test('of version 3 with extension fields is accepted', () => {
    const bytes = new Uint8Array(80)
    bytes.set(encodeReply(request(1), reply))
    bytes[0] = 0x1c
    expect(decodeReply(bytes)).toMatchObject({ leap: 0, stratum: 2 })
  })
})
