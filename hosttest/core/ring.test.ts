import { expect, test } from '@jest/globals'
import { Ring } from '../../firmware/core/ring'
import { random } from '../../tools/sim/random'

function drain<T>(ring: Ring<T>): (T | undefined)[] {
  return Array.from({ length: ring.length }, () => ring.shift())
}

test('first in, first out', () => {
  const ring = new Ring<string>(3)
  for (const item of ['a', 'b', 'c']) expect(ring.push(item)).toBeUndefined()
  expect(ring.length).toBe(3)
  expect(ring.capacity).toBe(3)
  expect(drain(ring)).toEqual(['a', 'b', 'c'])
  expect(ring.length).toBe(0)
})

test('a full ring pushes its oldest out and says which', () => {
  const ring = new Ring<string>(2)
  ring.push('a')
  ring.push('b')
  expect(ring.push('c')).toBe('a')
  expect(ring.push('d')).toBe('b')
  expect(ring.length).toBe(2)
  expect(drain(ring)).toEqual(['c', 'd'])
})

test('an empty ring has nothing to give', () => {
  const ring = new Ring<string>(2)
  expect(ring.shift()).toBeUndefined()
  expect(ring.at(0)).toBeUndefined()
  expect(ring.length).toBe(0)
})

test('is looked into by age, and not beyond its length', () => {
  const ring = new Ring<string>(3)
  for (const item of ['a', 'b', 'c', 'd']) ring.push(item)
  ring.shift()
  expect([ring.at(0), ring.at(1), ring.at(2)]).toEqual(['c', 'd', undefined])
})

test('behaves as an array that is cut at its head, whatever is done to it', () => {
  const seed = 20_240_601
  console.log(`seed ${seed}`)
  const draw = random(seed)
  const ring = new Ring<number>(5)
  const model: number[] = []
  for (let i = 0; i < 2000; i++) {
    if (draw.chance(0.6)) {
      model.push(i)
      expect(ring.push(i)).toBe(model.length > 5 ? model.shift() : undefined)
    } else expect(ring.shift()).toBe(model.shift())
    expect(ring.length).toBe(model.length)
    for (let at = 0; at < 5; at++) expect(ring.at(at)).toBe(model[at])
  }
})
