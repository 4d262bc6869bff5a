/** Another master on the line: what the master knows of it, when it waits for it, and which replies it does not take. */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import type { MasterOutput } from '../../firmware/modbus/exchange'
import { Master } from '../../firmware/modbus/master'
import type { Request } from '../../firmware/modbus/rtu'
import { type Arrival, framed, ScriptedLine } from '../../tools/sim/modbus/scripted'
import { random } from '../../tools/sim/random'

const power = { unit: 1, code: 4, address: 52, count: 2 } as const satisfies Request
const itsRequest = framed(1, 4, 0, 0, 0, 2)
const voltage = framed(1, 4, 4, 0x43, 0x66, 0, 0)
const ours = framed(1, 4, 4, 0, 0, 0, 7)

interface Setup {
  /** What it brings on its own, by time. */
  heard?: [at: number, bytes: Uint8Array][]
  /** What follows our request. */
  arrivals?: Arrival[]
  paddings?: number
  askAt?: number
}

function play({ heard = [], arrivals = [], paddings = 1, askAt = 1000 }: Setup) {
  const master = new Master({ baud: 9600 })
  const line = new ScriptedLine<MasterOutput>(master, () => arrivals)
  for (const [at, bytes] of heard) line.inject(at, bytes)
  line.run(askAt)
  master.submit({ request: { ...power }, timeoutMs: 200, paddings }, line.now as MonotonicMs)
  let result: unknown
  line.run(askAt + 10_000, (output) => {
    if (output.kind !== 'answer') return false
    const { kind } = output.result
    result = output.result.kind === 'damaged' ? output.result.why : kind
    return true
  })
  const now = line.now as MonotonicMs
  const { unit, code, count } = power
  const mayBeLate = master.late.clearAt(unit, code, count, 1) > now
  return { result, sent: line.sent, health: master.otherMaster, mayBeLate }
}

describe('a request of another master', () => {
  test('is waited for until its reply has passed', () => {
    const { sent, health } = play({
      heard: [
        [990, itsRequest],
        [1060, voltage],
      ],
    })
    expect(sent[0].at).toBeCloseTo(1060 + 3.65, 1)
    expect(health).toEqual({ requests: 1, unit: 1, address: 0, waits: 1 })
  })

  test('without a reply is waited for no longer than a device may think', () => {
    const { sent } = play({ heard: [[990, framed(9, 3, 0, 0, 0, 2)]] })
    expect(sent[0].at).toBeCloseTo(990 + 9 * 1.0417 + 200, 0)
  })

  test('in pieces, with noise before it, is found all the same', () => {
    const heard: [number, Uint8Array][] = [
      [980, Uint8Array.of(0xff, 1, 4)],
      [985, itsRequest.slice(0, 3)],
      [992, itsRequest.slice(3)],
    ]
    expect(play({ heard }).health.requests).toBe(1)
  })

  test('for other registers of a unit whose replies are as long makes ours choose another length', () => {
    const { sent } = play({ heard: [[990, itsRequest]], paddings: 0b10101 })
    expect(sent[0].bytes[5]).toBe(4)
  })

  test('that follows another without a gap delays ours by a second at most', () => {
    const heard: [number, Uint8Array][] = []
    for (let at = 900; at < 6000; at += 40) heard.push([at, itsRequest])
    const { sent } = play({ heard })
    expect(sent[0].at).toBeCloseTo(2000, 0)
  })

  test('is over with the exception that refuses it', () => {
    const heard: [number, Uint8Array][] = [
      [990, framed(1, 4, 0, 0, 0, 18)],
      [1030, framed(1, 0x84, 2)],
    ]
    expect(play({ heard }).sent[0].at).toBeCloseTo(1030 + 3.65, 1)
  })

  test('is over with its reply though an earlier one was never answered', () => {
    const heard: [number, Uint8Array][] = [
      [100, itsRequest],
      [4990, itsRequest],
      [5060, voltage],
    ]
    expect(play({ heard, askAt: 5000 }).sent[0].at).toBeCloseTo(5060 + 3.65, 1)
  })

  test('is counted once though ours goes out right behind its reply', () => {
    const heard: [number, Uint8Array][] = [
      [990, itsRequest],
      [1010, voltage],
    ]
    const arrivals = [{ afterMs: 30, bytes: Uint8Array.of(0xee, ...ours) }]
    expect(play({ heard, arrivals }).health.requests).toBe(1)
  })

  test('without a reply, in place of one to ours, is known', () => {
    const { result, health } = play({ arrivals: [{ afterMs: 10, bytes: itsRequest }] })
    expect([result, health.requests]).toEqual(['silent', 1])
  })

  test('is known behind our own, before more noise than there is room for', () => {
    const arrivals = [
      { afterMs: 10, bytes: itsRequest },
      { afterMs: 20, bytes: new Uint8Array(600).fill(0xee) },
    ]
    expect(play({ arrivals }).health.requests).toBe(1)
  })

  test('is known though a reply before it broke off', () => {
    const heard: [number, Uint8Array][] = [
      [100, framed(1, 4, 0, 0, 0, 18)],
      [140, Uint8Array.of(1, 4, 36, 0)],
      [990, itsRequest],
    ]
    const { sent, health } = play({ heard })
    expect(health.requests).toBe(2)
    expect(sent[0].at).toBeGreaterThan(1190)
  })

  test('in two pieces, between which ours goes out, is known', () => {
    const heard: [number, Uint8Array][] = [[990, itsRequest.slice(0, 4)]]
    const arrivals = [{ afterMs: 10, bytes: Uint8Array.of(...itsRequest.slice(4), ...ours) }]
    expect(play({ heard, arrivals }).health.requests).toBe(1)
  })

  test('is not made of two pieces that are far apart', () => {
    const heard: [number, Uint8Array][] = [[100, itsRequest.slice(0, 4)]]
    const arrivals = [{ afterMs: 10, bytes: Uint8Array.of(...itsRequest.slice(4), ...ours) }]
    expect(play({ heard, arrivals }).health.requests).toBe(0)
  })
})

describe('a request of ours may still be answered', () => {
  const heard: [number, Uint8Array][] = [
    [100, itsRequest],
    [160, voltage],
  ]
  const damaged = voltage.slice()
  damaged[5] ^= 1

  test('if what came may have been the reply to another master', () => {
    const arrivals = [
      { afterMs: 10, bytes: itsRequest },
      { afterMs: 60, bytes: voltage },
    ]
    expect(play({ arrivals })).toMatchObject({ result: 'another master', mayBeLate: true })
  })

  test('if what was damaged may have been', () => {
    const arrivals = [{ afterMs: 60, bytes: damaged }]
    expect(play({ heard, arrivals })).toMatchObject({ result: 'checksum', mayBeLate: true })
    expect(play({ arrivals })).toMatchObject({ result: 'checksum', mayBeLate: false })
  })
})

describe('a reply is no answer', () => {
  test('if a request as long as ours came while it was awaited', () => {
    const { result } = play({
      arrivals: [
        { afterMs: 10, bytes: itsRequest },
        { afterMs: 60, bytes: voltage },
      ],
    })
    expect(result).toBe('another master')
  })

  test('if it comes when its request has not been answered', () => {
    const arrivals = [{ afterMs: 10, bytes: voltage }]
    expect(play({ heard: [[780, itsRequest]], arrivals }).result).toBe('another master')
  })

  // A slow meter: the reply to the first request came behind a later one, and counted for that.
  test('if one of several requests has not been answered, whatever was asked between them', () => {
    const long = framed(1, 4, 0, 0, 0, 18)
    const heard: [number, Uint8Array][] = [
      [100, itsRequest],
      [300, long],
      [500, itsRequest],
      [560, voltage],
    ]
    const arrivals = [{ afterMs: 10, bytes: voltage }]
    expect(play({ heard, arrivals }).result).toBe('another master')
    expect(play({ heard: heard.slice(1), arrivals }).result).toBe('data')
  })

  test('if it follows damaged bytes on a line with another master', () => {
    const damaged = itsRequest.slice()
    damaged[3] ^= 1
    const arrivals = [
      { afterMs: 10, bytes: damaged },
      { afterMs: 60, bytes: voltage },
    ]
    expect(
      play({
        heard: [
          [100, itsRequest],
          [160, voltage],
        ],
        arrivals,
      }).result,
    ).toBe('another master')
    expect(play({ arrivals }).result).toBe('data')
  })

  // The buffer was full, and what was dropped from it was forgotten.
  test.each([10, 510])('if it follows %d bytes that nothing explains', (count) => {
    const heard: [number, Uint8Array][] = [
      [100, itsRequest],
      [160, voltage],
    ]
    const arrivals = [
      { afterMs: 10, bytes: new Uint8Array(count).fill(0xee) },
      { afterMs: 60, bytes: voltage },
    ]
    expect(play({ heard, arrivals }).result).toBe('another master')
  })
})

describe('a reply is ours', () => {
  test('if the exchanges of another master are over', () => {
    const heard: [number, Uint8Array][] = [
      [100, itsRequest],
      [160, voltage],
    ]
    const { result, health } = play({ heard, arrivals: [{ afterMs: 30, bytes: ours }] })
    expect(result).toBe('data')
    expect(health.waits).toBe(0)
  })

  test('behind the echo of our request', () => {
    const heard: [number, Uint8Array][] = [
      [100, itsRequest],
      [160, voltage],
    ]
    const arrivals = [
      { afterMs: 9, bytes: framed(1, 4, 0, 52, 0, 2) },
      { afterMs: 40, bytes: ours },
    ]
    expect(play({ heard, arrivals }).result).toBe('data')
  })

  test('if the request of another master comes right behind it', () => {
    const both = Uint8Array.of(...ours, ...itsRequest)
    const { result, health } = play({ arrivals: [{ afterMs: 30, bytes: both }] })
    expect([result, health.requests]).toEqual(['data', 1])
  })

  test('behind noise, once the other master has been silent for a minute', () => {
    const heard: [number, Uint8Array][] = [
      [100, itsRequest],
      [160, voltage],
    ]
    const arrivals = [{ afterMs: 30, bytes: Uint8Array.of(0xee, 0xee, 0xee, ...ours) }]
    expect(play({ heard, arrivals, askAt: 59_000 }).result).toBe('another master')
    expect(play({ heard, arrivals, askAt: 61_000 }).result).toBe('data')
  })
})

describe('is taken for no other master:', () => {
  test('what asks for more registers than a reply can hold', () => {
    expect(play({ heard: [[100, framed(1, 4, 0, 0, 1, 2)]] }).health.requests).toBe(0)
    expect(play({ heard: [[100, framed(1, 4, 0, 0, 0, 126)]] }).health.requests).toBe(0)
  })

  test('a late reply of two registers that is one but for its last byte: 0 behind a right checksum leaves it right', () => {
    const late = framed(0x33, 4, 4, 0, 0, 0x0d, 0x34)
    expect([...late]).toEqual([0x33, 4, 4, 0, 0, 0x0d, 0x34, 0xed, 0])
    expect(play({ heard: [[500, late]] }).health.requests).toBe(0)
    expect(play({ heard: [[500, late.slice(0, 8)]] }).health.requests).toBe(1)
  })

  test('the echo of our own requests', () => {
    const echo = framed(1, 4, 0, 52, 0, 2)
    const arrivals = [
      { afterMs: 9, bytes: echo },
      { afterMs: 40, bytes: ours },
    ]
    expect(play({ arrivals }).health.requests).toBe(0)
    expect(play({ arrivals: [{ afterMs: 9, bytes: echo }] }).health.requests).toBe(0)
  })

  test('noise', () => {
    const noise = random(1)
    const master = new Master({ baud: 9600 })
    const bytes = new Uint8Array(64)
    for (let at = 0; at < 40_000; at += 10) {
      noise.fill(bytes)
      // Codes of reads are rare in noise: every second byte is one here.
      for (let i = 1; i < bytes.length; i += 2) bytes[i] = 3
      master.receive(bytes, at as MonotonicMs)
    }
    expect(master.otherMaster.requests).toBe(0)
  })
})
