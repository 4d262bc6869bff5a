/** Lines that come again and again, such as a broker's error: shown once, then counted. */

/** Of different lines; the oldest is forgotten, and shown again if it comes again. */
const MAX_LINES = 32

export class Repeats {
  readonly #counts = new Map<string, number>()

  /** Counts `line`; whether it is to be shown now. */
  isNew(line: string): boolean {
    const count = this.#counts.get(line) ?? 0
    this.#counts.set(line, count + 1)
    if (this.#counts.size > MAX_LINES) {
      const [oldest] = this.#counts.keys()
      this.#counts.delete(oldest)
    }
    return count === 0
  }

  /** The lines that came more than once, with how often; all counts begin anew. */
  take(): string[] {
    const repeated = [...this.#counts].filter(([, count]) => count > 1)
    this.#counts.clear()
    return repeated.map(([line, count]) => `${line} (${count} times)`)
  }
}
