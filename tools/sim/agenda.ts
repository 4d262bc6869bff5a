/** What happens when, in virtual time: the earliest first, and where two coincide the one planned first. */

export interface Planned {
  readonly at: number
  readonly order: number
  /** Undefined once it is cancelled. */
  run: (() => void) | undefined
}

/** So many events at one instant are a loop that never waits. */
const MOST_AT_ONCE = 100_000

export class Agenda {
  /** Milliseconds since the world began. */
  now = 0
  readonly #heap: Planned[] = []
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

  cancel(event: Planned | undefined): void {
    if (event) event.run = undefined
  }

  /** Lets everything up to `end` happen, and `afterEach` look at what came of each event. */
  runUntil(end: number, afterEach: () => void): void {
    for (let next = this.#heap[0]; next && next.at <= end; next = this.#heap[0]) {
      this.#removeFirst()
      if (!next.run) continue
      this.#atOnce = next.at > this.now ? 0 : this.#atOnce + 1
      if (this.#atOnce > MOST_AT_ONCE) throw new Error(`time stands still at ${this.now} ms`)
      this.now = next.at
      next.run()
      afterEach()
    }
    this.now = end
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop() as Planned
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

function precedes(a: Planned, b: Planned): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
