/** What the broker keeps of each client beyond its connections: sessions by client id. MQTT 5, 4.1. */
import type { Agenda } from '../agenda'

/** More are not in flight. */
const MAX_REFUSED = 512

export interface BrokerSession<Connection> {
  /** No two sessions have the same, of one client or of several. */
  readonly number: number
  /** QoS 2 packet ids received and not yet released. */
  readonly received: Set<number>
  expiryS: number
  connection: Connection | undefined
  disconnectedAt: number
}

export class Sessions<Connection> {
  readonly #agenda: Agenda
  /** Messages that were not taken, and the reason codes. */
  readonly #refused = new Map<string, number>()
  readonly #byClient = new Map<string, BrokerSession<Connection>>()
  #made = 0

  constructor(agenda: Agenda) {
    this.#agenda = agenda
  }

  get clientIds(): string[] {
    return [...this.#byClient.keys()]
  }

  /** The connection that has this client's session now. */
  connectionOf(clientId: string): Connection | undefined {
    return this.#byClient.get(clientId)?.connection
  }

  /** The client's session for `connection`: the one there was, unless it has expired or a clean start was asked for. */
  open(
    clientId: string,
    { clean, expiryS, connection }: { clean: boolean; expiryS: number; connection: Connection },
  ): { session: BrokerSession<Connection>; present: boolean } {
    const old = this.#byClient.get(clientId)
    const present = old !== undefined && !clean && !this.#isExpired(old)
    const kept = present ? old : { number: ++this.#made, received: new Set<number>() }
    const session = { ...kept, expiryS, connection, disconnectedAt: 0 }
    this.#byClient.set(clientId, session)
    return { session, present }
  }

  close(session: BrokerSession<Connection>): void {
    session.connection = undefined
    session.disconnectedAt = this.#agenda.now
  }

  /** Why a message is not taken, drawn by `draw` when it first comes: whatever comes again is judged as before. */
  refusal(message: string, draw: () => number | undefined): number | undefined {
    const refused = this.#refused
    const reason = refused.get(message) ?? draw()
    if (reason === undefined) return undefined
    refused.set(message, reason)
    if (refused.size > MAX_REFUSED) refused.delete(refused.keys().next().value as string)
    return reason
  }

  lose(): void {
    this.#byClient.clear()
  }

  #isExpired({ disconnectedAt, expiryS }: BrokerSession<Connection>): boolean {
    return this.#agenda.now - disconnectedAt > expiryS * 1000
  }
}
