/** Ways to time servers, servers that are honest, off or lying, and crystals: what benches and tests of the clock share. */
import type { Random } from '../random'
import { BEGIN, DAY, HOUR, MINUTE, type Peer, SECOND } from './world'

/** How long a packet takes one way, at an instant of the day; undefined if it is lost. */
type Path = (random: Random, way: 'there' | 'back', at: number) => number | undefined

const exponential = (random: Random, meanMs: number) => -meanMs * Math.log(1 - random.next())

const busy = (at: number) => at % DAY > 18 * HOUR && at % DAY < 23 * HOUR

/** What the way to a server does to packets, and why. */
export const PATHS: Readonly<Record<string, Path>> = {
  /** A server in the house; an event loop that is late more often on the way back. */
  LAN: (random, way) => {
    if (random.chance(0.01)) return undefined
    const spikeMs = random.chance(0.02) ? 60 * random.next() : 0
    return 1 + exponential(random, way === 'back' ? 3 : 0.5) + spikeMs
  },
  /** A quiet line, and an exchange that takes 4 ms. */
  fibre: (random) => (random.chance(0.01) ? undefined : 2 + exponential(random, 0.2)),
  DSL: (random, way) => {
    if (random.chance(0.05)) return undefined
    const spikeMs = random.chance(0.05) ? 300 * random.next() : 0
    return 15 + exponential(random, way === 'back' ? 8 : 3) + spikeMs
  },
  /** Five hours each evening the way there is congested. */
  'busy evening': (random, way, at) => {
    if (random.chance(0.02)) return undefined
    const queueMs = busy(at) && way === 'there' ? 60 + exponential(random, 30) : 0
    return 12 + exponential(random, 2) + queueMs
  },
  /** A radio that sleeps, and is lost now and then. */
  mobile: (random, way) => {
    if (random.chance(0.1)) return undefined
    return (
      25 +
      exponential(random, way === 'there' ? 20 : 10) +
      (random.chance(0.1) ? 250 * random.next() : 0)
    )
  },
}

/** How far each of four servers is off, without saying so. */
export const SERVERS: Readonly<Record<string, (random: Random) => Peer['offsetMs'][]>> = {
  exact: () => [0, 0, 0, 0].map(constant),
  'two 20 ms off': () => [0, 0, 20, 20].map(constant),
  'off by up to 40 ms': (random) => [0, 0, 0, 0].map(() => constant(off(random))),
  'one lying': (random) => [lie(random), ...[0, 0, 0].map(constant)],
  'off, one lying': (random) => [lie(random), ...[0, 0, 0].map(() => constant(off(random)))],
}

const constant = (ms: number) => () => ms

/** 2 to 40 ms, either way. */
function off(random: Random): number {
  return (random.chance(0.5) ? 1 : -1) * (2 + 38 * random.next())
}

function lie(random: Random): (utc: number) => number {
  const sign = random.chance(0.5) ? 1 : -1
  switch (random.below(4)) {
    case 0:
      return () => sign * HOUR
    case 1:
      return () => sign * SECOND
    case 2:
      return (utc) => sign * (utc - BEGIN) * 200e-6
    default:
      return (utc) => (utc - BEGIN > 6 * HOUR ? sign * MINUTE : 0)
  }
}

/** Off by `ppm`, and by as much as `swingPpm` more or less with the day's warmth; how far UTC is ahead. */
export function crystal(ppm: number, swingPpm: number): (at: number) => number {
  return (at) =>
    1e-6 * (ppm * at + (swingPpm * DAY * (1 - Math.cos((2 * Math.PI * at) / DAY))) / (2 * Math.PI))
}

/** Servers of one kind, all behind one kind of path. */
export function peersOf(
  servers: keyof typeof SERVERS,
  path: keyof typeof PATHS,
  random: Random,
  now: () => number,
): Peer[] {
  return SERVERS[servers](random).map((offsetMs) => ({
    offsetMs,
    delayMs: (dice, way) => PATHS[path](dice, way, now()),
  }))
}
