/**
 * A trace of the simulated site, as `npm start -- --for 18 --trace FILE` wrote it, through the whole firmware again: the
 * same questions to the meters, the same readings and the same packets to the broker.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { SIMULATED_SITE } from '../../tools/sim/site/installation'
import { readJsonLines, type TraceEntry } from '../../tools/trace/entry'
import { replay } from './replay'

const recorded = readJsonLines(
  readFileSync(new URL('simulated-site.jsonl', import.meta.url), 'utf8'),
)

const SETTINGS = {
  ...SIMULATED_SITE,
  environment: 'custom',
  broker: 'mqtts://localhost:8883',
  // As long as the ones that were masked.
  credentials: { key: '*'.repeat(14), secret: '*'.repeat(16) },
  timeServers: ['127.0.0.1:123'],
}

const replayed = replay(recorded, { settings: SETTINGS, serial: 'simulated' })

function packets(entries: readonly TraceEntry[], port: TraceEntry['port']): string[][] {
  return entries
    .filter((entry) => entry.port === port && entry.bytes !== '')
    .map(({ direction, bytes, words }) => [direction, bytes, words])
}

test.each<[TraceEntry['port'], number]>([
  ['line', 20],
  ['broker', 20],
])('the same frames and packets on the %s', (port, least) => {
  const expected = packets(recorded, port)
  expect(expected.length).toBeGreaterThan(least)
  expect(packets(replayed.entries, port)).toEqual(expected)
})

test('the same readings as that run showed, in W', () => {
  const shown = [
    [-317, -1702, 1207],
    [-26, -1707, 1367],
    [-6, -1712, 1385],
    [2, -1717, 1385],
  ]
  const readings = replayed.reports.flatMap((report) =>
    report.kind === 'read' ? Math.round(report.powerW ?? Number.NaN) : [],
  )
  expect(readings).toEqual(shown.flat())
})

test('the same messages', () => {
  const messages = recorded.flatMap(({ words }) => /^PUBLISH .*: (\{.*\})$/.exec(words)?.[1] ?? [])
  expect(messages.length).toBeGreaterThan(8)
  expect(replayed.messages.map(({ payload }) => payload)).toEqual(messages)
})
