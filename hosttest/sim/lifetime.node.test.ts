/** A life is the same each time it is played, so that a violation can be played again. */
import { expect, test } from '@jest/globals'
import { FAULT_KINDS } from '../../tools/sim/faults/faults'
import { live } from '../../tools/sim/lifetime'
import type { Validate } from '../../tools/sim/observer/messages'
import { loadValidate } from '../../tools/sim/observer/schema'

/** The schema, until so many messages have come; then none is valid. */
function until(count: number): Validate {
  const validate = loadValidate()
  return (message) => (count-- > 0 ? validate(message) : 'one too many')
}

function violation(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return String(error)
  }
  return ''
}

test('the same seed gives the same life, another seed another', () => {
  const lived = (seed: number) => live({ seed, hours: 1, validate: loadValidate() })
  expect(lived(3)).toEqual(lived(3))
  expect(lived(4).due === lived(3).due).toBe(false)
})

test('a violation says when it was, and the command that plays it again', () => {
  const broken = () => violation(() => live({ seed: 3, hours: 1, validate: until(500) }))
  expect(broken()).toMatch(/^Error: invariant 1: one too many: \{"value"/)
  expect(broken()).toMatch(/\n {2}npm run lifetime -- --seed 3 --hours 1$/)
  expect(broken()).toBe(broken())
})

// They were left out: what was replayed was another life.
test('the kinds of faults belong to the command', () => {
  const broken = (kinds: ('half open' | 'power cut')[]) =>
    violation(() => live({ seed: 3, hours: 1, kinds, validate: until(100) }))
  expect(broken(['half open', 'power cut'])).toMatch(/ --hours 1 --kinds 'half open,power cut'$/)
  expect(broken([])).toMatch(/ --hours 1 --kinds 'none'$/)
})

// One kind had a comma in its name, so that --kinds could not ask for it.
test('each kind of fault can be asked for by --kinds', () => {
  for (const kind of FAULT_KINDS) expect(kind).not.toMatch(/[,']/)
})
