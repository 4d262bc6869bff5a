import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import {
  READ_HOLDING_REGISTERS,
  SERVER_DEVICE_BUSY,
  WRITE_MULTIPLE_REGISTERS,
  WRITE_SINGLE_REGISTER,
} from '../../firmware/modbus/codes'
import type { Answer, Ask, MasterOutput } from '../../firmware/modbus/exchange'
import { Master } from '../../firmware/modbus/master'
import { encodeRequest, MAX_FRAME_BYTES, type Request } from '../../firmware/modbus/rtu'
import { type Arrival, bytes, framed, ScriptedLine } from '../../tools/sim/modbus/scripted'

const one: Request = { unit: 1, code: READ_HOLDING_REGISTERS, address: 0, count: 1 }
const other: Request = { unit: 1, code: READ_HOLDING_REGISTERS, address: 5, count: 1 }
const two: Request = { unit: 2, code: READ_HOLDING_REGISTERS, address: 0, count: 1 }
const seven = framed(1, 3, 2, 0, 7)

const frameOf = (request: Request): Uint8Array => {
  const frame = new Uint8Array(MAX_FRAME_BYTES)
  return frame.slice(0, encodeRequest(request, frame))
}

type Entry = [number, string, number?]

/** Asks one after the other at 115200 baud, where frames take little; the n-th request gets the n-th arrivals. */
function play(requests: Request[], arrivals: Arrival[][], ask: Partial<Ask> = {}): Entry[] {
  const master = new Master({ baud: 115_200 })
  const log: Entry[] = []
  let count = 0
  const line = new ScriptedLine<MasterOutput>(master, (frame, now) => {
    log.push([Math.round(now), 'send', frame[0]])
    return arrivals[count++] ?? []
  })
  for (const request of requests) {
    master.submit({ request, timeoutMs: 200, ...ask }, line.now as MonotonicMs)
    line.run(60_000, (output, at) => {
      if (output.kind !== 'answer') return false
      log.push([Math.round(at), output.result.kind, ...shown(output)])
      return true
    })
  }
  return log
}

function shown({ result }: Answer): [number?] {
  if (result.kind === 'data') return [result.bytes[result.start + 1]]
  return result.kind === 'exception' ? [result.code] : []
}

const arriving = (afterMs: number, ...parts: Uint8Array[]): Arrival[] =>
  parts.map((part, i) => ({ afterMs: afterMs + i, bytes: part }))

describe('the master', () => {
  test('a silent unit costs one timeout, and the next unit still answers', () => {
    expect(play([two, one], [[], arriving(15, seven)])).toEqual([
      [2, 'send', 2],
      [203, 'silent'],
      [203, 'send', 1],
      [218, 'data', 7],
    ])
  })

  // The machine had stood still, and a reading was dated to the middle of that.
  test('a reply that is handed over after its time is none, and the next is', () => {
    const master = new Master({ baud: 115_200 })
    const at = (ms: number) => ms as MonotonicMs
    const ask = { request: one, timeoutMs: 200 }
    const handedOver = (afterMs: number, now: number) => {
      master.submit(ask, at(now))
      expect(master.poll(at(now + 2)).kind).toBe('send')
      master.receive(seven, at(now + 2 + afterMs))
      const answer = master.poll(at(now + 2 + afterMs))
      return answer.kind === 'answer' && answer.result.kind
    }
    expect(handedOver(5000, 100)).toBe('silent')
    expect(handedOver(190, 60_000)).toBe('data')
  })

  // The alarm ran first: the request was given up and sent again, and the reply that had waited answered that one.
  test('a reply that waits until its request is given up answers no other', () => {
    const master = new Master({ baud: 115_200 })
    const at = (ms: number) => ms as MonotonicMs
    const ask = { request: one, timeoutMs: 200 }
    master.submit(ask, at(100))
    expect(master.poll(at(102)).kind).toBe('send')
    expect(master.poll(at(12_102))).toMatchObject({ kind: 'answer', result: { kind: 'silent' } })
    master.submit(ask, at(12_102))
    expect(master.poll(at(12_110)).kind).toBe('wait')
    master.receive(seven, at(12_110))
    expect(master.poll(at(12_180)).kind).toBe('send')
    expect(master.poll(at(12_190)).kind).toBe('wait')
  })

  test('a request that was to go out while the machine stood still waits for what came meanwhile', () => {
    const master = new Master({ baud: 115_200 })
    const at = (ms: number) => ms as MonotonicMs
    master.receive(Uint8Array.of(0), at(99))
    master.submit({ request: one, timeoutMs: 200 }, at(100))
    expect(master.poll(at(100)).kind).toBe('wait')
    expect(master.poll(at(9000)).kind).toBe('wait')
    master.receive(seven, at(9000))
    expect(master.poll(at(9052)).kind).toBe('send')
    expect(master.poll(at(9053)).kind).toBe('wait')
  })

  test('separates frames by 3.5 characters, and by what a device needs', () => {
    const master = new Master({ baud: 9600 })
    const line = new ScriptedLine<MasterOutput>(master, () => [])
    master.receive(Uint8Array.of(0), 10 as MonotonicMs)
    line.now = 10
    master.submit({ request: one, timeoutMs: 100 }, 10 as MonotonicMs)
    line.run(100)
    expect(line.sent[0].at).toBeCloseTo(10 + 3.65, 1)
    line.run(130)
    master.submit({ request: two, timeoutMs: 100, quietMs: 150 }, line.now as MonotonicMs)
    line.run(400)
    expect(line.sent[1].at).toBeCloseTo(10 + 3.65 + 8.33 + 150, 1)
  })

  test('noise without end delays a request by a bounded time', () => {
    const master = new Master({ baud: 9600 })
    const line = new ScriptedLine<MasterOutput>(master, () => [])
    for (let at = 0; at < 2000; at++) line.inject(at, Uint8Array.of(0x55))
    line.run(100)
    master.submit({ request: one, timeoutMs: 200 }, line.now as MonotonicMs)
    let answered = 0
    line.run(2000, (output, at) => {
      if (output.kind === 'answer') answered = at
    })
    expect(line.sent[0].at).toBeCloseTo(353.6, 0)
    expect(answered).toBeLessThan(600)
  })

  test.each([
    ['in one piece', [seven]],
    ['in two pieces', [seven.slice(0, 2), seven.slice(2)]],
    ['behind an echo', [frameOf(one), seven]],
    ['in one piece with the echo', [bytes('01 03 00 00 00 01 84 0a 01 03 02 00 07 f9 86')]],
    ['behind a part of the echo', [frameOf(one).slice(0, 5), seven]],
    ['behind the end of the echo', [frameOf(one).slice(3), seven]],
    ['behind noise', [Uint8Array.of(0xff, 1, 3, 0), seven, Uint8Array.of(0x11)]],
    ['behind bytes that look like its start', [Uint8Array.of(1, 3, 2), seven]],
    ['behind a reply of another unit', [framed(2, 3, 2, 0, 9), seven]],
    ['before the glitch of a driver', [Uint8Array.of(...seven, 0, 0xff)]],
    ['behind a damaged copy of it', [Uint8Array.of(1, 3, 2, 0, 8, 0, 0), seven]],
    ['behind more noise than there is room for', [new Uint8Array(511).fill(0xff), seven]],
    ['in one piece with all of that', [Uint8Array.of(...new Uint8Array(600), ...seven)]],
    [
      'in two pieces, the first where the room ends',
      [new Uint8Array(510).fill(0xff), seven.slice(0, 2), seven.slice(2)],
    ],
  ])('finds the reply %s', (_, parts) => {
    const log = play([one], [arriving(20, ...parts)])
    expect(log[1].slice(1)).toEqual(['data', 7])
  })

  test('a reply from another unit leaves the timeout running', () => {
    expect(play([one], [arriving(20, framed(2, 3, 2, 0, 9))])).toEqual([
      [2, 'send', 1],
      [203, 'silent'],
    ])
  })

  test('after a damaged reply the next request goes out at once: its reply cannot be late', () => {
    const damaged = Uint8Array.of(1, 3, 2, 0, 8, 0, 0)
    expect(play([one, one], [arriving(20, damaged), arriving(20, seven)])).toEqual([
      [2, 'send', 1],
      [203, 'damaged'],
      [203, 'send', 1],
      [223, 'data', 7],
    ])
  })

  test('a damaged reply says nothing of the next request, which meets silence', () => {
    const damaged = Uint8Array.of(1, 3, 2, 0, 8, 0, 0)
    const log = play([one, two], [arriving(20, damaged), []])
    expect(log.map(([, what]) => what)).toEqual(['send', 'damaged', 'send', 'silent'])
  })

  test('an echo that is damaged into the start of a reply is no damaged reply: the true one may still be late', () => {
    const alike: Request = { unit: 1, code: READ_HOLDING_REGISTERS, address: 0x200, count: 1 }
    const echo = frameOf(alike)
    echo[5] ^= 4
    const late = { afterMs: 900, bytes: framed(1, 3, 2, 0, 99) }
    const log = play([alike, one], [[...arriving(2, echo), late], arriving(20, seven)])
    expect(log).toEqual([
      [2, 'send', 1],
      [203, 'silent'],
      [2003, 'send', 1],
      [2023, 'data', 7],
    ])
  })

  test('a reply behind bytes that begin like one and end early is found when time is up', () => {
    const ten: Request = { unit: 1, code: READ_HOLDING_REGISTERS, address: 0, count: 10 }
    const log = play([ten], [arriving(20, Uint8Array.of(1, 3, 20), framed(1, 0x83, 2))])
    expect(log[1].slice(1)).toEqual(['exception', 2])
  })

  test('a reply that is found when time is up came when its last byte did', () => {
    const master = new Master({ baud: 115_200 })
    const arrivals = arriving(20, Uint8Array.of(1, 3, 20), framed(1, 0x83, 2))
    const line = new ScriptedLine<MasterOutput>(master, () => arrivals)
    const ten: Request = { unit: 1, code: READ_HOLDING_REGISTERS, address: 0, count: 10 }
    master.submit({ request: ten, timeoutMs: 200 }, line.now as MonotonicMs)
    let tookMs = 0
    line.run(1000, (output) => {
      if (output.kind === 'answer') tookMs = output.receivedAt - output.sentAt
    })
    expect(tookMs).toBe(21)
  })

  test('a reply with more than two bytes behind it is damaged, though its checksum is right', () => {
    expect(play([one], [arriving(20, Uint8Array.of(...seven, 1, 2, 3))])[1][1]).toBe('damaged')
  })

  test('a late reply cannot answer the next request', () => {
    const late = framed(1, 3, 2, 0, 99)
    expect(play([one, other], [arriving(900, late), arriving(20, seven)])).toEqual([
      [2, 'send', 1],
      [203, 'silent'],
      [2003, 'send', 1],
      [2023, 'data', 7],
    ])
  })

  test('a device that is given two seconds may be a second later', () => {
    const late = { afterMs: 2900, bytes: framed(1, 3, 2, 0, 99) }
    const log = play([one, other], [[late], arriving(20, seven)], { timeoutMs: 2000 })
    expect(log[1][1]).toBe('silent')
    expect(log[2][0]).toBeGreaterThan(3000)
    expect(log[3].slice(1)).toEqual(['data', 7])
  })

  test('a late reply holds up no request to another unit', () => {
    const late = framed(1, 3, 2, 0, 99)
    const nine = framed(2, 3, 2, 0, 9)
    expect(play([one, two], [arriving(215, late), arriving(20, nine)])).toEqual([
      [2, 'send', 1],
      [203, 'silent'],
      [203, 'send', 2],
      [223, 'data', 9],
    ])
  })

  test('an exception is an answer', () => {
    expect(play([one], [arriving(20, framed(1, 0x83, SERVER_DEVICE_BUSY))])[1]).toEqual([
      22,
      'exception',
      SERVER_DEVICE_BUSY,
    ])
  })

  test('refuses a second request while one is under way', () => {
    const master = new Master({ baud: 9600 })
    expect(master.submit({ request: one, timeoutMs: 100 }, 0 as MonotonicMs)).toBe(true)
    expect(master.submit({ request: two, timeoutMs: 100 }, 0 as MonotonicMs)).toBe(false)
  })

  test('counts how long its requests and their replies occupy the line', () => {
    const master = new Master({ baud: 9600 })
    const line = new ScriptedLine<MasterOutput>(master, () => [{ afterMs: 30, bytes: seven }])
    master.submit({ request: one, timeoutMs: 200 }, line.now as MonotonicMs)
    line.run(1000)
    expect(master.busyMs).toBeCloseTo(((8 + 7) * 10_000) / 9600)
  })

  test('a broadcast expects no answer', () => {
    expect(play([{ unit: 0, code: WRITE_SINGLE_REGISTER, address: 1, value: 2 }], [])).toEqual([
      [2, 'send', 0],
      [102, 'written'],
    ])
  })

  describe('a write that is confirmed by a copy of itself', () => {
    const write: Request = { unit: 1, code: WRITE_SINGLE_REGISTER, address: 1, value: 2 }
    const copy = frameOf(write)

    test('is not confirmed by its own echo', () => {
      expect(play([write], [arriving(2, copy)])[1][1]).toBe('silent')
    })
    test('is confirmed behind its echo', () => {
      expect(play([write], [arriving(2, copy, copy)])[1][1]).toBe('written')
    })
    test('is not confirmed by its echo on a line whose earlier echoes came in pieces', () => {
      const many: Request = { unit: 1, code: WRITE_MULTIPLE_REGISTERS, address: 1, values: [2] }
      const echo = frameOf(many)
      const pieces = arriving(2, echo.slice(0, 3), echo.slice(3), framed(1, 16, 0, 1, 0, 1))
      const read = arriving(2, frameOf(one).slice(0, 3), frameOf(one).slice(3), seven)
      const log = play([many, one, write], [pieces, read, arriving(2, copy)])
      expect(log.map(([, what]) => what)).toEqual([
        'send',
        'written',
        'send',
        'data',
        'send',
        'silent',
      ])
    })
    test('is confirmed by one copy on a line that is known to have no echo', () => {
      expect(play([one, write], [arriving(20, seven), arriving(20, copy)])[3][1]).toBe('written')
    })
  })
})
