import { expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { type StateParts, SupervisorState, TRANSITIONS } from '../../firmware/dongle/state'

const NOW = 0 as MonotonicMs

/** Parts, and what they are to be. */
function parts() {
  const is = { over: true, joined: true, known: true, online: true }
  const all = {
    holdOff: {
      get isOver() {
        return is.over
      },
    },
    network: {
      get isUp() {
        return is.joined
      },
    },
    clock: { utc: () => (is.known ? 0 : undefined) },
    uplink: {
      get isOnline() {
        return is.online
      },
    },
  } as unknown as StateParts
  return { is, all }
}

test('each state is what the parts amount to, the first that is not done', () => {
  const { is, all } = parts()
  const state = new SupervisorState(all)
  expect(state.of(NOW)).toBe('streaming')
  is.online = false
  expect(state.of(NOW)).toBe('connecting')
  is.known = false
  expect(state.of(NOW)).toBe('synchronising')
  is.joined = false
  expect(state.of(NOW)).toBe('joining')
  is.over = false
  expect(state.of(NOW)).toBe('holding')
})

test('a transition that is not in the table is an error of our own', () => {
  const { is, all } = parts()
  is.joined = false
  const state = new SupervisorState(all)
  expect(state.change(NOW)).toBe('joining')
  expect(state.change(NOW)).toBeUndefined()
  is.over = false
  expect(() => state.change(NOW)).toThrow('no transition from joining to holding')
})

test('the table is frozen, and leads to every state that it names', () => {
  const reached = new Set(Object.values(TRANSITIONS).flat())
  expect([...reached, 'boot'].sort()).toEqual(Object.keys(TRANSITIONS).sort())
  expect(Object.values(TRANSITIONS).every((next) => Object.isFrozen(next))).toBe(true)
  expect(Object.isFrozen(TRANSITIONS)).toBe(true)
})
