/** What a fleet of dongles does to its broker when all lose it in one instant, or get power in one instant. */
import type { UnixMs } from '../../../firmware/core/time'
import { Agenda } from '../agenda'
import { random as seeded } from '../random'
import { drawSite } from '../site/drawn'
import { FleetBroker } from './broker'
import { Member } from './member'
import { PerSecond } from './per-second'

const BEGIN = Date.UTC(2026, 5, 1) as UnixMs
const DAY = 86_400_000
/** Before anything befalls them all come online, spread over this time, and then are left alone for as long as counts as stable. */
const START_MS = 30_000
const SETTLE_MS = 60_000
/** So long power is away. */
const DARK_MS = 60_000
/** However unlucky: by then all are back, or it is a collapse. */
const MAX_RECOVERY_MS = 2 * 3_600_000
const BACK_SHARE = 0.99

export interface FleetOptions {
  dongles: number
  seed: number
  handshakesPerS: number
  /** How many handshakes wait in the broker at most. */
  maxWaiting: number
  /** The broker vanishes for so long; undefined: power is cut, and comes back to all dongles in one instant. */
  awayMs: number | undefined
  /** The broker says that it shuts down. */
  politely?: boolean
}

/** Counts from when the broker, or power, is back. */
export interface FleetOutcome {
  /** In the second that sees most: in percent of the dongles, and in number. */
  peakAttempts: number
  peakHandshakes: number
  handshakes: number
  /** Those for clients that had given up by then. */
  wasted: number
  /** When 99 % of the dongles are online; Infinity if they never are. The least that the broker's handshakes allow. */
  backMs: number
  leastMs: number
  /** Samples that were measured and became stale, and the dongles that they are of. */
  lostSamples: number
  losers: number
}

export function playFleet(options: FleetOptions): FleetOutcome {
  const { dongles, handshakesPerS, awayMs, politely = false } = options
  const { agenda, broker, members, attempts } = onlineFleet(options)
  const lostAt = agenda.now
  broker.handshakesPerS = handshakesPerS
  if (awayMs === undefined) for (const each of members) each.powerOff()
  broker.vanish(politely)
  agenda.runUntil(lostAt + (awayMs ?? DARK_MS), () => {})
  const backAt = agenda.now
  attempts.restart(backAt)
  broker.handshakes.restart(backAt)
  broker.isThere = true
  if (awayMs === undefined) for (const each of members) each.powerOn()
  while (
    agenda.now < backAt + MAX_RECOVERY_MS &&
    members.some(({ onlineSince }) => onlineSince === undefined)
  )
    agenda.runUntil(agenda.now + 1000, () => {})
  const online = members.map(({ onlineSince = Infinity }) => onlineSince).sort((a, b) => a - b)
  const lost = members.map((each) => each.lostSamples(lostAt, BEGIN))
  return {
    peakAttempts: (100 * attempts.peak) / dongles,
    peakHandshakes: broker.handshakes.peak,
    handshakes: broker.handshakes.all,
    wasted: broker.wasted,
    backMs: online[Math.ceil(BACK_SHARE * dongles) - 1] - backAt,
    leastMs: (1000 * BACK_SHARE * dongles) / handshakesPerS,
    lostSamples: lost.reduce((sum, each) => sum + each, 0),
    losers: lost.filter((each) => each > 0).length,
  }
}

function onlineFleet({ dongles, seed, maxWaiting }: FleetOptions) {
  const agenda = new Agenda()
  const random = seeded(seed)
  const broker = new FleetBroker(agenda, maxWaiting)
  const attempts = new PerSecond()
  const { settings } = drawSite(seed)
  const common = { agenda, random, broker, settings, builtAt: (BEGIN - 30 * DAY) as UnixMs }
  const utc = () => (BEGIN + agenda.now) as UnixMs
  const onAttempt = () => attempts.note(agenda.now)
  const members = Array.from(
    { length: dongles },
    (_, index) => new Member({ ...common, serial: `WB${index}`, utc, onAttempt }),
  )
  for (const each of members) agenda.at(random.next() * START_MS, () => each.powerOn())
  agenda.runUntil(START_MS + SETTLE_MS, () => {})
  if (members.some(({ onlineSince }) => onlineSince === undefined))
    throw new Error('not all came online')
  return { agenda, broker, members, attempts }
}
