import { describe, expect, test } from '@jest/globals'
import { findJsonFault } from '../../tools/settings/json'
import { random } from '../../tools/sim/random'

const SAMPLE = JSON.stringify(
  {
    text: 'a"\\\u0001ü/',
    numbers: [0, -1.5e300, 2e-7],
    words: [true, false, null],
    empty: [{}, []],
  },
  null,
  1,
)
const CHARACTERS = [...'{}[]":,\\/ \n\t0123-+.eEutrfn', '\u0000', '\u00a0', 'ü']

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

describe('the place where a text stops being JSON', () => {
  test.each([
    ['', 1, 1, 'a value: a text in "", a number, true, false, null, {} or []'],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3, 'a comma or }'],
    ['{\r\n  "a": 1,\r\n}', 3, 1, 'no comma before }'],
    ['[1, 2,]', 1, 7, 'no comma before ]'],
    ['{ "a": [1 2] }', 1, 11, 'a comma or ]'],
    ['{ a: 1 }', 1, 3, 'a name in ""'],
    ['{ "a" 1 }', 1, 7, 'a colon'],
    ['{ "a": hunter2 }', 1, 8, 'a value: a text in "", a number, true, false, null, {} or []'],
    ['{ "a": "hunter2\n" }', 1, 16, 'a " to end the text'],
    ['{ "a": "C:\\key" }', 1, 11, 'an escape; a backslash is \\\\'],
    ['{ "a": 01 }', 1, 9, 'a comma or }'],
    ['{ "a": 1 }\n}', 2, 1, 'nothing more'],
    ['{ "a": 1', 1, 9, 'a comma or }'],
  ])('%j: line %i, column %i', (text, line, column, expected) => {
    expect(() => JSON.parse(text)).toThrow()
    expect(findJsonFault(text)).toEqual({ line, column, expected })
  })

  test.each(['[', '{"a":', '[{"a":'])(
    'nesting is followed so far and no farther: %s',
    (opening) => {
      const fault = findJsonFault(opening.repeat(200_000))
      expect(fault?.expected).toBe('no more than 64 lists and objects within each other')
      expect(findJsonFault(`${'['.repeat(64)}${']'.repeat(64)}`)).toBeUndefined()
    },
  )

  test('is found in exactly those texts that JSON.parse refuses', () => {
    const seed = Number(process.env.SEED ?? Date.now() % 0x1_0000_0000)
    console.log(`seed ${seed}`)
    const draw = random(seed)
    const seen = { good: 0, bad: 0 }
    for (let i = 0; i < 20_000; i++) {
      let text = SAMPLE
      for (let changes = draw.below(3); changes >= 0; changes--) {
        const at = draw.below(text.length + 1)
        const put = draw.chance(0.7) ? CHARACTERS[draw.below(CHARACTERS.length)] : ''
        text = text.slice(0, at) + put + text.slice(at + draw.below(2))
      }
      const good = isJson(text)
      seen[good ? 'good' : 'bad']++
      if ((findJsonFault(text) === undefined) !== good) throw new Error(JSON.stringify(text))
    }
    expect(Math.min(seen.good, seen.bad)).toBeGreaterThan(1000)
  })
})
