import { expect, test } from '@jest/globals'
import { fuzzDialogue, fuzzGatt, fuzzImprov, fuzzLine, fuzzRecords } from './fuzzing'

const BYTES = 10_000_000
/** Of the processor, so that a busy machine fails nothing. */
const MAX_SECONDS = 120

test.each([
  ['line', fuzzLine, ['text', 'improv', 'frame', 'found again']],
  ['radio', fuzzGatt, ['whole', 'altered', 'more', 'repeated', 'length', 'number', 'order']],
  ['records', fuzzRecords, ['message', 'wrong', 'more']],
  ['Improv session', fuzzImprov, ['send', 'scan', 'join', 'give up']],
  ['dialogue', fuzzDialogue, ['call', 'send', 'cancel', 'progress']],
])('ten million bytes at the %s, each time from another seed', (name, fuzz, kinds) => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  // Before it, so that one that throws has it told.
  console.log(`SEED=${seed}: ${name}`)
  const started = process.cpuUsage()
  const tally = fuzz(seed, BYTES)
  const { user, system } = process.cpuUsage(started)
  const seconds = (user + system) / 1e6
  console.log(`SEED=${seed}: ${name}, ${seconds.toFixed(1)} s: ${JSON.stringify(tally)}`)
  expect(seconds).toBeLessThan(MAX_SECONDS)
  for (const kind of kinds) expect([kind, tally[kind] > 1000]).toEqual([kind, true])
})
