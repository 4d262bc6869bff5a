import { expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { Console } from '../../firmware/dongle/console'
import type { Report } from '../../firmware/dongle/report'

const at = (ms: number) => ms as MonotonicMs
const missed: Report = { kind: 'missed', tick: 1, stream: 0, by: 'broker', why: 'no broker' }

test('a state is a line with its time, and why it is no better', () => {
  const lines = new Console()
  expect(lines.line({ kind: 'state', state: 'joining', why: '' }, at(87))).toBe('0.087 I joining')
  expect(lines.line({ kind: 'state', state: 'joining', why: 'no network' }, at(9000.5))).toBe(
    '9.001 I joining: no network',
  )
})

test('samples that are missed are told at once, and then once a minute with their number', () => {
  const lines = new Console()
  const told: (string | undefined)[] = []
  for (let ms = 0; ms <= 64_000; ms += 4000) told.push(lines.line(missed, at(ms)))
  expect(told.filter((line) => line !== undefined)).toEqual([
    '0.000 W 1 sample missed: no broker',
    '60.000 W 15 samples missed: no broker',
  ])
})

test('what a person asks for by the button is a line', () => {
  expect(new Console().line({ kind: 'pressed', press: 'provisioning' }, at(1000))).toBe(
    '1.000 I button: provisioning',
  )
})

test('what happens all the time is no line', () => {
  const lines = new Console()
  const quiet: Report[] = [
    { kind: 'read', tick: 1, device: 0, powerW: 5 },
    { kind: 'sent', tick: 1, stream: 0, samples: 1, lateMs: 20 },
    { kind: 'acknowledged', tick: 1, stream: 0, samples: 1, lateMs: 40 },
  ]
  for (const report of quiet) expect(lines.line(report, at(1))).toBeUndefined()
})

test('a line ends, however much a peer says', () => {
  const line = new Console().line({ kind: 'log', text: 'x'.repeat(5000) }, at(0))
  expect(line).toMatch(/^0\.000 W x+…$/)
  expect(line?.length).toBe(200)
})

test('what a broker says cannot act on a terminal, nor look like another line', () => {
  const why = 'not authorised (0x87): \x1b[2Jok\n0.000 I streaming\x9b2J'
  const line = new Console().line({ kind: 'state', state: 'connecting', why }, at(0))
  expect(line).toBe('0.000 I connecting: not authorised (0x87): ?[2Jok?0.000 I streaming?2J')
})
