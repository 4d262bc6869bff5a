/**
 * An MQTT 5 broker of one site, whose bytes are read and written by mqtt-packet, an implementation that is none of ours.
 * It reports a fault whenever a client breaks the protocol or the limits that it was told.
 */
import type { ServerEnd, ServerEvents } from '../network/stream'
import { BrokerConnection, type BrokerOptions } from './connection'
import { Sessions } from './sessions'

export class SimulatedBroker {
  readonly #options: BrokerOptions
  readonly sessions: Sessions<BrokerConnection>
  readonly #connections = new Set<BrokerConnection>()
  /** Held against the client in place of what CONNACK told it, so that a test can see that its fault is found. */
  readonly enforced: { receiveMaximum?: number } = {}

  constructor(options: BrokerOptions) {
    this.#options = options
    this.sessions = new Sessions(options.agenda)
  }

  accept(end: ServerEnd): ServerEvents {
    const connection: BrokerConnection = new BrokerConnection({
      ...this.#options,
      end,
      sessions: this.sessions,
      enforced: this.enforced,
      onOver: () => this.#connections.delete(connection),
    })
    this.#connections.add(connection)
    return connection
  }

  /** Its process ends: if `politely`, its sockets are closed, else the host is gone at once. */
  stop({ keepSessions, politely }: { keepSessions: boolean; politely: boolean }): void {
    for (const connection of [...this.#connections]) connection.drop(politely)
    if (!keepSessions) this.sessions.lose()
  }

  /** Sends DISCONNECT to everyone. */
  disconnect(reason: number): void {
    for (const connection of [...this.#connections]) connection.disconnect(reason)
  }

  /** Acknowledges at once all that it has been slow to acknowledge. */
  acknowledgeAll(): void {
    for (const connection of this.#connections) connection.acknowledgeAll()
  }

  /** Sends bytes that are no MQTT. */
  sendGarbage(bytes: Uint8Array): void {
    for (const connection of this.#connections) connection.sendGarbage(bytes)
  }
}
