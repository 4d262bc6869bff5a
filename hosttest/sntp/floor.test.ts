/** The floor that an earlier run left: what it takes to be kept, what it keeps out, and when it is given up. */
import { describe, expect, test } from '@jest/globals'
import { random } from '../../tools/sim/random'
import {
  BEGIN,
  ClockWorld,
  counters,
  DAY,
  HOUR,
  host,
  MINUTE,
  ms,
  type Peer,
  play,
  state,
  utc,
} from '../../tools/sim/sntp/world'

const YEAR = 365.25 * DAY
const times = (n: number, peer: Peer) => new Array<Peer>(n).fill(peer)
const remembered = (world: ClockWorld) => world.log.filter(([, what]) => what === 'remember')

function beginning(rememberedUtc: number, peers: Peer[]): ClockWorld {
  const dice = random(1)
  return new ClockWorld({ peers, random: dice, rememberedUtc: utc(rememberedUtc) }).start()
}

describe('a time is kept for the next run', () => {
  test('once a handshake has confirmed it', () => {
    const world = new ClockWorld({ peers: times(4, {}), random: random(1) })
    world.hasBroker = false
    world.start().run(3 * HOUR)
    expect(remembered(world)).toEqual([])
    world.clock.confirmed(ms(world.now))
    world.run(HOUR)
    expect(remembered(world)).toHaveLength(1)
  })

  test('not if all servers are ten years ahead: no certificate confirms that', () => {
    expect(remembered(play(times(4, { offsetMs: () => 10 * YEAR }), DAY))).toEqual([])
  })

  test('not once it was set anew, by a handshake that began before', () => {
    let offsetMs = 0
    const world = play(times(4, { offsetMs: () => offsetMs }), 3 * HOUR)
    const before = remembered(world).length
    expect(before).toBeGreaterThan(0)
    offsetMs = 10 * YEAR
    world.run(HOUR)
    expect(world.errorMs()).toBeCloseTo(10 * YEAR, 0)
    world.run(DAY)
    expect(remembered(world)).toHaveLength(before)
    const setAt = world.log.filter(([, what]) => what === 'synchronised')[1][0]
    world.clock.confirmed(ms(setAt - 1))
    world.run(DAY)
    expect(remembered(world)).toHaveLength(before)
  })
})

describe('a floor ten years ahead', () => {
  test('is given up after an hour in which every server contradicts it', () => {
    const world = beginning(BEGIN + 10 * YEAR, times(4, {})).run(HOUR)
    expect(state(world)).toMatchObject({
      kind: 'never',
      trouble: `${host(0)} told a time that cannot be`,
    })
    world.run(3 * MINUTE)
    expect(state(world).kind).toBe('synchronised')
    expect(world.errorMs()).toBeCloseTo(0, 0)
  })

  test('is given up by a clock that was set to what a liar told, too', () => {
    let offsetMs = 11 * YEAR
    const world = beginning(BEGIN + 10 * YEAR, times(4, { offsetMs: () => offsetMs })).run(HOUR)
    expect(world.errorMs()).toBeCloseTo(11 * YEAR, 0)
    offsetMs = 0
    world.run(3 * HOUR)
    const estimate = world.clock.estimate(ms(world.now))!
    expect(estimate - world.utc()).toBeCloseTo(0, 0)
  })

  test('is not given up for what one says if another does not contradict it', () => {
    const liar: Peer = { offsetMs: () => 11 * YEAR }
    const world = beginning(BEGIN + 10 * YEAR, [liar, {}]).run(9 * MINUTE)
    expect(state(world).kind).toBe('never')
    world.run(3 * HOUR)
    expect(counters(world, 1)).toMatchObject({ accepted: 0 })
  })

  test('is not given up for a time before the firmware was built', () => {
    const peers = times(4, { offsetMs: () => -YEAR })
    const world = beginning(BEGIN + 10 * YEAR, peers).run(DAY)
    expect(state(world).kind).toBe('never')
    expect(counters(world)).toMatchObject({ accepted: 0 })
  })

  test('is given up by an answer, not by an hour of silence', () => {
    let up = true
    const peers = times(4, { delayMs: () => (up ? 2 : undefined) })
    const world = beginning(BEGIN + 10 * YEAR, peers).run(MINUTE)
    up = false
    world.run(2 * HOUR)
    up = true
    world.run(2 * MINUTE)
    const first = counters(world).time
    expect(first).toBeGreaterThan(0)
    world.run(3 * MINUTE)
    expect(state(world).kind).toBe('synchronised')
  })
})
