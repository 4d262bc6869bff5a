/** A machine, and when it is to be polled next: when it said so itself, or at once after an input. */
import type { MonotonicMs } from '../core/time'

type Wait = { kind: 'wait'; until: MonotonicMs }
interface Machine {
  poll(now: MonotonicMs): { kind: string }
}
type Said<M extends Machine> = Exclude<ReturnType<M['poll']>, Wait>

const AT_ONCE = Number.NEGATIVE_INFINITY as MonotonicMs

export class Scheduled<M extends Machine> {
  /** Not woken: for questions, not for inputs. */
  readonly machine: M
  /** When to poll it. */
  due = AT_ONCE

  constructor(machine: M) {
    this.machine = machine
  }

  /** The machine, for an input: it is polled at once after it. */
  wake(): M {
    this.due = AT_ONCE
    return this.machine
  }

  /** Once it is due: what it says, if it does not wait. */
  poll(now: MonotonicMs): Said<M> | undefined {
    const output = this.machine.poll(now)
    if (output.kind !== 'wait') return output as Said<M>
    this.due = (output as Wait).until
    return undefined
  }
}
