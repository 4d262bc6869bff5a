/**
 * A broker that does so many TLS handshakes a second, one after the other in the order in which TCP brought them. One whose
 * client has given up costs as much as any: the server finds out when it writes.
 */
import type { Agenda } from '../agenda'
import { PerSecond } from './per-second'

export interface FleetConnection {
  /** The client has not closed it. */
  readonly isOpen: boolean
  /** The server's part of the handshake is done. */
  onHandshake(): void
  /** The server ends it, by a DISCONNECT before if `politely`. */
  onEnd(politely: boolean): void
}

export class FleetBroker {
  readonly #agenda: Agenda
  readonly #maxWaiting: number
  #connections = new Set<FleetConnection>()
  /** When it has done what waits for it. */
  #freeAt = 0
  isThere = true
  handshakesPerS = Infinity
  readonly handshakes = new PerSecond()
  wasted = 0

  /** `maxWaiting`: how many handshakes wait for it at most; then SYNs go unanswered. */
  constructor(agenda: Agenda, maxWaiting: number) {
    this.#agenda = agenda
    this.#maxWaiting = maxWaiting
  }

  get isFull(): boolean {
    return ((this.#freeAt - this.#agenda.now) / 1000) * this.handshakesPerS >= this.#maxWaiting
  }

  take(connection: FleetConnection): void {
    const agenda = this.#agenda
    this.#connections.add(connection)
    this.#freeAt = Math.max(this.#freeAt, agenda.now) + 1000 / this.handshakesPerS
    agenda.at(this.#freeAt, () => this.#serve(connection))
  }

  /** In one instant, for all. */
  vanish(politely: boolean): void {
    const lost = this.#connections
    this.#connections = new Set()
    this.#freeAt = 0
    this.isThere = false
    for (const each of lost) each.onEnd(politely)
  }

  #serve(connection: FleetConnection): void {
    if (!this.#connections.has(connection)) return
    this.handshakes.note(this.#agenda.now)
    if (connection.isOpen) return connection.onHandshake()
    this.wasted++
    this.#connections.delete(connection)
  }
}
