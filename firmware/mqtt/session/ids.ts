/** Packet identifiers: 1 to 65535 in turn, without those in use. MQTT 5.0, 2.2.1. */

export interface PacketIdUser {
  uses(id: number): boolean
}

const MAX_PACKET_ID = 0xffff

export class PacketIds {
  readonly #messages: PacketIdUser
  #last: number

  /** `messages` are those of the session. */
  constructor(messages: PacketIdUser, last = 0) {
    this.#messages = messages
    this.#last = last
  }

  /** `requests` are those of the present connection. The two have room for far fewer than 65535, so there always is one. */
  take(requests: PacketIdUser): number {
    do this.#last = this.#last === MAX_PACKET_ID ? 1 : this.#last + 1
    while (this.#messages.uses(this.#last) || requests.uses(this.#last))
    return this.#last
  }
}
