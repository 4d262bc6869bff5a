import { describe, expect, test } from '@jest/globals'
import { crc16 } from '../../firmware/modbus/crc16'
import {
  type Decoded,
  decodeReply,
  encodeRequest,
  MAX_FRAME_BYTES,
  type Request,
  replyLength,
} from '../../firmware/modbus/rtu'
import { bytes, framed } from '../../tools/sim/modbus/scripted'
import { random } from '../../tools/sim/random'

const hex = (frame: Uint8Array): string =>
  Array.from(frame, (byte) => byte.toString(16).padStart(2, '0')).join(' ')

function encoded(request: Request): string {
  const frame = new Uint8Array(MAX_FRAME_BYTES)
  return hex(frame.slice(0, encodeRequest(request, frame)))
}

const decoded = (request: Request, frame: Uint8Array): Decoded =>
  decodeReply(request, frame, 0, frame.length)

const read: Request = { unit: 17, code: 3, address: 107, count: 3 }

/** The requests of Application Protocol V1.1b3, 6, sent to unit 17 with the checksum of RTU behind them. */
const requests: { request: Request; frame: string; reply: number[] }[] = [
  {
    request: { unit: 17, code: 1, address: 19, count: 19 },
    frame: '11 01 00 13 00 13',
    reply: [17, 1, 3, 0xcd, 0x6b, 0x05],
  },
  {
    request: { unit: 17, code: 2, address: 196, count: 22 },
    frame: '11 02 00 c4 00 16',
    reply: [17, 2, 3, 0xac, 0xdb, 0x35],
  },
  { request: read, frame: '11 03 00 6b 00 03', reply: [17, 3, 6, 2, 0x2b, 0, 0, 0, 0x64] },
  {
    request: { unit: 17, code: 4, address: 8, count: 1 },
    frame: '11 04 00 08 00 01',
    reply: [17, 4, 2, 0, 10],
  },
  {
    request: { unit: 17, code: 5, address: 172, on: true },
    frame: '11 05 00 ac ff 00',
    reply: [17, 5, 0, 0xac, 0xff, 0],
  },
  {
    request: { unit: 17, code: 6, address: 1, value: 3 },
    frame: '11 06 00 01 00 03',
    reply: [17, 6, 0, 1, 0, 3],
  },
  {
    request: {
      unit: 17,
      code: 15,
      address: 19,
      bits: [true, false, true, true, false, false, true, true, true, false],
    },
    frame: '11 0f 00 13 00 0a 02 cd 01',
    reply: [17, 15, 0, 19, 0, 10],
  },
  {
    request: { unit: 17, code: 16, address: 1, values: [10, 0x102] },
    frame: '11 10 00 01 00 02 04 00 0a 01 02',
    reply: [17, 16, 0, 1, 0, 2],
  },
  {
    request: {
      unit: 17,
      code: 23,
      address: 3,
      count: 6,
      writeAddress: 14,
      values: [255, 255, 255],
    },
    frame: '11 17 00 03 00 06 00 0e 00 03 06 00 ff 00 ff 00 ff',
    reply: [17, 23, 12, 0, 0xfe, 0x0a, 0xcd, 0, 1, 0, 3, 0, 13, 0, 255],
  },
  {
    request: { unit: 17, code: 43, level: 1, object: 0 },
    frame: '11 2b 0e 01 00',
    reply: [17, 43, 14, 1, 1, 0, 0, 2, 0, 2, 0x41, 0x43, 1, 1, 0x58],
  },
]

describe('RTU requests', () => {
  for (const { request, frame } of requests)
    test(`function ${request.code} is laid out as in the protocol's own example`, () => {
      const sent = encoded(request)
      expect(sent.startsWith(frame)).toBe(true)
      expect(sent).toHaveLength(frame.length + 6)
      expect(crc16(bytes(sent), 0, (sent.length + 1) / 3)).toBe(0)
    })

  test('what no frame can carry is a mistake of ours', () => {
    expect(() => encoded({ unit: 1, code: 3, address: 0, count: 126 })).toThrow(
      '126 of at most 125',
    )
    expect(() => encoded({ unit: 1, code: 16, address: 0, values: [] })).toThrow('0 of at most 123')
  })
})

describe('RTU replies', () => {
  for (const { request, reply } of requests) {
    const frame = framed(...reply)
    test(`function ${request.code}: the whole reply is accepted, every part of it is not`, () => {
      expect(typeof decoded(request, frame)).toBe('object')
      for (let length = 0; length < frame.length; length++)
        expect(decoded(request, frame.slice(0, length))).toBe('short')
    })

    test(`function ${request.code}: no bit of it can flip`, () => {
      for (let bit = 0; bit < frame.length * 8; bit++) {
        const flipped = frame.slice()
        flipped[bit >> 3] ^= 1 << (bit & 7)
        expect(typeof decoded(request, flipped)).toBe('string')
      }
    })
  }

  test('the registers are not copied: they are a part of the frame', () => {
    const frame = framed(17, 3, 6, 2, 0x2b, 0, 0, 0, 0x64)
    expect(decoded(read, frame)).toEqual({ kind: 'data', bytes: frame, start: 3, end: 9 })
  })

  test('a refusal is an exception with its code', () => {
    expect(decoded(read, framed(17, 0x83, 2))).toEqual({ kind: 'exception', code: 2 })
  })

  test('an identification has objects, and says if more follow', () => {
    const frame = framed(17, 43, 14, 1, 1, 0xff, 2, 2, 0, 2, 0x41, 0x43, 1, 1, 0x58)
    expect(decoded({ unit: 17, code: 43, level: 1, object: 0 }, frame)).toEqual({
      kind: 'identification',
      objects: [
        { id: 0, text: 'AC' },
        { id: 1, text: 'X' },
      ],
      next: 2,
    })
  })

  test.each([
    ['another unit', [18, 3, 6, 2, 0x2b, 0, 0, 0, 0x64]],
    ['another function', [17, 4, 6, 2, 0x2b, 0, 0, 0, 0x64]],
    ['another length', [17, 3, 4, 2, 0x2b, 0, 0]],
  ])('%s is foreign', (_, content) => {
    expect(decoded(read, framed(...content))).toBe('foreign')
  })

  test('a corrupt count does not make it wait for more than the request asked for', () => {
    const frame = framed(17, 3, 250, 2, 0x2b, 0, 0, 0, 0x64)
    expect(decoded(read, frame)).toBe('foreign')
    expect(replyLength(read)).toBe(11)
  })

  test('noise is never taken for a reply', () => {
    const noise = random(1)
    let taken = 0
    for (let i = 0; i < 20_000; i++) {
      const frame = new Uint8Array(noise.below(24))
      noise.fill(frame)
      frame[0] = 17
      if (typeof decoded(read, frame) === 'object') taken++
    }
    expect(taken).toBe(0)
  })
})
