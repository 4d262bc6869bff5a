/** Counts against those that were kept: pure. */
import type { Count } from './measure'

/** By scenario. */
export type Budgets = Record<string, Count>

const MAX_GROWTH_SHARE = 0.02

/** A line for each count that grew too much, and for each scenario that only one side has. */
export function compare(budgets: Budgets, counts: Budgets, partly: boolean): string[] {
  const complaints: string[] = []
  for (const [name, count] of Object.entries(counts)) {
    const budget = budgets[name]
    if (!budget) {
      complaints.push(`${name}: has no budget`)
      continue
    }
    for (const key of Object.keys(count) as (keyof Count)[]) {
      // So that a number that is missing or none is a complaint too.
      if (!(count[key] <= budget[key] * (1 + MAX_GROWTH_SHARE))) {
        const percent = budget[key]
          ? `, ${(100 * (count[key] / budget[key] - 1)).toFixed(1)} % more`
          : ''
        complaints.push(`${name}: ${key} ${budget[key]} -> ${count[key]}${percent}`)
      }
    }
  }
  if (!partly) {
    for (const name of Object.keys(budgets)) {
      if (!counts[name]) complaints.push(`${name}: has a budget, and is no scenario any more`)
    }
  }
  return complaints
}
