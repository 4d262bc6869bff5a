/** One message as it goes out on one connection: its alias, its remaining life, and whether the server takes its size. */
import { FOREVER, type MonotonicMs } from '../core/time'
import { OutboundAliases } from './alias'
import type { Limits } from './limits'
import type { Outgoing } from './outgoing'
import { writePublish } from './packet/publish'
import type { Writer } from './packet/writer'

export class Dispatch {
  readonly #aliases: OutboundAliases
  readonly #details = { duplicate: false, alias: 0, aliasKnown: false, expiryS: 0 }
  #maximumPacketSize = 0

  constructor(aliasCapacity: number) {
    this.#aliases = new OutboundAliases(aliasCapacity)
  }

  connected(limits: Limits): void {
    this.#aliases.reset(limits.topicAliasMaximum)
    this.#maximumPacketSize = limits.maximumPacketSize
  }

  /** False where the packet is larger than the server takes; nothing is written then. */
  write(writer: Writer, outgoing: Outgoing, now: MonotonicMs): boolean {
    const aliases = this.#aliases
    // What is resent carries its topic in full: its alias was another connection's.
    const aliased = !outgoing.sent && aliases.choose(outgoing.topicName)
    const { alias, known } = aliases
    if (!aliased || !this.#fits(writer, outgoing, now, alias, known)) {
      if (aliased) aliases.forget()
      if (!this.#fits(writer, outgoing, now, 0, false)) return false
    }
    outgoing.sent = true
    outgoing.sentAt = now
    return true
  }

  #fits(
    writer: Writer,
    outgoing: Outgoing,
    now: MonotonicMs,
    alias: number,
    aliasKnown: boolean,
  ): boolean {
    const start = writer.length
    const details = this.#details
    details.duplicate = outgoing.sent
    details.alias = alias
    details.aliasKnown = aliasKnown
    details.expiryS = remainingS(outgoing.deadline, now)
    writePublish(writer, outgoing, details)
    // It must fit with its topic too, or it could not be resent.
    const topicBytes = aliasKnown ? outgoing.topic.length : 0
    if (writer.length - start + topicBytes <= this.#maximumPacketSize) return true
    writer.length = start
    return false
  }
}

/** Message Expiry Interval: whole seconds, at least one while there is a deadline; 0 for none. */
function remainingS(deadline: MonotonicMs, now: MonotonicMs): number {
  return deadline === FOREVER ? 0 : Math.max(1, Math.floor((deadline - now) / 1000))
}
