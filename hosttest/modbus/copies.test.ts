/** A reply that may be to an earlier request, of a unit whose reads have one length only: no answer. */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { type Ask, NO_CHECKSUM } from '../../firmware/modbus/exchange'
import { Master } from '../../firmware/modbus/master'
import { framed, ScriptedLine } from '../../tools/sim/modbus/scripted'

const reply = (...words: number[]): Uint8Array =>
  framed(1, 3, 2 * words.length, ...words.flatMap((word) => [word >> 8, word & 0xff]))
const refusal = (code: number): Uint8Array => framed(1, 0x83, code)

/** Asks for one register at each of these addresses in turn; `arrivals`: what comes after each request, in ms. */
function play(
  reads: { address: number; checksum?: number; afterMs?: number }[],
  arrivals: [afterMs: number, bytes: Uint8Array][][],
): unknown[] {
  const master = new Master({ baud: 115_200 })
  const log: unknown[] = []
  const last = new Map<number, number>()
  let sent = 0
  const line = new ScriptedLine(master, () =>
    (arrivals[sent++] ?? []).map(([afterMs, bytes]) => ({ afterMs, bytes })),
  )
  for (const { address, checksum = last.get(address) ?? NO_CHECKSUM, afterMs = 0 } of reads) {
    line.run(line.now + afterMs)
    const ask: Ask = {
      request: { unit: 1, code: 3, address, count: 1 },
      paddings: 1,
      checksum,
      timeoutMs: 200,
    }
    master.submit(ask, line.now as MonotonicMs)
    line.run(line.now + 20_000, (output) => {
      if (output.kind !== 'answer') return false
      const { result } = output
      if (result.kind === 'data') log.push([address, result.bytes[result.start + 1]])
      else if (result.kind === 'exception') log.push([address, `exception ${result.code}`])
      else log.push([address, result.kind === 'damaged' ? result.why : result.kind])
      return true
    })
    last.set(address, ask.checksum ?? NO_CHECKSUM)
  }
  return log
}

describe('a second copy of a reply', () => {
  test('answers no other request', () => {
    const log = play(
      [{ address: 10 }, { address: 20 }],
      [
        [
          [10, reply(7)],
          [25, reply(7)],
        ],
        [[40, reply(8)]],
      ],
    )
    expect(log).toEqual([
      [10, 7],
      [20, 8],
    ])
  })

  test('may be the answer if nothing else comes: the next one like it is', () => {
    const log = play(
      [{ address: 10 }, { address: 20 }, { address: 20 }],
      [[[10, reply(7)]], [[10, reply(7)]], [[10, reply(7)]]],
    )
    expect(log).toEqual([
      [10, 7],
      [20, 'copy'],
      [20, 7],
    ])
  })

  test('is taken for the answer if that was the same the last time, and after three seconds', () => {
    const [checksum] = [reply(7)].map((frame) => (frame[5] << 8) | frame[6])
    const sevens = [[[10, reply(7)]], [[10, reply(7)]]] as [number, Uint8Array][][]
    const both = [
      [10, 7],
      [20, 7],
    ]
    expect(play([{ address: 10 }, { address: 20, checksum }], sevens)).toEqual(both)
    expect(play([{ address: 10 }, { address: 20, afterMs: 3000 }], sevens)).toEqual(both)
  })

  test('of a refusal refuses no other request', () => {
    const log = play(
      [{ address: 10 }, { address: 20 }],
      [
        [
          [10, refusal(2)],
          [25, refusal(2)],
        ],
        [[40, reply(8)]],
      ],
    )
    expect(log).toEqual([
      [10, 'exception 2'],
      [20, 8],
    ])
  })
})

// Of a unit with several devices: the others are refused between any two requests of one, in every round.
test('a refusal behind that of another read counts the second time, whatever was refused in between', () => {
  const reads = [10, 20, 10, 20, 10].map((address) => ({ address }))
  const log = play(
    reads,
    reads.map(() => [[10, refusal(2)]]),
  )
  expect(log).toEqual([
    [10, 'exception 2'],
    [20, 'copy'],
    [10, 'exception 2'],
    [20, 'exception 2'],
    [10, 'exception 2'],
  ])
})

describe('a late refusal', () => {
  test('refuses nothing, and the reply that is not there may still come', () => {
    const master = new Master({ baud: 115_200 })
    const log: unknown[] = []
    const sentAt: number[] = []
    const bring = [[], [[10, refusal(2)]], [[10, reply(9)]]] as [number, Uint8Array][][]
    const line = new ScriptedLine(master, (_, now) => {
      sentAt.push(now)
      return bring[sentAt.length - 1].map(([afterMs, bytes]) => ({ afterMs, bytes }))
    })
    for (const count of [1, 2, 2]) {
      const request = { unit: 1, code: 3, address: 10 * count, count } as const
      const ask: Ask = {
        request: { ...request },
        paddings: 1,
        checksum: NO_CHECKSUM,
        timeoutMs: 200,
      }
      master.submit(ask, line.now as MonotonicMs)
      line.run(line.now + 20_000, (output) => {
        if (output.kind !== 'answer') return false
        const { result } = output
        log.push(result.kind === 'damaged' ? result.why : result.kind)
        return true
      })
    }
    expect(log).toEqual(['silent', 'late refusal', 'silent'])
    expect(sentAt[1]).toBeLessThan(300)
    // As long as the one before, whose reply comes no later than this.
    expect(sentAt[2]).toBeGreaterThan(sentAt[1] + 10_000)
  })
})
