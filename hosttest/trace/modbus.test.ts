/** Frames on the line in words: whatever comes between two requests is noted once, in whole frames. */
import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { seal } from '../../firmware/modbus/crc16'
import { encodeRequest, type Request } from '../../firmware/modbus/rtu'
import { ModbusTrace } from '../../tools/trace/modbus'

const READ: Request = { unit: 1, code: 4, address: 52, count: 2 }

function frame(...bytes: number[]): Uint8Array {
  const whole = Uint8Array.from([...bytes, 0, 0])
  seal(whole, bytes.length)
  return whole
}

function request(asked: Request): Uint8Array {
  const bytes = new Uint8Array(256)
  return bytes.slice(0, encodeRequest(asked, bytes))
}

/** Sends the requests and receives the pieces, one a millisecond; what was noted, with times and lengths. */
function trace(...steps: (['out' | 'in', Uint8Array] | 'flush')[]): string[] {
  const notes: string[] = []
  const traced = new ModbusTrace((direction, bytes, words, at) =>
    notes.push(`${at} ${direction} ${bytes.length}: ${words}`),
  )
  steps.forEach((step, at) => {
    if (step === 'flush') traced.flush()
    else if (step[0] === 'out') traced.sent(step[1], at as UnixMs)
    else traced.received(step[1], at as UnixMs)
  })
  return notes
}

const ANSWER = frame(1, 4, 4, 0xc4, 0xcb, 0x55, 0x55)

describe('requests and answers', () => {
  test.each<[string, Request, Uint8Array, string[]]>([
    [
      'registers',
      READ,
      ANSWER,
      ['0 out 8: reads input registers 52 to 53 of unit 1', '1 in 9: unit 1 answers c4cb 5555'],
    ],
    [
      'one register',
      { unit: 3, code: 3, address: 7, count: 1 },
      frame(3, 3, 2, 0x12, 0x34),
      ['0 out 8: reads holding registers 7 of unit 3', '1 in 7: unit 3 answers 1234'],
    ],
    [
      'coils',
      { unit: 9, code: 1, address: 0, count: 9 },
      frame(9, 1, 2, 0xff, 0x01),
      ['0 out 8: reads coils 0 to 8 of unit 9', '1 in 7: unit 9 answers ff01'],
    ],
    [
      'an exception',
      READ,
      frame(1, 0x84, 2),
      [
        '0 out 8: reads input registers 52 to 53 of unit 1',
        '1 in 5: unit 1 refuses: exception 2 (illegal data address)',
      ],
    ],
    [
      'an identification',
      { unit: 5, code: 43, level: 1, object: 0 },
      frame(5, 43, 14, 1, 1, 0, 0, 1, 0, 3, 0x41, 0x42, 0x42),
      ['0 out 7: asks unit 5 what it is, from object 0', '1 in 15: unit 5 is 0: "ABB"'],
    ],
  ])('%s', (_, asked, answered, notes) => {
    expect(trace(['out', request(asked)], ['in', answered], 'flush')).toEqual(notes)
  })

  test('a function that the dongle does not use has its number', () => {
    expect(trace(['out', frame(2, 6, 0, 1, 0, 2)])).toEqual(['0 out 8: function 6 to unit 2'])
  })

  test('an answer in pieces is noted whole, when its last byte came', () => {
    const pieces = [...ANSWER].map((byte): ['in', Uint8Array] => ['in', Uint8Array.of(byte)])
    expect(trace(['out', request(READ)], ...pieces)).toEqual([
      '0 out 8: reads input registers 52 to 53 of unit 1',
      '9 in 9: unit 1 answers c4cb 5555',
    ])
  })
})

describe('what is no answer', () => {
  const asks = '0 out 8: reads input registers 52 to 53 of unit 1'

  test('is noted before the next request, with its own time', () => {
    const steps: ['out' | 'in', Uint8Array][] = [
      ['out', request(READ)],
      ['in', Uint8Array.of(0, 0xff)],
      ['out', request(READ)],
    ]
    expect(trace(...steps)).toEqual([
      asks,
      '1 in 2: 2 bytes that are no answer',
      '2 out 8: reads input registers 52 to 53 of unit 1',
    ])
  })

  test('in front of an answer is noted apart from it, and so is an echo', () => {
    const echoed = Uint8Array.from([...request(READ), ...ANSWER])
    expect(trace(['out', request(READ)], ['in', echoed])).toEqual([
      asks,
      '1 in 8: the line echoes the request',
      '1 in 9: unit 1 answers c4cb 5555',
    ])
  })

  test('behind an answer too', () => {
    const more = Uint8Array.from([...ANSWER, 0])
    expect(trace(['out', request(READ)], ['in', more], 'flush')).toEqual([
      asks,
      '1 in 9: unit 1 answers c4cb 5555',
      '1 in 1: 1 byte that is no answer',
    ])
  })

  test('a damaged answer, another unit, and bytes that nobody asked for', () => {
    const damaged = ANSWER.slice()
    damaged[4] ^= 1
    const other = frame(2, 4, 4, 1, 2, 3, 4)
    for (const bytes of [damaged, other]) {
      const words = '1 in 9: 9 bytes that are no answer'
      expect(trace(['out', request(READ)], ['in', bytes], 'flush')).toEqual([asks, words])
    }
    expect(trace(['in', Uint8Array.of(7)], 'flush')).toHaveLength(1)
  })

  test('an answer behind what looked like the beginning of one is found', () => {
    const bytes = Uint8Array.from([1, 4, 4, 0, ...ANSWER])
    const notes = trace(['out', request(READ)], ['in', bytes], 'flush')
    expect(notes.at(-1)).toBe('1 in 9: unit 1 answers c4cb 5555')
  })

  test('endless noise is noted in bounded pieces, and no byte is lost', () => {
    const noise = Array.from({ length: 100 }, (): ['in', Uint8Array] => [
      'in',
      new Uint8Array(100).fill(0xff),
    ])
    const lengths = trace(['out', request(READ)], ...noise, 'flush')
      .slice(1)
      .map((note) => Number(/in (\d+):/.exec(note)?.[1]))
    expect(Math.max(...lengths)).toBeLessThanOrEqual(512)
    expect(lengths.reduce((sum, length) => sum + length)).toBe(10_000)
  })
})
