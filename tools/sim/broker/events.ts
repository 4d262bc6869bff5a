/** What the broker tells the observer: the messages that came, who was let in, and what no client may do. */

export interface Arrived {
  topic: string
  payload: Uint8Array
  qos: number
  retain: boolean
  duplicate: boolean
  /** When the dongle wrote its first byte. TCP takes the others as soon as it has room for them. */
  sentAt: number
  /** Changes whenever the broker's session does: what a lost session held may come again without DUP. */
  session: number
}

export interface BrokerEvents {
  /** What came in, as it came. */
  onBytes(bytes: Uint8Array): void
  onMessage(message: Arrived): void
  /** A message that is not taken, and why. */
  onMessageRefused(message: Pick<Arrived, 'topic' | 'payload'>, reason: number): void
  /** Another client with the dongle's id has taken its session. */
  onTakenOver(): void
  onAccepted(key: string, sessionPresent: boolean): void
  onRefused(key: string, reason: number): void
  /** The client did what no client may. */
  onFault(what: string): void
}
