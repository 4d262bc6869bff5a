import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { Supervision } from '../../firmware/dongle/supervision'

const ms = (value: number) => value as MonotonicMs
const MINUTE = 60_000

function streaming() {
  const network = { isUp: false, why: '' }
  const uplink = { isOnline: true, trouble: 'refused' }
  const supervision = new Supervision(
    {
      holdOff: { isOver: true, why: '' },
      network,
      clock: { isKnown: () => true, state: () => ({ trouble: '' }) },
      uplink,
    },
    1,
  )
  supervision.noteState(ms(0))
  network.isUp = true
  supervision.noteState(ms(0))
  return { supervision, uplink }
}

function outputs(supervision: Supervision): unknown[] {
  const taken: unknown[] = []
  for (let each = supervision.take(); each; each = supervision.take()) taken.push(each)
  return taken
}

test('a state is reported when it begins, and health says for how long it has lasted', () => {
  const { supervision, uplink } = streaming()
  uplink.isOnline = false
  supervision.noteState(ms(2 * MINUTE))
  supervision.noteState(ms(3 * MINUTE))
  expect(outputs(supervision)).toEqual([
    { kind: 'state', state: 'joining', why: '' },
    { kind: 'state', state: 'streaming', why: '' },
    { kind: 'state', state: 'connecting', why: 'refused' },
  ])
  expect(supervision.health(ms(5 * MINUTE))).toMatchObject({
    state: 'connecting',
    forMs: 3 * MINUTE,
    why: 'refused',
  })
})

test('a line for the log is reported, and kept for health', () => {
  const { supervision } = streaming()
  outputs(supervision)
  supervision.log('device 0: frozen?')
  expect(outputs(supervision)).toEqual([{ kind: 'log', text: 'device 0: frozen?' }])
  const { log } = supervision.health(ms(0))
  expect(log.at(log.length - 1)).toBe('device 0: frozen?')
})

test('of the lines for the log the last 32 are kept for health', () => {
  const { supervision } = streaming()
  for (let i = 1; i <= 40; i++) supervision.log(`line ${i}`)
  const { log } = supervision.health(ms(0))
  expect([log.length, log.at(0), log.at(31)]).toEqual([32, 'line 9', 'line 40'])
})

describe('a state that gets nowhere', () => {
  test('is looked at in time, and ends in a restart that says why', () => {
    const { supervision, uplink } = streaming()
    uplink.isOnline = false
    supervision.noteState(ms(MINUTE))
    outputs(supervision)
    expect(supervision.until).toBe(61 * MINUTE)
    supervision.noteState(ms(61 * MINUTE - 1))
    expect(outputs(supervision)).toEqual([])
    supervision.noteState(ms(61 * MINUTE))
    expect(outputs(supervision)).toEqual([
      { kind: 'restart', why: 'connecting got nowhere in 60 min: refused' },
    ])
  })

  test('has got somewhere if the broker acknowledged something', () => {
    const { supervision } = streaming()
    outputs(supervision)
    supervision.progressed(ms(30 * MINUTE))
    expect(supervision.until).toBe(90 * MINUTE)
    supervision.noteState(ms(89 * MINUTE))
    expect(outputs(supervision)).toEqual([])
  })
})
