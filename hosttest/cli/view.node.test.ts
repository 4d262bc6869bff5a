import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import type { Report } from '../../firmware/dongle/report'
import { plain, View } from '../../tools/cli/view'
import { Bench } from '../mqtt/bench'
import { connack } from '../mqtt/wire'

const START = Date.UTC(2026, 5, 1, 12) as UnixMs
const NO_TRAFFIC = { outBytes: 0, inBytes: 0 }

function due(tick: number): Report {
  return { kind: 'due', tick, at: (START + tick * 4000) as UnixMs }
}

function read(tick: number, device: number, powerW?: number, stateOfChargeWh?: number): Report {
  return { kind: 'read', tick, device, powerW, stateOfChargeWh }
}

function sent(tick: number, stream: number, lateMs: number, samples = 1): Report {
  return { kind: 'sent', tick, stream, samples, lateMs }
}

function acknowledged(tick: number, stream: number, lateMs: number, samples = 1): Report {
  return { kind: 'acknowledged', tick, stream, samples, lateMs }
}

function missed(tick: number, stream: number, why = 'no answer'): Report {
  return { kind: 'missed', tick, stream, by: 'meter', why }
}

function newView(): View {
  return new View({ devices: ['grid', 'battery'], streams: ['site/a', 'resource/b'], paint: plain })
}

/** Every printed line, with the number of the report that caused it. */
function play(view: View, reports: Report[]): [number, string][] {
  return reports.flatMap((report, i) =>
    view.show(report).map((line): [number, string] => [i, line]),
  )
}

/** One tick in which all goes well. */
function good(tick: number): Report[] {
  return [
    read(tick, 0, 412.4),
    read(tick, 1, -800, 5120.2),
    due(tick),
    sent(tick, 0, 3),
    sent(tick, 1, 4),
    acknowledged(tick, 0, 9),
    acknowledged(tick, 1, 11.6),
  ]
}

test('what a broker or a meter writes cannot steer the terminal', () => {
  const hostile = 'no\u001b[2Jway\u009b1m\n\u007f'
  const view = newView()
  const lines = [
    ...play(view, [
      { kind: 'state', state: 'connecting', why: hostile },
      { kind: 'log', text: hostile },
      due(1),
      missed(1, 0, hostile),
      missed(1, 1),
    ]).map(([, line]) => line),
    ...view.waits({ state: 'connecting', why: `${hostile}!` }),
  ]
  const shown = 'no?[2Jway?1m??'
  expect(lines.filter((line) => line.includes(shown))).toHaveLength(4)
  expect(lines.join('')).not.toMatch(/\p{Cc}/u)
})

test('a tick is one line, once every sample is accounted for', () => {
  expect(play(newView(), good(1))).toEqual([
    [6, '12:00:04  grid 412 W  battery -800 W 5120 Wh  sent 2/2 +4 ms  acknowledged 2/2 +12 ms'],
  ])
})

test('a missed sample says which, by what and why', () => {
  const reports = [read(1, 0, 412), due(1), missed(1, 1), sent(1, 0, 3), acknowledged(1, 0, 9)]
  expect(play(newView(), reports)).toEqual([
    [4, '12:00:04  grid 412 W  battery -  sent 1/2 +3 ms  acknowledged 1/2 +9 ms'],
    [4, '12:00:04  resource/b missed by the meter: no answer'],
  ])
})

test('what is open at the next tick is shown as it is, and what comes of it later', () => {
  const view = newView()
  const reports = [
    read(1, 0, 1),
    read(1, 1, 2),
    due(1),
    due(2),
    // One message with both samples of stream 0; stream 1 is given up.
    sent(2, 0, 10, 2),
    acknowledged(2, 0, 20, 2),
    missed(1, 1, 'stale'),
  ]
  expect(play(view, reports)).toEqual([
    [3, '12:00:04  grid 1 W  battery 2 W  sent 0/2  acknowledged 0/2'],
    [5, '12:00:04  site/a acknowledged after 4020 ms'],
    [6, '12:00:04  resource/b missed by the meter: stale'],
  ])
})

test('columns stay where they are: each as wide as its widest cell so far', () => {
  const view = newView()
  const short = [read(2, 0, 5), due(2), missed(2, 1), sent(2, 0, 3), acknowledged(2, 0, 9)]
  expect(play(view, [...good(1), ...short]).map(([, line]) => line)).toEqual([
    '12:00:04  grid 412 W  battery -800 W 5120 Wh  sent 2/2 +4 ms  acknowledged 2/2 +12 ms',
    '12:00:08  grid   5 W  battery              -  sent 1/2 +3 ms  acknowledged  1/2 +9 ms',
    '12:00:08  resource/b missed by the meter: no answer',
  ])
})

test('a state that lasts says why, once, as soon as that is known', () => {
  const view = newView()
  play(view, [{ kind: 'state', state: 'synchronising', why: '' }])
  expect(view.waits({ state: 'synchronising', why: '' })).toEqual([])
  // An answer from before the state was entered.
  expect(view.waits({ state: 'joining', why: 'no access point' })).toEqual([])
  expect(view.waits({ state: 'synchronising', why: 'no answer' })).toEqual([
    'state synchronising: no answer',
  ])
  expect(view.waits({ state: 'synchronising', why: 'no answer' })).toEqual([])
  expect(view.summary(NO_TRAFFIC).lines[6]).toBe(
    'no tick came due; the dongle was synchronising: no answer',
  )
})

test('states and logs pass through', () => {
  expect(
    play(newView(), [
      { kind: 'state', state: 'connecting', why: 'bad user name or password' },
      { kind: 'log', text: 'hello' },
    ]),
  ).toEqual([
    [0, 'state connecting: bad user name or password'],
    [1, 'log hello'],
  ])
})

describe('an error of the broker that comes again', () => {
  const refused: Report = { kind: 'log', text: 'broker: connection refused' }
  const late: Report = { kind: 'log', text: 'broker: no CONNACK in time' }
  const streaming: Report = { kind: 'state', state: 'streaming', why: '' }

  test('is one line, and one with its count once the broker is there', () => {
    const reports = [refused, refused, late, refused, streaming, refused]
    expect(play(newView(), reports)).toEqual([
      [0, 'log broker: connection refused'],
      [2, 'log broker: no CONNACK in time'],
      [4, 'log broker: connection refused (3 times)'],
      [4, 'state streaming'],
      [5, 'log broker: connection refused'],
    ])
  })

  test('or in the summary', () => {
    const view = newView()
    play(view, [...good(1), refused, refused, late])
    expect(view.summary(NO_TRAFFIC).lines.slice(6)).toEqual([
      'log broker: connection refused (2 times)',
    ])
  })

  test('is remembered among a bounded number of others', () => {
    const view = newView()
    const others = Array.from(
      { length: 1000 },
      (_, i): Report => ({ kind: 'log', text: `broker: ${i}` }),
    )
    expect(play(view, [refused, ...others, refused])).toHaveLength(1002)
    expect(view.summary(NO_TRAFFIC).lines.slice(7)).toEqual([])
  })
})

test('a session of an earlier run is a note and no fault, in the words of the session itself', () => {
  const bench = new Bench()
  bench.client.start(bench.now)
  bench.settle()
  bench.gets(connack(1))
  const [left] = bench.outputs.flatMap((output) =>
    output.kind === 'disconnected' ? [output.why] : [],
  )
  const view = newView()
  const reports: Report[] = [
    { kind: 'state', state: 'connecting', why: '' },
    { kind: 'log', text: `broker: ${left}` },
  ]
  expect(play(view, reports)).toEqual([
    [0, 'state connecting'],
    [1, 'note the broker still has the session of an earlier run; it gets a new one'],
  ])
  expect(view.waits({ state: 'connecting', why: left })).toEqual([])
})

describe('the summary', () => {
  test('all went well', () => {
    const view = newView()
    play(view, [...good(1), ...good(2)])
    expect(view.ledger.settled).toBe(true)
    expect(view.summary({ outBytes: 1234, inBytes: 567 })).toEqual({
      complete: true,
      lines: [
        'ticks due     2, of 2 streams: 4 samples',
        'sent          4',
        'acknowledged  4',
        'missed        0 (meter 0, clock 0, broker 0, capacity 0)',
        'lateness      sent p50 3.0 ms, p99 4.0 ms; acknowledged p50 9.0 ms, p99 11.6 ms',
        'on the wire   1234 bytes out, 567 bytes in, TLS included',
      ],
    })
  })

  test('one missed sample is enough', () => {
    const view = newView()
    play(view, [...good(1), due(2), sent(2, 0, 3), acknowledged(2, 0, 9), missed(2, 1)])
    const { complete, lines } = view.summary(NO_TRAFFIC)
    expect(complete).toBe(false)
    expect(lines[3]).toBe('missed        1 (meter 1, clock 0, broker 0, capacity 0)')
  })

  test('sent is not acknowledged', () => {
    const view = newView()
    play(view, good(1).slice(0, -1))
    expect(view.ledger.settled).toBe(false)
    const { complete, lines } = view.summary(NO_TRAFFIC)
    expect(complete).toBe(false)
    expect(lines[3]).toContain('missed        1 (')
    expect(lines[3]).toContain('not acknowledged 1')
  })

  test('sent, then given up, is missed', () => {
    const view = newView()
    play(view, [...good(1), missed(1, 1)])
    expect(view.summary(NO_TRAFFIC).complete).toBe(false)
  })

  test('no tick at all is no success, and says how far the dongle came', () => {
    const view = newView()
    play(view, [{ kind: 'state', state: 'synchronising', why: '' }])
    const { complete, lines } = view.summary(NO_TRAFFIC)
    expect(complete).toBe(false)
    expect(lines[6]).toBe('no tick came due; the dongle was synchronising')
  })

  test('a tick after the end is not counted', () => {
    const view = newView()
    play(view, good(1))
    view.ledger.close()
    play(view, [read(2, 0, 5), due(2), missed(2, 0)])
    expect(view.summary(NO_TRAFFIC).complete).toBe(true)
    expect(view.ledger.totals().due).toBe(1)
  })

  test('a week is counted in full, and remembered in part', () => {
    const view = newView()
    const ticks = 1000
    for (let tick = 1; tick <= ticks; tick++) play(view, good(tick))
    expect(view.ledger.totals()).toMatchObject({
      due: ticks,
      samples: 2 * ticks,
      acknowledged: 2 * ticks,
    })
  })
})
