/** A firmware that fails: the reason of each restart is kept, and a loop of them slows down. */
import { expect, test } from '@jest/globals'
import { boot } from '../../firmware/dongle/boot'
import type { Board } from '../../firmware/ports/board'
import { loadSettings, saveSettings } from '../../firmware/settings/record'
import type { Conditions } from '../../tools/sim/conditions'
import { plan } from '../../tools/sim/faults/faults'
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

// The record of restarts was never written: it restarted at once, for ever.
test.each<[string, (conditions: Conditions) => void]>([
  ['takes nothing', ({ flash }) => (flash.isFull = true)],
  ['cannot be read', ({ flash }) => (flash.unreadable = /^restarts/)],
])('a loop of restarts waits for a minute each time if flash %s', (_, fail) => {
  const { world } = story()
  const { dongle, agenda, observer } = world
  const joins: number[] = []
  const booted = observer.booted.bind(observer)
  observer.booted = () => {
    booted()
    dongle.network!.join = () => {
      joins.push(agenda.now)
      throw new Error('no radio')
    }
  }
  fail(world.conditions)
  agenda.runUntil(10 * MINUTE, () => {})
  expect(joins.length).toBeGreaterThan(8)
  expect(joins.length).toBeLessThanOrEqual(10)
  expect(dongle.health?.why).toBe('restarts cannot be counted')
})

// It restarted for ever: each run was too long to count as a short one, and nobody knew why it ended.
test('a supply that sags every three minutes ends in waiting, which says why; once it holds, it streams', () => {
  const { world, log } = story()
  const { agenda, dongle } = world
  let sags = 0
  const sag = () => {
    if (sags === 10) return
    sags++
    dongle.reset('brownout')
    agenda.after(3 * MINUTE, sag)
  }
  agenda.after(3 * MINUTE, sag)
  agenda.runUntil(31 * MINUTE, () => {})
  expect(dongle.health).toMatchObject({
    state: 'holding',
    why: '10 crashes in a row, the last: brownout',
    brownouts: 10,
  })
  expect(dongle.health?.restarts).toEqual(Array(8).fill('brownout'))
  agenda.runUntil(89 * MINUTE, () => {})
  expect(dongle.health?.state).toBe('holding')
  agenda.runUntil(92 * MINUTE, () => {})
  expect(log[log.length - 1][1]).toBe('streaming')
  // Calm: the next one does not wait again.
  agenda.runUntil(97 * MINUTE, () => {})
  dongle.reset('brownout')
  agenda.runUntil(98 * MINUTE, () => {})
  expect(dongle.health).toMatchObject({ state: 'streaming', brownouts: 11 })
})

// Seed 5, after 90 h: an hour's wait for crashes of days ago. The run that was calm could not be written down, or began while
// the record could not be read, and was never written after that.
test.each<[string, (conditions: Conditions) => () => void]>([
  [
    'cannot be read when it starts',
    ({ flash }) => {
      flash.unreadable = /^restarts/
      return () => (flash.unreadable = undefined)
    },
  ],
  [
    'takes nothing',
    ({ flash }) => {
      flash.isFull = true
      return () => (flash.isFull = false)
    },
  ],
])('crashes are forgotten by a calm run though flash %s for ten minutes', (_, fail) => {
  const { world } = story()
  const { agenda, dongle, conditions } = world
  const crash = (minute: number) => {
    dongle.reset('brownout')
    agenda.runUntil(minute * MINUTE, () => {})
  }
  for (let i = 1; i <= 9; i++) crash(3 * i)
  const mend = fail(conditions)
  dongle.powerOff()
  dongle.powerOn()
  agenda.runUntil(37 * MINUTE, () => {})
  mend()
  agenda.runUntil(46 * MINUTE, () => {})
  crash(47)
  crash(48)
  expect(dongle.health).toMatchObject({ state: 'streaming', why: '' })
})

test('a power cut is no reason of a restart, and what the engine said last is one', () => {
  const { world } = story()
  const { agenda, dongle } = world
  agenda.runUntil(MINUTE, () => {})
  dongle.powerOff()
  dongle.powerOn()
  agenda.runUntil(2 * MINUTE, () => {})
  expect(dongle.health?.restarts).toEqual([])
  dongle.reset('abort', 'memory full')
  agenda.runUntil(3 * MINUTE, () => {})
  expect(dongle.health).toMatchObject({ restarts: ['abort: memory full'], brownouts: 0 })
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

// A healthy dongle was restarted every hour.
test('a dark site restarts nothing but the line, and streams again when its meters are back', () => {
  const { world, log, times } = story()
  const { conditions, dongle, observer } = world
  let opened = 0
  world.run(MINUTE)
  const { line } = dongle
  const open = line!.open.bind(line)
  line!.open = (settings, events) => {
    opened++
    return open(settings, events)
  }
  world.injectFault('dark', 180 * MINUTE, () => {
    for (const meter of conditions.meters.values()) meter.fault = 'dead'
    return () => {
      for (const meter of conditions.meters.values()) meter.fault = undefined
    }
  })
  expect(world.run(185 * MINUTE)).toBeUndefined()
  expect(observer.counts).toMatchObject({ boots: 1, restarts: [] })
  expect(opened).toBeGreaterThanOrEqual(10)
  expect(opened).toBeLessThanOrEqual(12)
  expect(log[log.length - 1][1]).toBe('streaming')
  for (const seconds of times.values()) expect(seconds.length).toBeGreaterThan(60)
})

// boot() threw, and the device restarted at once, again and again: the record of restarts could not be read either.
test('a store that throws when it is read is no reason to restart', () => {
  const reports: unknown[] = []
  const store = {
    read() {
      throw new Error('NVS')
    },
    write() {},
    erase() {},
  }
  const alarms: number[] = []
  const board = {
    store,
    entropy: random(1),
    system: { serial: 'WB1', builtAt: 1.7e12 },
    clock: { now: () => 5 },
    alarm: { set: (due: number) => alarms.push(due), clear() {} },
  }
  const running = boot(board as unknown as Board, (report) => reports.push(report))
  expect(running.health()).toBeUndefined()
  expect(alarms).toEqual([30_005])
  expect(reports).toEqual([
    {
      kind: 'state',
      state: 'unprovisioned',
      why: 'settings: expected a store that can be read, found settings.1: NVS',
    },
  ])
})

test('a store that was erased because it was damaged says so, and health still does once there are settings again', () => {
  const reports: unknown[] = []
  const { world } = story()
  const { flash } = world
  const blobs = new Map(flash.blobs)
  flash.blobs.clear()
  const system = { serial: 'WB1', builtAt: 1.7e12, storeWasErased: () => true }
  const board = { store: flash, entropy: random(1), system, clock: { now: () => 0 } }
  expect(boot(board as unknown as Board, (report) => reports.push(report)).health()).toBeUndefined()
  const why = 'settings lost: flash was damaged'
  expect(reports).toEqual([{ kind: 'state', state: 'unprovisioned', why }])
  for (const [name, blob] of blobs) flash.blobs.set(name, blob)
  world.agenda.runUntil(MINUTE, () => {})
  expect(world.dongle.health).toMatchObject({ state: 'streaming', restarts: [why] })
})

// Unprovisioned, until somebody cut its power.
test('settings that could not be read are read again half a minute later, without a restart', () => {
  const { world, log } = story()
  world.conditions.flash.unreadable = /./
  world.agenda.runUntil(MINUTE, () => {})
  expect(log.map(([, text]) => text)).toEqual(['unprovisioned', 'unprovisioned'])
  world.conditions.flash.unreadable = undefined
  world.agenda.runUntil(2 * MINUTE, () => {})
  expect(log[log.length - 1][1]).toBe('streaming')
  expect(world.observer.counts).toMatchObject({ boots: 1, restarts: [] })
})

// The older copy was written over the newer one, which could not be read at that start.
test('a copy of the settings that cannot be read is left as it is', () => {
  const { world } = story()
  const { flash, conditions, site } = world
  const newer = { ...site.settings, staged: { key: 'new', secret: 'x'.repeat(30) } }
  const older = new Map(flash.blobs)
  saveSettings(flash, newer)
  flash.blobs.set('settings.1', older.get('settings.1')!)
  conditions.flash.unreadable = /^settings.0/
  world.agenda.runUntil(MINUTE, () => {})
  expect(loadSettings(flash)).toMatchObject({ settings: newer })
  expect(world.dongle.health?.state).toBe('streaming')
})

// It said `no settings yet`, as if nobody had ever been there.
test('settings of which both copies are damaged are said to be; with new ones it is the same dongle', () => {
  const { world, log } = story()
  const { agenda, broker, dongle, observer } = world
  const whys: string[] = []
  const report = observer.report.bind(observer)
  observer.report = (one) => {
    if (one.kind === 'state' && one.state === 'unprovisioned') whys.push(one.why)
    report(one)
  }
  plan(world, [{ kind: 'settings damaged', atMs: MINUTE, lastsMs: MINUTE }])
  agenda.runUntil(2 * MINUTE - 1, () => {})
  expect(log[log.length - 1][1]).toBe('unprovisioned')
  expect(whys).toEqual(['settings: expected a settings record, found damaged copies'])
  agenda.runUntil(3 * MINUTE, () => {})
  expect(dongle.health?.state).toBe('streaming')
  expect(broker.sessions.clientIds).toHaveLength(1)
  expect(observer.violation).toBeUndefined()
})

test('records that cannot be read, beside settings that can be, cost nothing else', () => {
  const { world, log } = story()
  const read = world.flash.read.bind(world.flash)
  world.flash.read = (name) => {
    if (!name.startsWith('settings') || name === 'settings.0') throw new Error('NVS')
    return read(name)
  }
  expect(world.run(2 * MINUTE)).toBeUndefined()
  expect(log.map(([, text]) => text)).toContain(
    'copy 1 of the settings was read: the other is not the same',
  )
  expect(log[log.length - 1][1]).toBe('streaming')
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
    system: {
      serial: 'WB1',
      builtAt: 1.7e12,
      lastReset: () => ({ cause: 'power on', words: '' }),
      restart: (why: string) => void restarts.push(why),
    },
  } as unknown as Board
  expect(() => boot(board, () => {})).toThrow('no alarm')
  expect(restarts.map((why) => why.split('\n')[0])).toEqual(['Error: no radio'])
})
