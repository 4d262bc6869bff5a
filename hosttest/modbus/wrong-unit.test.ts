/** A device that answers with the unit of another one: what it says late or twice is no answer of that one. */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { NO_CHECKSUM } from '../../firmware/modbus/exchange'
import { Master } from '../../firmware/modbus/master'
import { framed, ScriptedLine } from '../../tools/sim/modbus/scripted'

const ALL = 0b11111
const ONE_LENGTH = 0b1

const reply = (unit: number, value: number, count: number): Uint8Array =>
  framed(unit, 4, 2 * count, 0, value, ...new Array(2 * count - 2).fill(0))

type Arrivals = (count: number) => [afterMs: number, bytes: Uint8Array][]
type Read = [atMs: number, unit: number, arrivals: Arrivals, paddings?: number]

const nothing: Arrivals = () => []
const says = (unit: number, value: number): Arrivals => {
  return (count) => [[20, reply(unit, value, count)]]
}

/** Asks for a register at each of these times, or when the one before is over. */
function play(reads: readonly Read[]): { answers: unknown[]; sentAt: number[] } {
  const master = new Master({ baud: 115_200 })
  let arrivals = nothing
  const line = new ScriptedLine(master, (frame) =>
    arrivals(frame[5]).map(([afterMs, bytes]) => ({ afterMs, bytes })),
  )
  const answers = reads.map(([atMs, unit, ...rest]) => {
    line.run(atMs)
    arrivals = rest[0]
    let log: unknown
    master.submit(
      {
        request: { unit, code: 4, address: unit, count: 1 },
        paddings: rest[1] ?? ALL,
        checksum: NO_CHECKSUM,
        timeoutMs: 200,
      },
      line.now as MonotonicMs,
    )
    line.run(line.now + 20_000, (output) => {
      if (output.kind !== 'answer') return false
      const { result } = output
      log = result.kind === 'data' ? result.bytes[result.start + 1] : result.kind
      return true
    })
    return log
  })
  return { answers, sentAt: line.sent.map(({ at }) => at) }
}

describe('a reply with the unit of another device', () => {
  const twice: Arrivals = (count) => [
    [20, reply(2, 99, count)],
    [220, reply(2, 99, count)],
  ]
  const late: Arrivals = (count) => [[4100, reply(2, 99, count)]]
  const own: Arrivals = (count) => [[150, reply(2, 7, count)]]

  test('answers nothing of that one when it comes again', () => {
    expect(
      play([
        [0, 1, twice],
        [0, 2, own],
      ]),
    ).toMatchObject({ answers: ['silent', 7] })
  })

  test('nor when the next one like it is late', () => {
    expect(
      play([
        [0, 1, says(2, 99)],
        [0, 2, own],
        [4000, 2, own],
        [16_000, 1, late],
        [20_000, 2, own],
      ]),
    ).toMatchObject({ answers: ['silent', 7, 7, 'silent', 7] })
  })

  test('holds up a read of that one that has its length only', () => {
    expect(
      play([
        [0, 1, twice, ONE_LENGTH],
        [0, 2, own, ONE_LENGTH],
      ]),
    ).toMatchObject({ answers: ['silent', 7] })
  })

  test('is no matter once the device has answered with its own', () => {
    const { answers, sentAt } = play([
      [0, 1, says(2, 99), ONE_LENGTH],
      [16_000, 1, says(1, 5), ONE_LENGTH],
      [20_000, 1, nothing, ONE_LENGTH],
      [20_000, 2, says(2, 7), ONE_LENGTH],
    ])
    expect(answers).toEqual(['silent', 5, 'silent', 7])
    expect(sentAt[3] - sentAt[2]).toBeLessThan(300)
  })

  test('may be a late one of that device: then the silent one is not known to answer so', () => {
    const { answers, sentAt } = play([
      [0, 2, (count) => [[500, reply(2, 7, count)]], ONE_LENGTH],
      [400, 1, nothing, ONE_LENGTH],
      [20_000, 1, nothing, ONE_LENGTH],
      [20_000, 2, says(2, 8), ONE_LENGTH],
    ])
    expect(answers).toEqual(['silent', 'silent', 'silent', 8])
    expect(sentAt[3] - sentAt[2]).toBeLessThan(300)
  })

  test('nor if it may be a copy of what that device answered', () => {
    const { answers, sentAt } = play([
      [0, 2, (count) => [20, 300].map((ms) => [ms, reply(2, 7, count)]), ONE_LENGTH],
      [200, 1, nothing, ONE_LENGTH],
      [20_000, 1, nothing, ONE_LENGTH],
      [20_000, 2, says(2, 8), ONE_LENGTH],
    ])
    expect(answers).toEqual([7, 'silent', 'silent', 8])
    expect(sentAt[3] - sentAt[2]).toBeLessThan(300)
  })
})
