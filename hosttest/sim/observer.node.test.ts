/** The observer can fail: worlds in which one thing is wrong, and the invariant that breaks. */
import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../firmware/core/bytes'
import { FOREVER, type MonotonicMs, type UnixMs } from '../../firmware/core/time'
import { ENTRIES } from '../../firmware/devices/catalogue/makers'
import { Reconnection } from '../../firmware/mqtt/reconnection'
import type { Arrived } from '../../tools/sim/broker/events'
import { Attempts } from '../../tools/sim/observer/attempts'
import { Reasons, type Wing } from '../../tools/sim/observer/reasons'
import { loadValidate } from '../../tools/sim/observer/schema'
import { random } from '../../tools/sim/random'
import { drawSite } from '../../tools/sim/site/drawn'
import { imageOf } from '../../tools/sim/site/fleet'
import { LENIENT } from '../../tools/sim/site/manner'
import { SimulatedMeter } from '../../tools/sim/site/meter'
import { RandomSignal } from '../../tools/sim/site/random-signal'
import type { Site } from '../../tools/sim/site/site'
import { MINUTE, World, type WorldOptions } from '../../tools/sim/world'

const SEED = 3
const SECOND = 1000
const validate = loadValidate()

/** What the observer says of ten minutes without faults, in which `wrong` is wrong. */
function caught(wrong: Partial<WorldOptions> = {}, change: (world: World) => void = () => {}) {
  const world = new World({ seed: SEED, validate, ...wrong })
  world.run(2 * MINUTE)
  change(world)
  return world.run(10 * MINUTE)?.invariant
}

/** The messages of one stream with every object in them changed. */
function tampered(change: (item: { value: number; soc?: number; time: number }) => object) {
  return (message: Arrived): Arrived[] => {
    const text = JSON.stringify(change(JSON.parse(text8(message.payload))))
    return [{ ...message, payload: Uint8Array.from(text, (character) => character.charCodeAt(0)) }]
  }
}

function text8(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

/** The same site, one of whose meters shows the dongle something else than the truth. */
function withMeter(instead: (first: SimulatedMeter) => SimulatedMeter): Site {
  const site = drawSite(SEED)
  return { ...site, meters: site.meters.map((each, i) => (i === 0 ? instead(each) : each)) }
}

class Late extends SimulatedMeter {
  readonly #byMs: number
  constructor(meter: SimulatedMeter, byMs: number) {
    const { unit, image } = meter
    super({ unit, image: image!, signal: new RandomSignal(SEED, unit) })
    this.#byMs = byMs
  }
  override registers(utc: UnixMs) {
    return super.registers((utc - this.#byMs) as UnixMs)
  }
}

test('a world without a fault breaks no invariant', () => {
  expect(caught()).toBeUndefined()
})

describe('invariant 1, the platform page', () => {
  test.each<[string, (message: Arrived) => Arrived[]]>([
    ['a retained message', (message) => [{ ...message, retain: true }]],
    ['QoS 0', (message) => [{ ...message, qos: 0 }]],
    ["a topic that is no stream's", (message) => [{ ...message, topic: 'site/1/data' }]],
    ['a fraction', tampered((item) => ({ ...item, value: item.value + 0.5 }))],
    ['a number as text', tampered((item) => ({ ...item, value: String(item.value) }))],
    ['no time', tampered(({ value, soc }) => ({ value, soc }))],
    ['milliseconds', tampered((item) => ({ ...item, time: item.time * 1000 }))],
    ['a field too many', tampered((item) => ({ ...item, unit: 'W' }))],
    ['an array of one', tampered((item) => [item])],
    ['no JSON', (message) => [{ ...message, payload: message.payload.subarray(1) }]],
    ['an old sample', (message) => [{ ...message, sentAt: message.sentAt + 57_000 }]],
  ])('%s', (_, tamper) => {
    expect(caught({ tamper })).toBe(1)
  })
})

describe('invariant 2, the truth', () => {
  test.each<[string, (message: Arrived) => Arrived[]]>([
    ['two watts more', tampered((item) => ({ ...item, value: item.value + 2 }))],
    ['the other sign', tampered((item) => ({ ...item, value: -item.value }))],
    ['measured two seconds before', tampered((item) => ({ ...item, time: item.time - 2 }))],
    // Within a second of its time it was taken for true.
    ['measured a second before', tampered((item) => ({ ...item, time: item.time - 1 }))],
    ['0 in place of a reading', tampered((item) => ({ ...item, value: 0 }))],
    ['no state of charge', tampered(({ value, time }) => ({ value, time }))],
    ['a state of charge in %', tampered((item) => ({ ...item, soc: item.soc && 55 }))],
  ])('%s', (_, tamper) => {
    expect(caught({ tamper })).toBe(2)
  })

  test('a meter that answers with what it showed three seconds ago', () => {
    expect(caught({ site: withMeter((first) => new Late(first, 3000)) })).toBe(2)
  })

  test('the last value with a new time, as of a dead meter', () => {
    let last: { value: number } | undefined
    const tamper = tampered((item) => {
      const stale = last ?? item
      last = item
      return { ...item, value: stale.value }
    })
    const site = drawSite(SEED)
    const only = [...site.streams.keys()][0]
    expect(
      caught({ tamper: (message) => (message.topic === only ? tamper(message) : [message]) }),
    ).toBe(2)
  })

  test('a meter mounted the other way round than the installer said', () => {
    const site = drawSite(SEED)
    const [first, ...others] = site.settings.devices
    const devices = [{ ...first, inverted: !first.inverted }, ...others]
    expect(caught({ site: { ...site, settings: { ...site.settings, devices } } })).toBe(2)
  })
})

describe('invariant 2, the meter of the site is replaced under power', () => {
  const swap = (image: SimulatedMeter['image']) => (world: World) => {
    world.site.meters[0].replace(image, world.utc)
  }
  const [sdm630] = drawSite(SEED).meters

  test('by another model that answers the same reads', () => {
    const entry = ENTRIES.findIndex(({ id }) => id === 'eastron-x96')
    const other = imageOf(entry, LENIENT, random(SEED))
    expect(caught({}, swap(other))).toBe(2)
  })

  test('by another of its model is none', () => {
    expect(caught({}, swap(sdm630.image))).toBeUndefined()
  })
})

describe('invariant 3, every tick once', () => {
  test('a message that is lost', () => {
    let count = 0
    expect(caught({ tamper: (message) => (++count === 100 ? [] : [message]) })).toBe(3)
  })

  test('a message that comes twice, and without DUP', () => {
    expect(caught({ tamper: (message) => [message, message] })).toBe(3)
  })

  test('a meter that is dead and no fault', () => {
    const kill = ({ conditions, site }: World) => {
      conditions.meters.get(site.meters[0].unit)!.fault = 'dead'
    }
    expect(caught({}, kill)).toBe(3)
  })

  test('power cut and no fault', () => {
    expect(caught({}, ({ dongle }) => dongle.powerOff())).toBe(3)
  })
})

describe('invariant 3, a reason for each miss', () => {
  const MISS = { kind: 'missed', tick: 9, stream: 0 } as const
  const DUE = 10 * MINUTE
  const played = (
    play: (reasons: Reasons) => void,
    by: 'meter' | 'clock' | 'broker' | 'capacity',
    why: string,
  ): number[] => {
    const failed: number[] = []
    const reasons = new Reasons((invariant) => failed.push(invariant))
    play(reasons)
    reasons.missed({ ...MISS, by, why }, DUE)
    return failed
  }
  const of = (kind: string, wing: Wing, endedAt?: number) => (reasons: Reasons) => {
    reasons.faultBegins(kind, wing)
    if (endedAt !== undefined) reasons.faultEnds(kind, wing, endedAt)
  }

  test('none at all', () => {
    expect(played(of('anything', 'line'), 'meter', '')).toEqual([3])
  })

  test('a meter, while only the broker is away; and while the line is noisy', () => {
    expect(played(of('broker restarted', 'broker'), 'meter', 'bad CRC')).toEqual([3])
    expect(played(of('bus noise', 'line'), 'meter', 'bad CRC')).toEqual([])
  })

  test('the broker, though it is the line', () => {
    expect(played(of('bus noise', 'line'), 'broker', 'stale before there was a broker')).toEqual([
      3,
    ])
  })

  test('a fault that is over since long, and one that is still felt', () => {
    expect(played(of('bus noise', 'line', DUE - 9 * MINUTE), 'meter', 'bad CRC')).toEqual([3])
    expect(played(of('bus noise', 'line', DUE - MINUTE), 'meter', 'bad CRC')).toEqual([])
  })

  test('a code that no broker gave, in a fault of the broker', () => {
    const why = 'quota exceeded (0x97)'
    expect(played(of('broker restarted', 'broker'), 'broker', why)).toEqual([3])
    expect(played(of('messages refused', 'broker'), 'broker', why)).toEqual([])
  })

  test('a session that nobody lost', () => {
    const why = 'the server lost the session'
    expect(played(of('slow acknowledgements', 'broker'), 'broker', why)).toEqual([3])
  })

  test('a firmware that blames the meter for what the broker does', () => {
    const world = new World({ seed: SEED, validate })
    const { observer } = world
    const report = observer.report.bind(observer)
    observer.report = (one) => report(one.kind === 'missed' ? { ...one, by: 'meter' } : one)
    world.agenda.at(5 * MINUTE, () =>
      world.injectFault(
        'broker restarted',
        2 * MINUTE,
        () => {
          world.conditions.broker.listening = 'refused'
          world.broker.stop({ keepSessions: true, politely: true })
          return () => (world.conditions.broker.listening = 'yes')
        },
        0,
        'broker',
      ),
    )
    expect(world.run(10 * MINUTE)?.what).toMatch(/by meter, and nothing was wrong: /)
  })
})

describe('invariant 4, the limits', () => {
  test('more in flight than the broker takes', () => {
    const world = new World({ seed: SEED, validate })

    world.broker.enforced.receiveMaximum = 1
    expect(world.run(2 * MINUTE)?.invariant).toBe(4)
  })

  test.each<[string, (site: Site) => string, boolean]>([
    ['the key', (site) => `..${site.settings.credentials.key}..`, false],
    ['the secret', (site) => `..${site.settings.credentials.secret}..`, false],
    ['CONNECT', () => '\x10\x20\0\x04MQTT', false],
    ['a byte after its handshake', () => 'x', true],
  ])('%s for another than the broker', (_, bytes, believed) => {
    const tell = ({ site, observer }: World) => observer.heardByAnother(utf8(bytes(site)), believed)
    expect(caught({}, tell)).toBe(4)
  })

  test('settings that are lost and said never to have been', () => {
    const forget = ({ dongle, flash }: World) => {
      flash.blobs.clear()
      dongle.powerOff()
      dongle.powerOn()
    }
    expect(caught({}, forget)).toBe(4)
  })

  test('a firmware that throws', () => {
    const throws = ({ dongle }: World) => {
      dongle.network!.join = () => {
        throw new Error('of our own making')
      }
      dongle.network!.lose()
    }
    expect(caught({}, throws)).toBe(4)
  })
})

test('invariant 5: a sample from before the last one', () => {
  const held: Arrived[] = []
  const tamper = (message: Arrived): Arrived[] => {
    held.push(message)
    return held.length < 10 ? [] : held.splice(0).reverse()
  }
  expect([3, 5]).toContain(caught({ tamper }))
})

test('invariant 5: a clock that is further off than it says', () => {
  const off = ({ conditions }: World) => {
    for (const server of conditions.timeServers) server.untoldMs = 300
  }
  expect(caught({}, off)).toBe(5)
})

test('invariant 6: a broker that never comes back', () => {
  const world = new World({ seed: SEED, validate })
  world.conditions.broker.listening = 'refused'
  expect(world.run(10 * MINUTE)?.invariant).toBe(6)
})

describe('invariant 6, a run that ended by itself', () => {
  test('a wait for crashes that there were not', () => {
    const invent = (times: number) => (world: World) => {
      for (let i = 0; i < times; i++) world.observer.holds.crashed(world.agenda.now)
      const why = '10 crashes in a row, the last: panic'
      world.observer.report({ kind: 'state', state: 'holding', why })
    }
    expect(caught({}, invent(9))).toBe(6)
    expect(caught({}, invent(10))).toBeUndefined()
  })

  test('crashes before a run that lasted count no more, unless flash failed in it', () => {
    const fail = (flashFailedAt?: number) => (world: World) => {
      const { holds } = world.observer
      for (let i = 0; i < 9; i++) holds.crashed(world.agenda.now)
      holds.crashed(world.agenda.now + 30 * MINUTE, flashFailedAt)
      const why = '10 crashes in a row, the last: panic'
      world.observer.report({ kind: 'state', state: 'holding', why })
    }
    expect(caught({}, fail())).toBe(6)
    expect(caught({}, fail(29 * MINUTE))).toBeUndefined()
  })

  test('a firmware that does not say why', () => {
    const hide = (world: World) => {
      const { dongle } = world
      world.injectFault('crash', SECOND, () => {
        world.crash('abort', 'memory full')
        return () => {}
      })
      Object.defineProperty(dongle, 'lastReset', { get: () => ({ cause: 'panic', words: '' }) })
    }
    expect(caught({}, hide)).toBe(6)
  })
})

describe('invariant 8, a short outage costs nothing', () => {
  /** A broker that is away for 70 s, of which the observer is told less. */
  const away = (toldMs: number, kind = 'broker away', change = (_: World): void => {}) =>
    caught({}, (world) => {
      const { conditions, broker, agenda } = world
      world.injectFault(kind, toldMs, () => {
        change(world)
        conditions.broker.listening = 'refused'
        broker.stop({ keepSessions: true, politely: true })
        agenda.after(70_000, () => (conditions.broker.listening = 'yes'))
        return () => {}
      })
    })

  test('a sample that is lost in one of 44 s, and not in one of 46 s', () => {
    expect([away(44_000), away(46_000)]).toEqual([8, undefined])
  })

  test('of Wi-Fi only under 36 s', () => {
    expect([away(35_000, 'Wi-Fi lost'), away(37_000, 'Wi-Fi lost')]).toEqual([8, undefined])
  })

  test('not if another client has taken the session a second time', () => {
    const twice = ({ observer, utc }: World): void => {
      observer.continuity.takenOver(utc - MINUTE)
      observer.continuity.takenOver(utc)
    }
    expect(away(1000, 'broker away', twice)).toBeUndefined()
  })
})

describe('invariant 7, how often it tries', () => {
  const played = (play: (attempts: Attempts) => void): number[] => {
    const failed: number[] = []
    play(new Attempts((invariant) => failed.push(invariant)))
    return failed
  }

  test('every three seconds is too often', () => {
    expect(
      played((attempts) => {
        for (let now = 0; now < 10 * MINUTE; now += 3000) attempts.connect(now)
      }),
    ).toContain(7)
  })

  test('a client that keeps to its backoff is never too often: 20,000 times ten minutes without a broker', () => {
    const often: string[] = []
    for (let seed = 1; seed <= 20_000; seed++) {
      const reconnection = new Reconnection(random(seed))
      const attempts = new Attempts((_, what) => often.push(`seed ${seed}: ${what}`))
      for (let now = 0; now < 10 * MINUTE; ) {
        attempts.connect(now)
        now = reconnection.after((now + 50) as MonotonicMs, FOREVER)
      }
    }
    expect(often).toEqual([])
  })

  test('a power cut starts the backoff over, a restart by itself excuses nothing', () => {
    const lives = (byItself: boolean) =>
      played((attempts) => {
        for (let boot = 0; boot < 3; boot++) {
          attempts.booted(byItself)
          for (let i = 0; i < 16; i++) attempts.connect(boot * 20_000 + i * 1000)
        }
      })
    expect(lives(false)).toEqual([])
    expect(lives(true)).toContain(7)
  })

  test('ten seconds after a refusal is too early with the same credentials, and not with others', () => {
    expect(
      played((attempts) => {
        attempts.answered('a', 0x87, 0)
        attempts.answered('b', 0x87, 10_000)
        attempts.answered('a', 0, 45_000)
      }),
    ).toEqual([])
    expect(
      played((attempts) => {
        attempts.answered('a', 0x87, 0)
        attempts.answered('a', 0, 10_000)
      }),
    ).toEqual([7])
  })
})
