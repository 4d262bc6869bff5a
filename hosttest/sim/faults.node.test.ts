/** What a kind of fault does to a dongle, each on its own: a fault without an effect would be a bug of the simulated world. */
import { describe, expect, test } from '@jest/globals'
import { type FaultKind, plan } from '../../tools/sim/faults/faults'
import { rightServer, type TimeServer } from '../../tools/sim/network/time-server'
import { HOUR, MINUTE } from '../../tools/sim/world'
import { SECOND, story } from '../dongle/site'

const BEGIN = 2 * MINUTE

/** Five minutes of it, and five more for the way back: what it did while the fault was on. */
function through(kind: FaultKind, seed: number) {
  const lateMs: number[] = []
  const said: string[] = []
  const missed: string[] = []
  const { world } = story({
    seed,
    onReport(report, at) {
      if (report.kind === 'acknowledged' && at > BEGIN && at < BEGIN + 5 * MINUTE)
        lateMs.push(report.lateMs)
      else if (report.kind === 'log') said.push(report.text)
      else if (report.kind === 'missed') missed.push(report.why)
    },
  })
  plan(world, [{ kind, atMs: BEGIN, lastsMs: 5 * MINUTE }])
  expect(world.run(12 * MINUTE)).toBeUndefined()
  return { world, said, missed, lateMs: lateMs.sort((a, b) => a - b) }
}

const SEEDS = [1, 2, 3, 4]

describe('the way', () => {
  test.each(SEEDS)(
    'some packets lost: some samples are seconds late, most are not (%i)',
    (seed) => {
      const { lateMs } = through('some packets lost', seed)
      expect(lateMs[lateMs.length - 1]).toBeGreaterThan(SECOND)
      expect(lateMs[0]).toBeLessThan(SECOND)
    },
  )

  test('long way: all acknowledgements are late by the round trip, and none is lost for it', () => {
    const earliest = SEEDS.map((seed) => through('long way', seed).lateMs[0])
    expect(Math.max(...earliest)).toBeGreaterThan(500)
    for (const seed of SEEDS) expect(through('long way', seed).world.observer.counts.missed).toBe(0)
  })

  test.each(SEEDS)(
    'large packets swallowed: the connection stalls, and the next ones too (%i)',
    (seed) => {
      const { said, world } = through('large packets swallowed', seed)
      expect(said).toContain('broker: no acknowledgement in time')
      expect(said).toContain('broker: nothing came for 10 s')
      expect(world.observer.counts.missed).toBeGreaterThan(0)
    },
  )
})

describe('TLS', () => {
  /** Why the connection failed, as the log says it. */
  const ENDS = {
    'TLS fails': /handshake failure|not TLS|expired|nothing came/,
    'captive portal': /not TLS/,
    'poisoned DNS': /unknown issuer|refused/,
  }

  test.each(Object.keys(ENDS) as (keyof typeof ENDS)[])(
    '%s: nothing is delivered, and the dongle says why',
    (kind) => {
      for (const seed of SEEDS) {
        const { said, world } = through(kind, seed)
        expect(said.filter((text) => ENDS[kind].test(text)).length).toBeGreaterThan(2)
        expect(world.observer.counts.missed).toBeGreaterThan(0)
      }
    },
  )
})

test('a certificate that expires in mid-connection: what is connected goes on, and an attempt says why it fails', () => {
  const cut = [...SEEDS, 5, 6, 7, 8, 9, 10].map((seed) => {
    const { said, missed, world } = through('certificate expires', seed)
    const expired = said.filter((text) => /expired/.test(text))
    if (expired.length === 0) expect([missed, world.observer.attempts.connects]).toEqual([[], 1])
    return expired.length > 2
  })
  expect(cut).toContain(true)
  expect(cut).toContain(false)
})

describe('names of time servers that lead elsewhere', () => {
  const YEAR = 365.25 * 24 * HOUR
  /** From before a start, for five minutes; all names, or the first. */
  const poisoned = (all: boolean, host: Partial<TimeServer>) => {
    const { world, log } = story()
    const set: number[] = []
    const { observer, dongle } = world
    const systemTime = observer.systemTime.bind(observer)
    observer.systemTime = (utc) => {
      set.push(utc)
      systemTime(utc)
    }
    world.injectFault(
      'time servers poisoned',
      5 * MINUTE,
      () => {
        const { timeServers } = world.conditions
        const slots = all ? timeServers.map((_, slot) => slot) : [0]
        world.conditions.poisoned = { slots, host: { ...rightServer(), ...host } }
        return () => (world.conditions.poisoned = undefined)
      },
      0,
      'time',
    )
    expect(world.run(5 * MINUTE)).toBeUndefined()
    const before = dongle.health?.state
    expect(world.run(8 * MINUTE)).toBeUndefined()
    expect(log.at(-1)?.[1]).toBe('streaming')
    return { before, after: set.length }
  }

  test.each([YEAR, -YEAR, 5000])(
    'all to one liar, %d ms off: he is one server and not believed',
    (offsetMs) => {
      expect(poisoned(true, { offsetMs })).toEqual({ before: 'synchronising', after: 1 })
    },
  )

  // Silent three times, he was given up, and a second name led to him: with what he had said before he was two, and believed.
  test('all to one liar who is silent now and then', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { world } = story({ seed })
      const host = { ...rightServer(), offsetMs: -20 * MINUTE }
      const { conditions } = world
      conditions.poisoned = { slots: conditions.timeServers.map((_, slot) => slot), host }
      conditions.way = { ...conditions.way, loss: 0.5 }
      world.agenda.runUntil(6 * MINUTE, () => {})
      expect([seed, world.dongle.health?.state]).toEqual([seed, 'synchronising'])
    }
  })

  test('all to a host that is silent', () => {
    expect(poisoned(true, { kind: 'silent' })).toEqual({ before: 'synchronising', after: 1 })
  })

  test.each([YEAR, 5000])('one to a liar, %d ms off: the others are believed', (offsetMs) => {
    expect(poisoned(false, { offsetMs }).before).toBe('streaming')
  })
})

describe('the broker', () => {
  test.each(SEEDS)('messages refused: each is missed with the code for its reason (%i)', (seed) => {
    const { missed, world } = through('messages refused', seed)
    expect(missed.length).toBeGreaterThan(5)
    for (const why of missed) expect(why).toMatch(/ \(0x(80|87|97|99)\)$/)
    expect(world.observer.attempts.connects).toBe(1)
  })

  test.each(SEEDS)('no CONNACK: each attempt is ended after 10 s (%i)', (seed) => {
    const { said, missed } = through('no CONNACK', seed)
    expect(said.filter((text) => text === 'broker: no CONNACK in time').length).toBeGreaterThan(2)
    expect(missed.length).toBeGreaterThan(0)
  })

  test('other limits: aliases, small packets and a keep alive of the server are kept to', () => {
    const told = [...SEEDS, 5, 6, 7, 8].map((seed) => {
      const { world, missed } = through('other limits', seed)
      expect(missed).toEqual([])
      return world.conditions.broker
    })
    expect(told.some(({ topicAliasMaximum }) => topicAliasMaximum > 0)).toBe(true)
    expect(told.some(({ maximumPacketSize }) => maximumPacketSize !== undefined)).toBe(true)
    expect(told.some(({ serverKeepAliveS }) => serverKeepAliveS !== undefined)).toBe(true)
  })

  test.each(SEEDS)('another server: it is said, and its own is tried again (%i)', (seed) => {
    const { said } = through('another server', seed)
    expect(said[0]).toMatch(/^broker: (use another server|server moved) \(0x9[cd]\)$/)
  })

  // For hours, each time within seconds: it must not take the session back every half minute.
  test('another client with our id for three hours: ever longer stays away, and the way back', () => {
    const { world } = story()
    plan(world, [{ kind: 'another client with our id', atMs: BEGIN, lastsMs: 180 * MINUTE }])
    world.agenda.runUntil(BEGIN + 60 * MINUTE, () => {})
    const { attempts } = world.observer
    const before = attempts.connects
    expect(world.run(BEGIN + 180 * MINUTE)).toBeUndefined()
    // One each 16 min and more.
    expect(attempts.connects - before).toBeLessThanOrEqual(8)
    expect(attempts.connects - before).toBeGreaterThanOrEqual(6)
    expect(world.run(BEGIN + 205 * MINUTE)).toBeUndefined()
    expect(world.observer.continuity.healthySince).toBeGreaterThan(0)
  })
})

describe('a machine that stands still', () => {
  // A reading that waited for it was dated to the middle of that: a second in which the meter showed something else.
  test('again and again: no value of another second, and a restart only by the watchdog, which is said', () => {
    let busy = 0
    let hung = 0
    for (let seed = 1; seed <= 20; seed++) {
      const { world } = story({ seed })
      plan(world, [{ kind: 'machine stalls', atMs: 2 * MINUTE, lastsMs: 3 * MINUTE }])
      expect(world.run(8 * MINUTE)).toBeUndefined()
      expect(world.dongle.health).toMatchObject({ state: 'streaming' })
      const { boots, missed, restarts } = world.observer.counts
      expect(restarts).toEqual([])
      if (boots > 1) {
        hung++
        expect(world.dongle.health?.restarts).toEqual(['task watchdog'])
      } else if (missed > 0) busy++
    }
    expect(hung).toBeGreaterThan(0)
    expect(busy).toBeGreaterThan(8)
  })
})

describe('a heap near its end', () => {
  /** From minute 2 on, when the broker ends the connection, to minute 3. */
  const lacking = (share: number, looks: number, seed = 3) => {
    const told = story({ seed })
    const { world } = told
    world.agenda.at(2 * MINUTE, () =>
      world.injectFault(
        'heap near its end',
        MINUTE,
        () => {
          world.dongle.lackMemory(share, looks)
          world.dongle.network!.severStreams()
          return () => world.dongle.lackMemory(0, Number.POSITIVE_INFINITY)
        },
        0,
        'board',
      ),
    )
    expect(world.run(6 * MINUTE)).toBeUndefined()
    expect(world.dongle.health?.state).toBe('streaming')
    return told
  }

  // A name that could not be asked for ended in a restart.
  test('that leaves lwIP nothing costs the connection and no restart, and the dongle says so', () => {
    const { world, log } = lacking(1, Number.POSITIVE_INFINITY)
    expect(world.observer.counts).toMatchObject({ boots: 1, restarts: [] })
    expect(log.map(([, text]) => text)).toContain('broker: out of memory')
  })

  test('that leaves TLS nothing ends in a restart with its reason', () => {
    const seeds = Array.from({ length: 30 }, (_, i) => i + 1)
    const restarted = seeds.map((seed) => lacking(0.3, Number.POSITIVE_INFINITY, seed).world)
    const reasons = restarted.flatMap(({ observer, dongle }) => {
      expect(dongle.health?.restarts).toEqual(
        observer.counts.restarts.map((why) => why.slice(0, 120)),
      )
      return observer.counts.restarts
    })
    expect(reasons.length).toBeGreaterThan(2)
    for (const why of reasons) expect(why).toMatch(/^RangeError: no memory/)
  })

  test('that leaves the engine nothing ends in a start anew wherever its turn was, and the next run says so', () => {
    for (let looks = 1; looks <= 60; looks++) {
      const { world } = lacking(0, looks)
      expect(world.observer.counts).toMatchObject({ boots: 2, restarts: [] })
      expect(world.dongle.health?.restarts).toEqual(['abort: memory full'])
    }
  })
})

describe('brown-outs', () => {
  test('are waited for half a minute at most, or an hour after ten that the chip itself has seen', () => {
    const found = new Set<string>()
    for (let seed = 1; seed <= 8; seed++) {
      const { world } = story({ seed })
      plan(world, [{ kind: 'brown-outs', atMs: 3 * MINUTE, lastsMs: 2 * MINUTE }])
      expect(world.run(10 * MINUTE)).toBeUndefined()
      const { boots } = world.observer.counts
      expect(boots).toBeGreaterThan(15)
      const { state, why, brownouts } = world.dongle.health!
      found.add(state)
      if (state === 'holding') {
        expect(why).toBe(`${brownouts} crashes in a row, the last: brownout`)
        expect(world.run(66 * MINUTE)).toBeUndefined()
      }
      expect(world.dongle.health?.state).toBe('streaming')
    }
    expect([...found].sort()).toEqual(['holding', 'streaming'])
  })
})

describe('flash', () => {
  test('that takes nothing costs no sample', () => {
    const { world, log } = story()
    const { conditions, agenda } = world
    agenda.at(MINUTE, () => (conditions.flash.isFull = true))
    // No fault for the observer: it asks for every tick.
    expect(world.run(70 * MINUTE)).toBeUndefined()
    expect(log.map(([, text]) => text)).toContain('not stored: Error: the flash takes nothing')
    expect(world.observer.counts).toMatchObject({ boots: 1, restarts: [], missed: 0 })
  })

  test('that cannot be read costs no settings, and half a minute at most once it can be', () => {
    const longest: number[] = []
    for (let seed = 1; seed <= 8; seed++) {
      const { world } = story({ seed })
      plan(world, [{ kind: 'flash unreadable', atMs: 2 * MINUTE, lastsMs: 40 * SECOND }])
      expect(world.run(6 * MINUTE)).toBeUndefined()
      expect(world.observer.counts).toMatchObject({ boots: 2, restarts: [] })
      longest.push(...world.observer.continuity.recoveries.map(({ ms }) => ms))
    }
    expect(Math.max(...longest)).toBeGreaterThan(10 * SECOND)
    expect(Math.max(...longest)).toBeLessThan(45 * SECOND)
  })

  test('a bit that flips in either copy of the settings costs a line in the log, and both are whole again', () => {
    for (const slot of [0, 1]) {
      const { world, log } = story()
      const { flash, agenda } = world
      const before = new Map(flash.blobs)
      agenda.at(MINUTE, () =>
        world.injectFault('bit flipped', SECOND, () => world.flipBits([`settings.${slot}`])),
      )
      expect(world.run(3 * MINUTE)).toBeUndefined()
      expect(log.map(([, text]) => text)).toContain(
        `copy ${1 - slot} of the settings was read: the other is not the same`,
      )
      for (const name of ['settings.0', 'settings.1'])
        expect(flash.blobs.get(name)!.length).toBe(before.get(name)!.length)
      expect(flash.blobs.get('settings.0')).toEqual(flash.blobs.get('settings.1'))
    }
  })
})
