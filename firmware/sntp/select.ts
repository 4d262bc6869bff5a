/** Which servers tell the truth: those that share an instant with a majority (Marzullo; RFC 5905, 11.2.1). */

/** What one server claims: UTC is within `distanceMs` of `centre`. */
export interface Candidate {
  slot: number
  centre: number
  distanceMs: number
}

export interface Agreement {
  /** The best guess: the claims' centres weighed by their distance, kept within what all of them share. */
  centre: number
  /** UTC is no further from it if but one of those believed is right. */
  distanceMs: number
  /** Those believed, the one that knows best first. */
  slots: number[]
}

/** Undefined where no more than half of the claims share an instant. */
export function select(claims: readonly Candidate[]): Agreement | undefined {
  let chosen: readonly Candidate[] = []
  for (const { centre, distanceMs } of claims) {
    // An intersection begins where one of its intervals does.
    const sharing = claims.filter((claim) => contains(claim, centre - distanceMs))
    if (sharing.length > chosen.length) chosen = sharing
  }
  return chosen.length * 2 > claims.length ? combine(chosen) : undefined
}

function contains({ centre, distanceMs }: Candidate, instant: number): boolean {
  return centre - distanceMs <= instant && instant <= centre + distanceMs
}

function combine(claims: readonly Candidate[]): Agreement {
  let low = Number.NEGATIVE_INFINITY
  let high = Number.POSITIVE_INFINITY
  let sum = 0
  let weights = 0
  const origin = claims[0].centre
  for (const { centre, distanceMs } of claims) {
    low = Math.max(low, centre - distanceMs)
    high = Math.min(high, centre + distanceMs)
    const weight = 1 / distanceMs
    sum += weight * (centre - origin)
    weights += weight
  }
  const centre = Math.min(high, Math.max(low, origin + sum / weights))
  let distanceMs = 0
  for (const claim of claims)
    distanceMs = Math.max(distanceMs, claim.distanceMs + Math.abs(claim.centre - centre))
  const best = claims.slice().sort((a, b) => a.distanceMs - b.distanceMs)
  return { centre, distanceMs, slots: best.map((claim) => claim.slot) }
}
