/** Plays one machine in virtual time: polls it until it waits, then lets the next thing happen. */
import type { MonotonicMs } from '../../firmware/core/time'
import type { Agenda } from './agenda'

interface Pollable<Output> {
  poll(now: MonotonicMs): Output
}

/** More outputs than this at one instant: the machine never waits. */
const MAX_OUTPUTS_AT_ONCE = 100_000

/** Until `end`, or until `take`, which gets what the machine puts out other than 'wait', answers true. */
export function playMachine<Output extends { kind: string; until?: number }>(
  machine: Pollable<Output>,
  agenda: Agenda,
  end: number,
  take: (output: Output) => unknown,
): void {
  let outputs = 0
  for (;;) {
    const output = machine.poll(agenda.now as MonotonicMs)
    if (output.kind !== 'wait') {
      if (take(output) === true) return
      if (++outputs > MAX_OUTPUTS_AT_ONCE) throw new Error('the machine never waits')
      continue
    }
    outputs = 0
    const until = output.until as number
    if (!agenda.step(Math.min(until, end)) && until > end) return
  }
}
