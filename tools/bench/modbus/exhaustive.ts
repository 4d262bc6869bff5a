/** The cheapest set of reads found by trying them all: every way to share the wanted spans out among reads. */
import type { ReadCost, ReadLimits, Span } from '../../../firmware/modbus/plan'

export function costOf(reads: readonly { count: number }[], cost: ReadCost): number {
  return reads.reduce((sum, { count }) => sum + cost.turnaroundMs + count * cost.registerMs, 0)
}

/** Tries every partition of the spans, not only of neighbours; Bell(9) is 21,147. */
export function cheapest(wanted: readonly Span[], limits: ReadLimits, cost: ReadCost): number {
  let best = Number.POSITIVE_INFINITY
  const groups: Span[][] = []
  const place = (i: number): void => {
    if (i === wanted.length) {
      const reads = groups.map((group) => ({ count: lengthOf(group) }))
      best = Math.min(best, costOf(reads, cost))
      return
    }
    for (let g = 0; g <= groups.length; g++) {
      const group = groups[g]
      if (!group) groups.push([wanted[i]])
      else group.push(wanted[i])
      if (allowed(groups[g], limits)) place(i + 1)
      if (!group) groups.pop()
      else group.pop()
    }
  }
  place(0)
  return best
}

function allowed(group: readonly Span[], { maxRegisters, barriers }: ReadLimits): boolean {
  if (group.length === 1) return true
  const start = group[0].at
  const end = start + lengthOf(group)
  return (
    end - start <= maxRegisters && !barriers.some((barrier) => start < barrier && barrier < end)
  )
}

/** The spans of a group are sorted, as those wanted are. */
function lengthOf(group: readonly Span[]): number {
  const last = group[group.length - 1]
  return last.at + last.width - group[0].at
}
