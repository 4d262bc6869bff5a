/** Days and weeks in virtual time, with bad crystals, networks and servers. docs/clock.md has the figures. */
import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Random, random } from '../../tools/sim/random'
import {
  BEGIN,
  busiestHour,
  ClockWorld,
  DAY,
  HOUR,
  MINUTE,
  ms,
  type Peer,
  SECOND,
} from '../../tools/sim/sntp/world'

const SEED = 20260101
let dice: Random

beforeEach(() => {
  dice = random(SEED)
})

/** A crystal this far off, which the day's warmth moves by as much as `swingPpm` either way. */
const crystal = (ppm: number, swingPpm: number) => (at: number) =>
  1e-6 * (ppm * at + (swingPpm * DAY * (1 - Math.cos((2 * Math.PI * at) / DAY))) / (2 * Math.PI))

const exponential = (random: Random, meanMs: number) => -meanMs * Math.log(1 - random.next())

/** A millisecond each way, an event loop that is late more often on the way back, spikes, one loss in fifty. */
const lan = (random: Random, way: 'there' | 'back') => {
  if (random.chance(0.01)) return undefined
  const spikeMs = random.chance(0.02) ? 60 * random.next() : 0
  return 1 + exponential(random, way === 'back' ? 3 : 0.5) + spikeMs
}

const wan = (random: Random, way: 'there' | 'back') => {
  if (random.chance(0.05)) return undefined
  const spikeMs = random.chance(0.05) ? 300 * random.next() : 0
  return 15 + exponential(random, way === 'back' ? 8 : 3) + spikeMs
}

/** What a watcher saw who asked the time every so often. */
interface Watch {
  errorsMs: number[]
  backwards: number
  silent: number
  /** The errors that the bound did not cover. */
  unbounded: number
}

function watch(world: ClockWorld, everyMs = MINUTE): Watch {
  const seen: Watch = { errorsMs: [], backwards: 0, silent: 0, unbounded: 0 }
  let last = Number.NEGATIVE_INFINITY
  world.everyMs = everyMs
  world.probe = (now) => {
    const told = world.clock.utc(now)
    if (told === undefined) {
      seen.silent++
      return
    }
    const state = world.clock.state(now)
    const errorMs = Math.abs(told - world.utc())
    if (told < last) seen.backwards++
    if (state.kind !== 'never' && errorMs > state.errorMs) seen.unbounded++
    seen.errorsMs.push(errorMs)
    last = told
  }
  return seen
}

function quantile(values: readonly number[], q: number): number {
  return values.slice().sort((a, b) => a - b)[Math.floor(q * (values.length - 1))]
}

const steps = (world: ClockWorld) =>
  world.log.filter(([, what]) => what === 'synchronised').length - 1

describe(`the clock (seed ${SEED})`, () => {
  test.each([1, 4])(
    'keeps a month on a LAN of %i servers: p50 within 3 ms, p99 within 15 ms',
    (n) => {
      const peers = new Array<Peer>(n).fill({ delayMs: lan })
      const world = new ClockWorld({ peers, random: dice, driftMs: crystal(40, 5) })
      const seen = watch(world)
      world.start().run(30 * DAY)
      expect(quantile(seen.errorsMs, 0.5)).toBeLessThan(3)
      expect(quantile(seen.errorsMs, 0.99)).toBeLessThan(15)
      expect(seen).toMatchObject({ backwards: 0, silent: 0, unbounded: 0 })
      expect(steps(world)).toBe(0)
      for (const asked of world.asked) expect(busiestHour(asked)).toBeLessThanOrEqual(240)
    },
  )

  test('keeps a week over the internet within 15 ms, loss and spikes and all', () => {
    const peers = new Array<Peer>(4).fill({ delayMs: wan })
    const world = new ClockWorld({ peers, random: dice, driftMs: crystal(-25, 5) })
    const seen = watch(world)
    world.start().run(7 * DAY)
    expect(quantile(seen.errorsMs, 0.99)).toBeLessThan(15)
    expect(seen).toMatchObject({ backwards: 0, silent: 0, unbounded: 0 })
    expect(steps(world)).toBe(0)
  })

  test('after an hour of learning is within a second a day later, and within its bound for two', () => {
    const world = new ClockWorld({
      peers: [{ delayMs: lan }],
      random: dice,
      driftMs: crystal(40, 2),
    })
    const seen = watch(world)
    world.start().run(HOUR).stop().run(DAY)
    expect(quantile(seen.errorsMs, 1)).toBeLessThan(1000)
    world.run(DAY)
    expect(seen).toMatchObject({ backwards: 0, silent: 0, unbounded: 0 })
    world.start().run(HOUR)
    expect(Math.abs(world.errorMs()!)).toBeLessThan(15)
    expect(seen).toMatchObject({ backwards: 0, unbounded: 0 })
  })

  test('remembers at most once an hour what spares the next run the learning', () => {
    const world = new ClockWorld({
      peers: [{ delayMs: lan }],
      random: dice,
      driftMs: crystal(40, 0),
    })
    world.start().run(DAY)
    const remembered = world.log.filter(([, what]) => what === 'remember')
    expect(remembered.length).toBeGreaterThan(12)
    remembered.forEach(([at], i) => {
      expect(at - (i ? remembered[i - 1][0] : 0)).toBeGreaterThanOrEqual(HOUR)
    })
    const driftPpm = remembered[remembered.length - 1][2] as number
    const next = new ClockWorld({ peers: [{}], random: dice, driftMs: crystal(40, 0), driftPpm })
    next.start().run(MINUTE).stop().run(DAY)
    expect(Math.abs(next.errorMs()!)).toBeLessThan(300)
  })
})

describe(`servers that are wrong (seed ${SEED})`, () => {
  const right: Peer = { delayMs: lan }

  test.each([
    ['an hour ahead', () => HOUR],
    ['a second behind', () => -SECOND],
    ['adrift by 200 ppm', (at: number) => (at - BEGIN) * 200e-6],
    ['sane for a day, then an hour behind', (at: number) => (at > BEGIN + DAY ? -HOUR : 0)],
  ])('one of four is not believed: %s', (_, offsetMs) => {
    const peers = [{ delayMs: () => 1, offsetMs }, right, right, right]
    const world = new ClockWorld({ peers, random: dice, driftMs: crystal(40, 5) })
    const seen = watch(world)
    world.start().run(2 * DAY)
    expect(quantile(seen.errorsMs, 0.99)).toBeLessThan(15)
    expect(quantile(seen.errorsMs, 1)).toBeLessThan(40)
    expect(seen).toMatchObject({ backwards: 0, silent: 0, unbounded: 0 })
    expect(steps(world)).toBe(0)
  })

  test('a lone server that steps an hour ahead and back: believed at the third round, and the time never goes backwards', () => {
    let offsetMs = 0
    const world = new ClockWorld({ peers: [{ offsetMs: () => offsetMs }], random: dice })
    const seen = watch(world, SECOND)
    world.start().run(MINUTE)
    offsetMs = HOUR
    const before = world.asked[0].length
    world.run(2 * MINUTE)
    expect(steps(world)).toBe(1)
    const stepAt = world.log.filter(([, what]) => what === 'synchronised')[1][0]
    expect(world.asked[0].slice(before).filter((at) => at <= stepAt)).toHaveLength(3)
    expect(world.errorMs()).toBeCloseTo(HOUR, 0)
    offsetMs = 0
    world.run(5 * MINUTE)
    expect(steps(world)).toBe(2)
    expect(world.errorMs()).toBeUndefined()
    world.run(HOUR)
    expect(world.errorMs()).toBeCloseTo(0, 0)
    expect(seen.backwards).toBe(0)
  })

  test('a single wild answer moves nothing, and while nothing explains it there is no time', () => {
    let answers = 0
    const peer: Peer = { offsetMs: () => (++answers === 3 ? DAY : 0) }
    const world = new ClockWorld({ peers: [peer], random: dice }).start().run(MINUTE)
    expect(answers).toBeGreaterThan(3)
    expect(steps(world)).toBe(0)
    expect(world.errorMs()).toBeCloseTo(0, 2)
  })

  test('a server that jumps by 100 ms is followed by slewing alone', () => {
    let offsetMs = 0
    const world = new ClockWorld({ peers: [{ offsetMs: () => offsetMs }], random: dice })
    world.start().run(HOUR)
    offsetMs = 100
    let last = world.clock.utc(ms(world.now))!
    let mostMs = 0
    for (let second = 0; second < 3600; second++) {
      world.run(SECOND)
      const told = world.clock.utc(ms(world.now))!
      mostMs = Math.max(mostMs, Math.abs(told - last - SECOND))
      last = told
    }
    // 500 ppm of slew: the jump is not taken for the crystal's.
    expect(mostMs).toBeLessThan(0.502)
    expect(steps(world)).toBe(0)
    expect(world.errorMs()).toBeCloseTo(100, -1)
  })
})

describe('a leap second', () => {
  const JULY = Date.UTC(2026, 6, 1)

  test.each([
    ['inserted', 1 as const, -SECOND],
    ['left out', 2 as const, SECOND],
  ])('announced and %s is taken when it comes', (_, leap, leapMs) => {
    // A world that begins two days before, so that the interval is long when it comes.
    const leapAt = JULY - Math.max(0, leapMs)
    const shiftMs = JULY - 2 * DAY - BEGIN
    const jump = (at: number) => (at >= leapAt ? leapMs : 0)
    const peer: Peer = { offsetMs: jump, reply: (at) => ({ leap: at < leapAt ? leap : 0 }) }
    const world = new ClockWorld({
      peers: [peer, peer, peer],
      random: dice,
      driftMs: () => shiftMs,
    })
    world.start().run(2 * DAY - MINUTE)
    expect(world.errorMs()).toBeCloseTo(0, 0)
    let last = 0
    let backwards = 0
    let wrong = 0
    for (let tick = 0; tick < 1200; tick++) {
      world.run(100)
      const told = world.clock.utc(ms(world.now))!
      if (told < last) backwards++
      // Where a second comes twice, the first is told to its end and then held.
      const mostMs = Math.abs(world.utc() - leapAt) < 1100 ? 1001 : 1
      if (Math.abs(told - world.utc() - jump(world.utc())) > mostMs) wrong++
      last = told
    }
    expect({ backwards, wrong }).toEqual({ backwards: 0, wrong: 0 })
    expect(steps(world)).toBe(1)
    world.run(DAY)
    expect(steps(world)).toBe(1)
    expect(world.errorMs()! - leapMs).toBeCloseTo(0, 0)
  })

  test('is not taken twice if it is still announced while it passes', () => {
    const shiftMs = JULY - DAY - BEGIN
    const peer: Peer = {
      offsetMs: (at) => (at >= JULY ? -SECOND : 0),
      reply: (at) => ({ leap: at < JULY + 900 ? 1 : 0 }),
    }
    const world = new ClockWorld({ peers: [peer], random: dice, driftMs: () => shiftMs })
    world
      .start()
      .run(DAY + 300)
      .start()
      .run(SECOND)
    expect(world.asked[0].some((at) => at > DAY && at < DAY + 900)).toBe(true)
    world.run(HOUR)
    expect(steps(world)).toBe(1)
    expect(world.errorMs()! + SECOND).toBeCloseTo(0, 0)
  })

  test('leaves no old sample that would contradict the new ones', () => {
    const shiftMs = JULY - DAY - BEGIN
    const jump = (at: number) => (at >= JULY ? -SECOND : 0)
    const right: Peer = { offsetMs: jump, reply: (at) => ({ leap: at < JULY ? 1 : 0 }) }
    const lost: Peer = { ...right, delayMs: () => (world.now < DAY ? 2 : undefined) }
    const world = new ClockWorld({ peers: [right, lost], random: dice, driftMs: () => shiftMs })
    world
      .start()
      .run(DAY + 2 * SECOND)
      .start()
      .run(2 * SECOND)
    expect(world.clock.state(ms(world.now))).toMatchObject({ kind: 'synchronised', trouble: '' })
  })

  test('that one server of three announces does not come', () => {
    const shiftMs = JULY - DAY - BEGIN
    const peers: Peer[] = [{ reply: () => ({ leap: 1 }) }, {}, {}]
    const world = new ClockWorld({ peers, random: dice, driftMs: () => shiftMs })
      .start()
      .run(2 * DAY)
    expect(steps(world)).toBe(0)
  })
})
