import { describe, expect, test } from '@jest/globals'
import { equal, matches } from '../../tools/xs/equal'

class Point {
  readonly x: number
  constructor(x: number) {
    this.x = x
  }
}
const buffer = (...bytes: number[]) => Uint8Array.from(bytes).buffer

describe('as in jest', () => {
  test.each<[string, unknown, unknown]>([
    ['a missing property is undefined', { a: 1, b: undefined }, { a: 1 }],
    ['whatever the class', new Point(1), { x: 1 }],
    ['not a number', [Number.NaN], [Number.NaN]],
    ['bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
    ['buffers', buffer(1, 2), buffer(1, 2)],
    ['dates', new Date(5), new Date(5)],
    ['maps', new Map([['a', [1]]]), new Map([['a', [1]]])],
    ['errors', new RangeError('no'), new RangeError('no')],
  ])('equal: %s', (_, a, b) => {
    expect(a).toEqual(b)
    expect(equal(a, b)).toBe(true)
  })

  test.each<[string, unknown, unknown]>([
    ['a value', { a: { b: 1 } }, { a: { b: 2 } }],
    ['one property more', { a: 1, b: 2 }, { a: 1 }],
    ['minus zero', 0, -0],
    ['an array and its bytes', [1], Uint8Array.of(1)],
    ['bytes', Uint8Array.of(1, 2), Uint8Array.of(1, 3)],
    ['dates', new Date(5), new Date(6)],
    ['maps', new Map([['a', [1]]]), new Map([['a', [2]]])],
    ['errors', new RangeError('no'), new RangeError('yes')],
    ['functions', () => 1, () => 1],
  ])('not equal: %s', (_, a, b) => {
    expect(a).not.toEqual(b)
    expect(equal(a, b)).toBe(false)
  })
})

test.each<[string, unknown, unknown]>([
  ['buffers', buffer(1, 2), buffer(1, 3)],
  ['lengths of buffers', buffer(1), buffer(1, 0)],
  ['kinds of errors', new RangeError('no'), new Error('no')],
])('not equal, though jest is less strict: %s', (_, a, b) => {
  expect(equal(a, b)).toBe(false)
})

test('a part matches; a list matches whole', () => {
  expect(matches({ a: 1, b: 2 }, { a: 1 })).toBe(true)
  expect(matches({ a: 1 }, { a: 1, b: undefined })).toBe(false)
  expect(matches([{ a: 1, b: 2 }], [{ a: 1 }])).toBe(true)
  expect(matches([1, 2], [1])).toBe(false)
})

test('what cannot be compared is refused, not equal', () => {
  expect(() => equal(Promise.resolve(1), Promise.resolve(2))).toThrow('cannot compare a Promise')
  expect(() => equal(new DataView(buffer(1)), new DataView(buffer(2)))).toThrow('a DataView')
})
