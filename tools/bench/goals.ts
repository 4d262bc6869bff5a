/** The goals of a tick's publishes beside npm mqtt-packet's: half of its computations, a quarter of its garbage. Pure. */
import type { Budgets } from './budgets'
import type { Count } from './measure'

const THEIRS = 'mqtt-packet: '
const MAX_COMPUTATION_SHARE = 0.5
const MAX_GARBAGE_SHARE = 0.25
/** On an ESP32. */
const SLOT_BYTES = 16

export interface Goal {
  text: string
  met: boolean
}

/** One for each scenario that mqtt-packet was counted beside. */
export function goalsOf(counts: Budgets): Goal[] {
  const goals: Goal[] = []
  for (const [name, theirs] of Object.entries(counts)) {
    const ours = counts[name.slice(THEIRS.length)]
    if (name.startsWith(THEIRS) && ours) goals.push(goalOf(name, ours, theirs))
  }
  return goals
}

function goalOf(name: string, ours: Count, theirs: Count): Goal {
  const computations = ours.computations / theirs.computations
  const garbage = garbageBytes(ours) / garbageBytes(theirs)
  const met = computations <= MAX_COMPUTATION_SHARE && garbage <= MAX_GARBAGE_SHARE
  const shares = `${percent(computations)} of the computations (goal ${percent(MAX_COMPUTATION_SHARE)}), ${percent(garbage)} of the garbage (goal ${percent(MAX_GARBAGE_SHARE)})`
  return { text: `beside ${name}: ${shares}${met ? '' : ': MISSED'}`, met }
}

function garbageBytes({ slots, chunks }: Count): number {
  return slots * SLOT_BYTES + chunks
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`
}
