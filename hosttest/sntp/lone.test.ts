/** One server that is left of several: a right one serves on, a wrong one gains nothing by silencing the others. */
import { describe, expect, test } from '@jest/globals'
import { random } from '../../tools/sim/random'
import {
  BEGIN,
  ClockWorld,
  DAY,
  HOUR,
  host,
  MINUTE,
  ms,
  type Peer,
  play,
  SECOND,
  state,
} from '../../tools/sim/sntp/world'

const crystal = (at: number) => 20e-6 * at
const told = (world: ClockWorld) => world.clock.utc(ms(world.now))
const steps = (world: ClockWorld) =>
  world.log.filter(([, what]) => what === 'synchronised').length - 1

/** Four that are right for an hour; then the last three are silent, and the first is wrong by `errorMs`. */
function leftAlone(errorMs: (sinceMs: number) => number): ClockWorld {
  const alone = () => world.now > HOUR
  const first: Peer = { offsetMs: (utc) => (alone() ? errorMs(utc - BEGIN - HOUR) : 0) }
  const other: Peer = { delayMs: () => (alone() ? undefined : 2) }
  const world: ClockWorld = new ClockWorld({
    peers: [first, other, other, other],
    random: random(1),
    driftMs: crystal,
  })
  world.notesQuestions = false
  return world.start().run(HOUR)
}

describe('if three of four servers fall silent, the last', () => {
  test.each([
    ['an hour ahead', () => HOUR],
    ['a day behind', () => -DAY],
    ['two seconds ahead', () => 2 * SECOND],
    ['a second more in each hour', (sinceMs: number) => sinceMs / 3600],
    ['12 s ahead by turns', (at: number) => (Math.floor(at / HOUR) % 2 ? 12 * SECOND : 0)],
  ])('is not believed once it says what cannot be, as long as it is alone: %s', (_, errorMs) => {
    const world = leftAlone(errorMs)
    let mostMs = 0
    world.everyMs = 10 * MINUTE
    world.probe = () => {
      mostMs = Math.max(mostMs, Math.abs(world.errorMs() ?? 0))
    }
    world.run(DAY)
    // As far as it can lead us within what our own crystal may have done meanwhile.
    expect(mostMs).toBeLessThan(1300)
    expect(steps(world)).toBeLessThanOrEqual(2)
    world.run(9 * DAY)
    expect(mostMs).toBeLessThan(10_000)
  })

  test('is named if it is wrong, and the clock is in holdover', () => {
    const world = leftAlone(() => HOUR).run(HOUR)
    const trouble = `${host(0)} contradicts what several time servers told before`
    expect(state(world)).toMatchObject({ kind: 'holdover', trouble })
    expect(state(world).servers[0].trouble).toBe(trouble)
    expect(Math.abs(world.errorMs()!)).toBeLessThan(1)
  })

  test('brings no wrong time: once ours may be 10 s off there is none', () => {
    const world = leftAlone(() => HOUR).run(6 * DAY)
    expect(told(world)).toBeUndefined()
    expect(steps(world)).toBe(0)
  })

  test('serves on for a month if it is right', () => {
    const world = leftAlone(() => 0).run(30 * DAY)
    expect(state(world)).toMatchObject({ kind: 'synchronised', server: host(0) })
    expect(Math.abs(world.errorMs()!)).toBeLessThan(3)
  })

  test('is believed after three days without a network if it is right', () => {
    const world = leftAlone(() => 0)
    world.stop().run(3 * DAY)
    world.start().run(10 * MINUTE)
    expect(state(world)).toMatchObject({ kind: 'synchronised', server: host(0) })
    expect(Math.abs(world.errorMs()!)).toBeLessThan(3)
  })

  test('is not believed when the others are back and contradict it', () => {
    let silent = false
    const first: Peer = { offsetMs: () => (silent ? HOUR : 0) }
    const other: Peer = { delayMs: () => (silent ? undefined : 2) }
    const world = play([first, other, other], HOUR)
    silent = true
    world.run(DAY)
    silent = false
    world.run(10 * MINUTE)
    expect(state(world)).toMatchObject({ kind: 'synchronised', trouble: '' })
    expect(Math.abs(world.errorMs()!)).toBeLessThan(3)
  })

  test('brings no time that all of them contradict later: then it was our clock that was wrong', () => {
    let offsetMs = 0
    const peer: Peer = { offsetMs: () => offsetMs }
    const world = play([peer, peer, peer, peer], HOUR)
    offsetMs = HOUR
    world.run(10 * MINUTE)
    expect(steps(world)).toBe(1)
    expect(world.errorMs()).toBeCloseTo(HOUR, 0)
  })
})

describe('one of several servers, none of which ever confirmed it', () => {
  const silent: Peer = { delayMs: () => undefined }

  test('is as good as a single one: it may step our time', () => {
    let offsetMs = 0
    const world = play([{ offsetMs: () => offsetMs }, silent], HOUR)
    expect(state(world).kind).toBe('synchronised')
    offsetMs = HOUR
    world.run(HOUR)
    expect(steps(world)).toBe(1)
    expect(world.errorMs()).toBeCloseTo(HOUR, 0)
  })

  test('makes no floor for the next start; a single one does, and two do', () => {
    const remembers = (peers: Peer[]) =>
      play(peers, 3 * HOUR).log.some(([, what]) => what === 'remember')
    expect(remembers([{}, silent])).toBe(false)
    expect(remembers([{}])).toBe(true)
    expect(remembers([{}, {}, silent])).toBe(true)
  })
})

describe('a server that was right', () => {
  test('is not learnt from if its next answer contradicts the majority', () => {
    let isWrong = false
    const turncoat: Peer = { offsetMs: () => (isWrong ? 100 : 0), delayMs: () => (isWrong ? 6 : 2) }
    const world = play([turncoat, {}, {}, {}], MINUTE)
    let mostMs = 0
    world.everyMs = SECOND
    world.probe = () => {
      mostMs = Math.max(mostMs, Math.abs(world.errorMs()!))
    }
    isWrong = true
    world.run(40 * SECOND)
    expect(state(world).servers[0].trouble).toBe(
      `${host(0)} contradicts the majority of the time servers`,
    )
    world.run(HOUR)
    expect(mostMs).toBeLessThan(0.1)
  })

  test('announces no leap second alone, though it alone answers in the last round', () => {
    const JULY = Date.UTC(2026, 6, 1)
    const shiftMs = JULY - DAY - BEGIN
    const late = () => world.now > DAY - 10 * MINUTE
    const other: Peer = { delayMs: () => (late() ? undefined : 2) }
    const peers: Peer[] = [{ reply: () => ({ leap: 1 }) }, other, other]
    const world: ClockWorld = new ClockWorld({ peers, random: random(1), driftMs: () => shiftMs })
    world.start().run(DAY - 5 * MINUTE)
    world.start().run(10 * MINUTE)
    expect(world.asked[0].some((at) => at > DAY - 10 * MINUTE && at < DAY)).toBe(true)
    expect(steps(world)).toBe(0)
    expect(world.errorMs()).toBeCloseTo(0, 0)
  })
})
