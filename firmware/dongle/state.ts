/** The supervisor's state: which one its parts amount to, why it is not over, and which may follow which. */
import type { MonotonicMs } from '../core/time'
import type { StateName, WorkingState } from './report'

/**
 * The transitions that there are, `boot` being power on or a restart. Steps that take no time are left out: a network
 * that comes back while the time is known leads to `connecting`, or to `streaming` if the connection outlived its loss.
 */
export const TRANSITIONS: Readonly<Record<'boot' | StateName, readonly StateName[]>> =
  Object.freeze({
    boot: Object.freeze(['unprovisioned', 'provisioning', 'holding', 'joining'] as const),
    unprovisioned: Object.freeze([]),
    provisioning: Object.freeze([]),
    holding: Object.freeze(['joining'] as const),
    joining: Object.freeze(['synchronising', 'connecting', 'streaming'] as const),
    synchronising: Object.freeze(['joining', 'connecting', 'streaming'] as const),
    connecting: Object.freeze(['joining', 'synchronising', 'streaming'] as const),
    streaming: Object.freeze(['joining', 'synchronising', 'connecting'] as const),
  })

/** What the state is made of. */
export interface StateParts {
  holdOff: { readonly isOver: boolean; readonly why: string }
  network: { readonly isUp: boolean; readonly why: string }
  clock: { isKnown(now: MonotonicMs): boolean; state(now: MonotonicMs): { trouble: string } }
  uplink: { readonly isOnline: boolean; readonly trouble: string }
}

export class SupervisorState {
  readonly #parts: StateParts
  #name: 'boot' | WorkingState = 'boot'
  #since = 0 as MonotonicMs

  constructor(parts: StateParts) {
    this.#parts = parts
  }

  /** What the parts amount to now. */
  of(now: MonotonicMs): WorkingState {
    const parts = this.#parts
    if (!parts.holdOff.isOver) return 'holding'
    if (!parts.network.isUp) return 'joining'
    if (!parts.clock.isKnown(now)) return 'synchronising'
    return parts.uplink.isOnline ? 'streaming' : 'connecting'
  }

  /** The state, if it has changed. Throws if the table has no such transition: an error of our own, so a restart. */
  change(now: MonotonicMs): WorkingState | undefined {
    const name = this.of(now)
    if (name === this.#name) return undefined
    if (!TRANSITIONS[this.#name].includes(name))
      throw new Error(`no transition from ${this.#name} to ${name}`)
    this.#name = name
    this.#since = now
    return name
  }

  forMs(now: MonotonicMs): number {
    return now - this.#since
  }

  /** Why the state is not over yet, as far as is known. */
  trouble(state: WorkingState, now: MonotonicMs): string {
    const { holdOff, network, clock, uplink } = this.#parts
    if (state === 'holding') return holdOff.why
    if (state === 'joining') return network.why
    if (state === 'synchronising') return clock.state(now).trouble
    return state === 'connecting' ? uplink.trouble : ''
  }
}
