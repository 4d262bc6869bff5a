/** Topic aliases of one connection, both ways: a number in place of a topic. MQTT 5.0, 3.3.2.3.4. */

/** For what this client sends: the least recently used alias makes way for a new topic. */
export class OutboundAliases {
  /** What `choose` found. */
  alias = 0
  /** The server knows the chosen alias already. */
  known = false
  readonly #capacity: number
  readonly #topics: string[] = []
  readonly #usedAt: number[] = []
  #maximum = 0
  #clock = 0

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Aliases last as long as their connection [MQTT-3.3.2-7]. */
  reset(serverMaximum: number): void {
    this.#topics.length = 0
    this.#usedAt.length = 0
    this.#maximum = Math.min(serverMaximum, this.#capacity)
  }

  /** False where the server takes no alias. */
  choose(topic: string): boolean {
    if (this.#maximum === 0) return false
    let at = this.#topics.indexOf(topic)
    this.known = at >= 0
    if (at < 0) {
      at = this.#topics.length < this.#maximum ? this.#topics.length : this.#leastRecent()
      this.#topics[at] = topic
    }
    this.#usedAt[at] = ++this.#clock
    this.alias = at + 1
    return true
  }

  /** The packet that was to announce the chosen alias did not go out. */
  forget(): void {
    if (this.known) return
    // No topic to publish to is empty, so that nothing will match it.
    this.#topics[this.alias - 1] = ''
    this.#usedAt[this.alias - 1] = 0
  }

  #leastRecent(): number {
    let least = 0
    for (let i = 1; i < this.#usedAt.length; i++) {
      if (this.#usedAt[i] < this.#usedAt[least]) least = i
    }
    return least
  }
}

/** For what the server sends, up to the maximum that it was told. */
export class InboundAliases {
  readonly maximum: number
  readonly #topics: string[] = []

  constructor(maximum: number) {
    this.maximum = maximum
  }

  reset(): void {
    this.#topics.length = 0
  }

  /** The topic meant by a legal alias: the one that comes with it, which is kept, or the one kept; undefined for neither. */
  resolve(alias: number, topic: string): string | undefined {
    while (this.#topics.length < alias) this.#topics.push('')
    if (topic !== '') this.#topics[alias - 1] = topic
    return this.#topics[alias - 1] || undefined
  }
}
