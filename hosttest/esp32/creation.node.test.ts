import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { wrongCreation } from '../../tools/esp32/creation'

const { creation } = JSON.parse(readFileSync('manifest.json', 'utf8'))
const { chunk, heap } = creation
const right = [
  ...[chunk.initial, chunk.incremental, heap.initial, heap.incremental, creation.stack],
  ...[32, 32, 53, 3, 1024, 17, creation.static, creation.nativeStack],
]
const linked = (numbers: readonly number[]) =>
  `static const txPreparation gxPreparation = {\n\t0,\n\t{ ${numbers.join(', ')}},\n\t"main",\n};\n`

test('what is linked as the manifest asks for is right', () => {
  expect(wrongCreation(linked(right), creation)).toEqual([])
})

test.each([
  ['chunk.initial', 0],
  ['chunk.incremental', 1],
  ['heap.initial', 2],
  ['heap.incremental', 3],
  ['stack', 4],
  ['static', 11],
  ['nativeStack', 12],
])('another %s is told', (field, at) => {
  const numbers = right.map((number, i) => (i === at ? number + 7 : number))
  expect(wrongCreation(linked(numbers), creation)).toEqual([
    `creation.${field}: expected ${right[at]} as in manifest.json, found ${right[at] + 7}`,
  ])
})

test('a file without a creation is no right one', () => {
  expect(wrongCreation('', creation)).toHaveLength(1)
})

test('the main task has a stack of its own size, and not the default of the SDK', () => {
  expect(creation.nativeStack).toBeGreaterThanOrEqual(10_240)
})
