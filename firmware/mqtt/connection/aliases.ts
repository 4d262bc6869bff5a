/** The topic aliases of one connection, in both directions: a number in place of a topic. MQTT 5.0, 3.3.2.3.4. */

/** For what this client sends: a new topic takes the place of the least recently used. */
export class OutboundAliases {
  /** What `choose` chose. */
  alias = 0
  /** The server knows the chosen alias already. */
  known = false
  readonly #maximum: number
  readonly #topics: string[] = []
  readonly #usedAt: number[] = []
  #clock = 0

  /** `maximum` is above 0. */
  constructor(maximum: number) {
    this.#maximum = maximum
  }

  choose(topic: string): void {
    let at = this.#topics.indexOf(topic)
    this.known = at >= 0
    if (at < 0) {
      at = this.#topics.length < this.#maximum ? this.#topics.length : this.#leastRecent()
      this.#topics[at] = topic
    }
    this.#usedAt[at] = ++this.#clock
    this.alias = at + 1
  }

  /** The packet that was to announce the chosen alias was not sent. */
  forget(): void {
    if (this.known) return
    // No topic to publish to is empty, so nothing will match it.
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
  readonly #topics: string[] = []

  /** The topic of a PUBLISH with this alias: its own, which is kept, or the kept one; undefined if there is neither. */
  resolve(alias: number, topic: string): string | undefined {
    while (this.#topics.length < alias) this.#topics.push('')
    if (topic !== '') this.#topics[alias - 1] = topic
    return this.#topics[alias - 1] || undefined
  }
}
