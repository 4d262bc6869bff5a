/**
 * The cheapest reads that cover the wanted registers of one device: a hole between two of them is read too if that costs
 * less than another turnaround. Optimal by dynamic programming over the sorted registers: in a cheapest cover no two reads
 * overlap, so each read covers neighbours.
 */

/** Registers `[at, at + width)` that belong together. */
export interface Span {
  readonly at: number
  readonly width: number
}

export interface ReadLimits {
  /** That the device answers at once. */
  maxRegisters: number
  /** Addresses that no read may cross: it ends before one or starts there. */
  barriers: readonly number[]
}

export interface ReadCost {
  /** What every read costs: both frames' fixed bytes, the device's latency, the silences. */
  turnaroundMs: number
  registerMs: number
}

export interface PlannedRead {
  readonly address: number
  readonly count: number
  /** The spans that it covers: `[first, last)` of the sorted wanted ones. */
  readonly first: number
  readonly last: number
}

/** `wanted`: sorted by `at`, without overlaps. A span that is above the limits is a read of its own. */
export function planReads(
  wanted: readonly Span[],
  limits: ReadLimits,
  cost: ReadCost,
): PlannedRead[] {
  const costTo = [0]
  const firstOf: number[] = []
  for (let last = 1; last <= wanted.length; last++) {
    let best = Number.POSITIVE_INFINITY
    for (let first = last - 1; first >= 0 && fits(wanted, first, last, limits); first--) {
      const count = countOf(wanted, first, last)
      const total = costTo[first] + cost.turnaroundMs + count * cost.registerMs
      if (total < best) {
        best = total
        firstOf[last] = first
      }
    }
    costTo[last] = best
  }
  const reads: PlannedRead[] = []
  for (let last = wanted.length; last > 0; last = firstOf[last]) {
    reads.push(readOf(wanted, firstOf[last], last))
  }
  return reads.reverse()
}

/** Two reads in place of one that the device refuses: split at the widest hole or, if there is none, in the middle. */
export function splitRead(wanted: readonly Span[], read: PlannedRead): PlannedRead[] {
  const { first, last } = read
  if (last - first < 2) return [read]
  let cut = (first + last) >> 1
  let widest = 0
  for (let i = first + 1; i < last; i++) {
    const hole = wanted[i].at - wanted[i - 1].at - wanted[i - 1].width
    if (hole > widest) {
      widest = hole
      cut = i
    }
  }
  return [readOf(wanted, first, cut), readOf(wanted, cut, last)]
}

/** One read for each run of registers without a hole. */
export function splitAtHoles(wanted: readonly Span[], read: PlannedRead): PlannedRead[] {
  const parts: PlannedRead[] = []
  let start = read.first
  for (let i = start + 1; i <= read.last; i++) {
    if (i < read.last && wanted[i].at <= wanted[i - 1].at + wanted[i - 1].width) continue
    parts.push(readOf(wanted, start, i))
    start = i
  }
  return parts
}

function fits(wanted: readonly Span[], first: number, last: number, limits: ReadLimits): boolean {
  if (last - first === 1) return true
  if (countOf(wanted, first, last) > limits.maxRegisters) return false
  const start = wanted[first].at
  const end = start + countOf(wanted, first, last)
  return !limits.barriers.some((barrier) => start < barrier && barrier < end)
}

function readOf(wanted: readonly Span[], first: number, last: number): PlannedRead {
  return { address: wanted[first].at, count: countOf(wanted, first, last), first, last }
}

function countOf(wanted: readonly Span[], first: number, last: number): number {
  return wanted[last - 1].at + wanted[last - 1].width - wanted[first].at
}
