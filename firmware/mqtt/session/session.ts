/** What outlives a connection: messages in both directions with their packet ids, and what the server holds of it. MQTT 5.0, 4.1. */
import type { MonotonicMs } from '../../core/time'
import type { ResolvedOptions } from '../options'
import type { MqttOutput } from '../output'
import { Inbound } from './inbound'
import { Outbound } from './outbound'

export class Session {
  readonly outbound: Outbound
  readonly inbound: Inbound
  /** Names the session at the server: the caller's, or the one that the server assigned. */
  clientId: string
  /** The server may hold subscriptions, and messages for them, which would be lost with the session. */
  subscribes = false
  /** What the server may hold for this client: this very session, one of an earlier life, or one that must go. */
  atServer: 'this' | 'unknown' | 'given up'

  constructor({ clientId, cleanStart, capacity, receiveMaximum }: ResolvedOptions) {
    this.outbound = new Outbound(capacity)
    this.inbound = new Inbound(receiveMaximum)
    this.clientId = clientId
    this.atServer = cleanStart ? 'given up' : 'unknown'
  }

  /** CONNECT has the server forget what it holds. */
  get startsClean(): boolean {
    return this.atServer === 'given up'
  }

  /** A session that the server holds is not this one. */
  get isUnknown(): boolean {
    return this.atServer === 'unknown'
  }

  /** All that it holds is past its deadline: there is nothing to resume it for. */
  isStale(now: MonotonicMs): boolean {
    return !this.subscribes && this.outbound.isStale(now)
  }

  /** The next CONNECT starts clean. Answers what is dropped with the session. */
  giveUp(why?: string): MqttOutput[] {
    this.atServer = 'given up'
    this.#forget()
    return this.outbound.abandon(why)
  }

  /** A CONNACK that accepts. Answers what was lost with the server's session, if it has none. */
  accepted(isPresent: boolean, expiryS: number, now: MonotonicMs): MqttOutput[] {
    // A session without an expiry ends with its connection (3.1.2.11.2).
    this.atServer = expiryS > 0 ? 'this' : 'given up'
    if (isPresent) {
      this.outbound.resume()
      return []
    }
    this.#forget()
    return this.outbound.sessionLost(now)
  }

  #forget(): void {
    this.subscribes = false
    this.inbound.forget()
  }
}
