/** How often something happens in each second. */
export class PerSecond {
  #from = 0
  #counts: number[] = []
  all = 0

  /** Counts anew, in seconds that begin at `from`. */
  restart(from: number): void {
    this.#from = from
    this.#counts = []
    this.all = 0
  }

  note(now: number): void {
    const second = Math.floor((now - this.#from) / 1000)
    this.#counts[second] = (this.#counts[second] ?? 0) + 1
    this.all++
  }

  /** In the second that has most. */
  get peak(): number {
    return this.#counts.reduce((most, count) => Math.max(most, count), 0)
  }
}
