/** Which servers to believe: a majority whose intervals have an instant in common. Marzullo; RFC 5905, 11.2.1. */

/** Honest servers are off by so much without saying so. What matters here is the second. */
export const UNTOLD_MS = 100

/** By one server, UTC is within `distanceMs` of `centre`. */
export interface Candidate {
  slot: number
  centre: number
  distanceMs: number
}

export interface Agreement {
  /** The candidates' centres weighed by their distances, within what all their intervals have in common. */
  centre: number
  /** UTC is no further from the centre if at least one of the servers is right. */
  distanceMs: number
  /** What each interval had to be widened by, either side: 0 or UNTOLD_MS. */
  widenedMs: number
  /** The servers that agree, the one with the least distance first. */
  slots: number[]
}

/**
 * Undefined if no more than half of the candidates have an instant in common, not even if each is off by UNTOLD_MS more
 * than it says. If they have one without that, so much the better: who is off by less is left out as well.
 */
export function select(candidates: readonly Candidate[]): Agreement | undefined {
  return majority(candidates, 0) ?? majority(candidates, UNTOLD_MS)
}

function majority(candidates: readonly Candidate[], widenedMs: number): Agreement | undefined {
  let most = 0
  let instant = 0
  for (let i = 0; i < candidates.length; i++) {
    // An intersection begins where one of its intervals does.
    const begin = candidates[i].centre - (candidates[i].distanceMs + widenedMs)
    let sharing = 0
    for (let j = 0; j < candidates.length; j++)
      if (contains(candidates[j], widenedMs, begin)) sharing++
    if (sharing <= most) continue
    most = sharing
    instant = begin
  }
  if (most * 2 <= candidates.length) return undefined
  const agreeing = candidates.filter((each) => contains(each, widenedMs, instant))
  return combine(agreeing, widenedMs)
}

function contains({ centre, distanceMs }: Candidate, widenedMs: number, instant: number): boolean {
  const reachMs = distanceMs + widenedMs
  return centre - reachMs <= instant && instant <= centre + reachMs
}

function combine(agreeing: Candidate[], widenedMs: number): Agreement {
  let low = Number.NEGATIVE_INFINITY
  let high = Number.POSITIVE_INFINITY
  let sum = 0
  let weights = 0
  const origin = agreeing[0].centre
  for (let i = 0; i < agreeing.length; i++) {
    const { centre, distanceMs } = agreeing[i]
    const reachMs = distanceMs + widenedMs
    if (centre - reachMs > low) low = centre - reachMs
    if (centre + reachMs < high) high = centre + reachMs
    const weight = 1 / distanceMs
    sum += weight * (centre - origin)
    weights += weight
  }
  const centre = Math.min(high, Math.max(low, origin + sum / weights))
  let distanceMs = 0
  for (let i = 0; i < agreeing.length; i++)
    distanceMs = Math.max(
      distanceMs,
      agreeing[i].distanceMs + Math.abs(agreeing[i].centre - centre),
    )
  agreeing.sort((a, b) => a.distanceMs - b.distanceMs)
  return { centre, distanceMs, widenedMs, slots: agreeing.map(({ slot }) => slot) }
}
