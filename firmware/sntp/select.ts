/** Which servers to believe: a majority whose intervals have an instant in common. Marzullo; RFC 5905, 11.2.1. */

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
  /** The servers that agree, the one with the least distance first. */
  slots: number[]
}

/** Undefined if no more than half of the candidates have an instant in common. */
export function select(candidates: readonly Candidate[]): Agreement | undefined {
  let chosen: readonly Candidate[] = []
  for (const { centre, distanceMs } of candidates) {
    // An intersection begins where one of its intervals does.
    const sharing = candidates.filter((candidate) => contains(candidate, centre - distanceMs))
    if (sharing.length > chosen.length) chosen = sharing
  }
  return chosen.length * 2 > candidates.length ? combine(chosen) : undefined
}

function contains({ centre, distanceMs }: Candidate, instant: number): boolean {
  return centre - distanceMs <= instant && instant <= centre + distanceMs
}

function combine(candidates: readonly Candidate[]): Agreement {
  let low = Number.NEGATIVE_INFINITY
  let high = Number.POSITIVE_INFINITY
  let sum = 0
  let weights = 0
  const origin = candidates[0].centre
  for (const { centre, distanceMs } of candidates) {
    low = Math.max(low, centre - distanceMs)
    high = Math.min(high, centre + distanceMs)
    const weight = 1 / distanceMs
    sum += weight * (centre - origin)
    weights += weight
  }
  const centre = Math.min(high, Math.max(low, origin + sum / weights))
  let distanceMs = 0
  for (const candidate of candidates)
    distanceMs = Math.max(distanceMs, candidate.distanceMs + Math.abs(candidate.centre - centre))
  const best = candidates.slice().sort((a, b) => a.distanceMs - b.distanceMs)
  return { centre, distanceMs, slots: best.map(({ slot }) => slot) }
}
