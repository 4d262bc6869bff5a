/** What happens when: a schedule, and one in virtual time. Earliest first; at the same instant in the order planned. */

/** In virtual time (Agenda) or the host's (host/real-time.ts). */
export interface Schedule {
  /** In milliseconds since it began. */
  readonly now: number
  at(due: number, run: () => void): Planned
  after(ms: number, run: () => void): Planned
}

export interface Planned {
  /** Undefined once it is cancelled. */
  run: (() => void) | undefined
}

/** More events than this at one instant are a loop that never waits. */
const MAX_AT_ONCE = 100_000

interface Event extends Planned {
  readonly at: number
  readonly order: number
}

export class Agenda implements Schedule {
  now = 0
  readonly #heap: Event[] = []
  #planned = 0
  #atOnce = 0

  at(due: number, run: () => void): Planned {
    const event = { at: Math.max(due, this.now), order: this.#planned++, run }
    const heap = this.#heap
    let place = heap.length
    while (place > 0) {
      const parent = (place - 1) >> 1
      if (precedes(heap[parent], event)) break
      heap[place] = heap[parent]
      place = parent
    }
    heap[place] = event
    return event
  }

  after(ms: number, run: () => void): Planned {
    return this.at(this.now + ms, run)
  }

  /** The next event up to `end` happens; answers whether there was one. If not, it is `end` now. */
  step(end: number): boolean {
    for (let next = this.#heap[0]; next && next.at <= end; next = this.#heap[0]) {
      this.#removeFirst()
      if (!next.run) continue
      this.#atOnce = next.at > this.now ? 0 : this.#atOnce + 1
      if (this.#atOnce > MAX_AT_ONCE) throw new Error(`time stands still at ${this.now} ms`)
      this.now = Math.max(this.now, next.at)
      next.run()
      return true
    }
    this.now = Math.max(this.now, end)
    return false
  }

  /** Lets everything up to `end` happen, and calls `afterEach` after each event. */
  runUntil(end: number, afterEach: () => void): void {
    while (this.step(end)) afterEach()
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop() as Event
    if (heap.length === 0) return
    let place = 0
    for (;;) {
      let child = 2 * place + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && precedes(heap[child + 1], heap[child])) child++
      if (precedes(last, heap[child])) break
      heap[place] = heap[child]
      place = child
    }
    heap[place] = last
  }
}

export function cancel(event: Planned | undefined): void {
  if (event) event.run = undefined
}

function precedes(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
