/** The error never exceeds its bound: in bad worlds that are drawn at random the clock is asked every few seconds. */
import { describe, expect, test } from '@jest/globals'
import { type Random, random } from '../../tools/sim/random'
import { ClockWorld, DAY, HOUR, type Peer, SECOND } from '../../tools/sim/sntp/world'

const exponential = (dice: Random, meanMs: number) => -meanMs * Math.log(1 - dice.next())

/** A crystal up to 60 ppm off, which a day's warmth moves by up to 8 ppm either way. */
function crystal(dice: Random): (at: number) => number {
  const ppm = (dice.next() - 0.5) * 120
  const swing = dice.next() * 8
  return (at) =>
    1e-6 * (ppm * at + (swing * DAY * (1 - Math.cos((2 * Math.PI * at) / DAY))) / (2 * Math.PI))
}

/** Right, and far away: a path of unequal delays, congested one way for hours; loss; a reference clock of its own. */
function server(dice: Random, now: () => number): Peer {
  const baseMs = dice.chance(0.5) ? 1 : 5 + dice.next() * 60
  const lopsidedMs = dice.chance(0.4) ? dice.next() * 150 : 0
  const busyMs = dice.chance(0.5) ? dice.next() * 400 : 0
  const busyFor = HOUR * (0.2 + dice.next() * 6)
  const loss = dice.chance(0.3) ? dice.next() * 0.4 : 0.01
  const slowWay = dice.chance(0.5) ? 'there' : 'back'
  const offsetMs = (dice.next() - 0.5) * 2.9
  return {
    offsetMs: () => offsetMs,
    delayMs: (_, way) => {
      if (dice.chance(loss)) return undefined
      const lateMs =
        exponential(dice, way === 'back' ? 3 : 0.5) + (dice.chance(0.02) ? 60 * dice.next() : 0)
      if (way !== slowWay) return baseMs + lateMs
      const busy = Math.floor(now() / busyFor) % 3 === 1
      return baseMs + lateMs + lopsidedMs + (busy ? busyMs * (0.8 + 0.2 * dice.next()) : 0)
    },
  }
}

/** Two days, with outages of up to half a day; how often the bound was passed, and time went back. */
function live(seed: number): { seed: number; passed: number; backwards: number } {
  const dice = random(seed)
  const seen = { seed, passed: 0, backwards: 0 }
  const peers: Peer[] = []
  const servers = 1 + dice.below(4)
  while (peers.length < servers) peers.push(server(dice, () => world.now))
  const world: ClockWorld = new ClockWorld({ peers, random: dice, driftMs: crystal(dice) })
  let last = Number.NEGATIVE_INFINITY
  world.everyMs = 10 * SECOND
  world.probe = (now) => {
    const told = world.clock.utc(now)
    const state = world.clock.state(now)
    if (told === undefined || state.kind === 'never') return
    if (told < last) seen.backwards++
    if (Math.abs(told - world.utc()) > state.errorMs) seen.passed++
    last = told
  }
  world.start()
  while (world.now < 2 * DAY) {
    world.run(dice.next() * 8 * HOUR)
    if (!dice.chance(0.4)) continue
    world.stop().run(dice.next() * dice.next() * 12 * HOUR)
    world.start()
  }
  return seen
}

describe('the bound holds at every moment of two days,', () => {
  const first = Array.from({ length: 20 }, (_, i) => i + 1)
  /** Each passed the bound once, when congestion or a change of the weather was taken for the crystal's. */
  const once = [23, 29, 35, 53, 56, 72, 75, 186, 207, 216, 217, 236, 243]

  test.each([...first, ...once])('seed %i', (seed) => {
    expect(live(seed)).toEqual({ seed, passed: 0, backwards: 0 })
  })
})
