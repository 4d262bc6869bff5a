import { expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { SupervisorState, TRANSITIONS } from '../../firmware/dongle/state'

const NOW = 0 as MonotonicMs

function parts() {
  const holdOff = { isOver: true, why: 'too many restarts in a row' }
  const network = { isUp: true, why: 'no access point' }
  const uplink = { isOnline: true, trouble: 'refused' }
  const time = { isKnown: true }
  const clock = {
    isKnown: () => time.isKnown,
    state: () => ({ trouble: 'no answer' }),
  }
  return { holdOff, network, uplink, time, all: { holdOff, network, clock, uplink } }
}

test('each state is what the parts amount to, the first that is not done, with its trouble', () => {
  const { holdOff, network, uplink, time, all } = parts()
  const state = new SupervisorState(all)
  const now = () => [state.of(NOW), state.trouble(state.of(NOW), NOW)]
  expect(now()).toEqual(['streaming', ''])
  uplink.isOnline = false
  expect(now()).toEqual(['connecting', 'refused'])
  time.isKnown = false
  expect(now()).toEqual(['synchronising', 'no answer'])
  network.isUp = false
  expect(now()).toEqual(['joining', 'no access point'])
  holdOff.isOver = false
  expect(now()).toEqual(['holding', 'too many restarts in a row'])
})

test('a transition that is not in the table is an error of our own', () => {
  const { holdOff, network, all } = parts()
  network.isUp = false
  const state = new SupervisorState(all)
  expect(state.change(NOW)).toBe('joining')
  expect(state.change(NOW)).toBeUndefined()
  holdOff.isOver = false
  expect(() => state.change(NOW)).toThrow('no transition from joining to holding')
})

test('the table is frozen, and leads to every state that it names', () => {
  const reached = new Set(Object.values(TRANSITIONS).flat())
  expect([...reached, 'boot'].sort()).toEqual(Object.keys(TRANSITIONS).sort())
  expect(Object.values(TRANSITIONS).every((next) => Object.isFrozen(next))).toBe(true)
  expect(Object.isFrozen(TRANSITIONS)).toBe(true)
})
