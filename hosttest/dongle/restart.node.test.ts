/** A firmware that fails: the reason of each restart is kept, and a loop of them slows down. */
import { expect, test } from '@jest/globals'
import { boot } from '../../firmware/dongle/boot'
import type { Board } from '../../firmware/ports/board'
import { saveSettings } from '../../firmware/settings/record'
import type { Conditions } from '../../tools/sim/conditions'
import { Flash } from '../../tools/sim/flash'
import { random } from '../../tools/sim/random'
import { drawSite } from '../../tools/sim/site/drawn'
import { MINUTE } from '../../tools/sim/world'
import { story } from './site'

test('a loop of restarts starts its work later and later, and every reason is kept', () => {
  const { world } = story()
  const boots: number[] = []
  const connects: number[] = []
  const { dongle, agenda, observer } = world
  const booted = observer.booted.bind(observer)
  observer.booted = () => {
    booted()
    boots.push(agenda.now)
    dongle.network!.join = () => {
      connects.push(agenda.now)
      throw new Error('no radio')
    }
  }
  agenda.runUntil(60 * MINUTE, () => {})
  const heldMs = connects.map((at, i) => Math.round((at - boots[i]) / MINUTE))
  expect(heldMs.slice(0, 9)).toEqual([0, 0, 0, 0, 0, 1, 2, 4, 8])
  expect(heldMs.slice(9).every((minutes) => minutes === 15)).toBe(true)
  // Power is on and the store can be reached: this is when an installer corrects what is wrong.
  expect(dongle.health?.state).toBe('holding')
  expect(dongle.health?.why).toBe('too many restarts in a row')
  expect(dongle.health?.restarts).toHaveLength(8)
  expect(dongle.health?.restarts[0]).toMatch(/^Error: no radio/)
})

test.each<[string, number, (conditions: Conditions) => void]>([
  [
    'joining got nowhere in 30 min: no answer in time',
    31,
    (conditions) => {
      conditions.wifi = 'silent'
    },
  ],
  [
    'synchronising got nowhere in 60 min: time0.example does not resolve: no answer',
    61,
    (conditions) => {
      conditions.dns = 'silent'
    },
  ],
  [
    'connecting got nowhere in 60 min: the connection was refused',
    61,
    (conditions) => {
      conditions.broker.listening = 'refused'
    },
  ],
  [
    'streaming got nowhere in 60 min',
    61,
    ({ meters }) => {
      for (const meter of meters.values()) meter.fault = 'dead'
    },
  ],
])('a state that hangs ends in one restart: %s', (why, minutes, hang) => {
  const { world } = story()
  world.injectFault('hang', (minutes + 5) * MINUTE, () => {
    hang(world.conditions)
    return () => {}
  })
  expect(world.run((minutes - 2) * MINUTE)).toBeUndefined()
  expect(world.observer.counts.restarts).toEqual([])
  expect(world.run((minutes + 4) * MINUTE)).toBeUndefined()
  expect(world.observer.counts.restarts).toEqual([why])
  expect(world.dongle.health?.restarts).toEqual([why])
})

// 26 restarts, and a write to flash for each of them twice.
test('a day without UDP port 123 restarts nothing and writes nothing, and health says what to open', () => {
  const { world } = story()
  const { conditions, dongle, flash, observer } = world
  for (const server of conditions.timeServers) server.kind = 'silent'
  let writes = 0
  const { write } = flash
  flash.write = (name, bytes) => {
    if (world.agenda.now > 5 * MINUTE) writes++
    write.call(flash, name, bytes)
  }
  world.agenda.runUntil(MINUTE, () => {})
  const servers = conditions.timeServers.map((_, slot) => `time${slot}.example port 123`).join(', ')
  expect(dongle.health).toMatchObject({
    state: 'synchronising',
    why: `no time server answers: outgoing UDP has to be open to ${servers}`,
  })
  world.agenda.runUntil(24 * 60 * MINUTE, () => {})
  expect({ restarts: observer.counts.restarts, writes }).toEqual({ restarts: [], writes: 0 })
  for (const server of conditions.timeServers) server.kind = 'answers'
  world.agenda.runUntil(24 * 60 * MINUTE + 3 * MINUTE, () => {})
  expect(dongle.health?.state).toBe('streaming')
})

// stop() failed as the work had, asked for a restart again, and so on until the stack was full.
test('what fails while it is stopped still ends in one restart, for the first reason', () => {
  const store = new Flash()
  saveSettings(store, drawSite(3).settings)
  const restarts: string[] = []
  const fail = (what: string) => () => {
    throw new Error(what)
  }
  const board = {
    clock: { now: () => 0, setSystemTime() {} },
    alarm: { set() {}, clear: fail('no alarm') },
    serialLine: { open: fail('no line') },
    tcp: { connect: fail('no TCP') },
    datagrams: () => ({ ask() {}, closeSocket() {} }),
    network: { join: fail('no radio'), leave: fail('still no radio'), resolve() {} },
    store,
    entropy: random(1),
    system: { serial: 'WB1', builtAt: 1.7e12, restart: (why: string) => void restarts.push(why) },
  } as unknown as Board
  expect(() => boot(board, () => {})).toThrow('no alarm')
  expect(restarts.map((why) => why.split('\n')[0])).toEqual(['Error: no radio'])
})
