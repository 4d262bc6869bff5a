/** Packet identifiers: 1 to 65535 in turn, those in use passed over. MQTT 5.0, 2.2.1. */

export interface IdHolder {
  uses(id: number): boolean
}

const HIGHEST = 0xffff

export class PacketIds {
  readonly #holders: IdHolder[] = []
  #last: number

  constructor(last = 0) {
    this.#last = last
  }

  watch(holder: IdHolder): void {
    this.#holders.push(holder)
  }

  /** The holders together have room for far fewer than 65535, so that there is always one. */
  take(): number {
    do this.#last = this.#last === HIGHEST ? 1 : this.#last + 1
    while (this.#inUse(this.#last))
    return this.#last
  }

  #inUse(id: number): boolean {
    for (let i = 0; i < this.#holders.length; i++) if (this.#holders[i].uses(id)) return true
    return false
  }
}
