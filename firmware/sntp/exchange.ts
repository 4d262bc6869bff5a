/** What an answered request is: a sample of UTC, or why it is none. Pure. RFC 4330, 5; RFC 5905, 8. */
import type { MonotonicMs, UnixMs } from '../core/time'
import type { Sample } from './filter'
import type { Reply } from './packet'

/** An answer that takes longer is refused, so it is not waited for either. */
export const MAX_DELAY_MS = 1000
const MAX_ROOT_MS = 1000
/** How coarse stamps may be: a delay that is below zero by less than this counts as zero. */
const COARSE_MS = 16
const PLAUSIBLE_MS = 20 * 365.25 * 86_400_000

export const REFUSALS = {
  unsynchronised: 'does not know the time itself',
  stratum: 'has no reference clock',
  transmit: 'sent no time',
  root: 'is too far from its reference clock',
  delay: 'answered with a delay that cannot be used',
  time: 'told a time that cannot be',
}

export type Refusal = keyof typeof REFUSALS

/** `floor`: no true time is earlier, and none is more than 20 years later. */
export function assess(
  reply: Reply,
  askedAt: MonotonicMs,
  now: MonotonicMs,
  floor: UnixMs,
): Sample | Refusal {
  const { leap, stratum, rootDelayMs, rootDispersionMs, receivedAt, transmittedAt } = reply
  if (leap === 3) return 'unsynchronised'
  if (stratum === 0 || stratum > 15) return 'stratum'
  if (transmittedAt === undefined) return 'transmit'
  if (rootDelayMs >= MAX_ROOT_MS || rootDispersionMs >= MAX_ROOT_MS) return 'root'
  const heldMs = transmittedAt - receivedAt
  const delayMs = now - askedAt - heldMs
  if (heldMs < 0 || delayMs < -COARSE_MS || delayMs >= MAX_DELAY_MS) return 'delay'
  if (transmittedAt < floor || transmittedAt > floor + PLAUSIBLE_MS) return 'time'
  return {
    at: ((askedAt + now) / 2) as MonotonicMs,
    utc: ((receivedAt + transmittedAt) / 2) as UnixMs,
    delayMs: Math.max(0, delayMs),
    rootMs: rootDelayMs / 2 + rootDispersionMs,
    leap,
  }
}
