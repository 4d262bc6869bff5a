/**
 * A radio of short range, to which one phone at a time connects: a GATT service whose requests are written and whose answers are
 * read. Whoever is near may be anybody.
 */

/** UUIDs: of the service, and of its two characteristics. */
export interface GattService {
  service: string
  requests: string
  answers: string
}

export interface RadioOptions {
  /** Shown to whoever looks for devices; at most MAX_RADIO_NAME_BYTES of ASCII. */
  name: string
  service: GattService
  onConnected(): void
  /**
   * `bytes` may be reused by the port after the call. `mtu`: of the connection. The port itself ends a connection that writes
   * too much at once or faster than it is heard.
   */
  onRequest(bytes: Uint8Array, mtu: number): void
  /** Also of a connection that was dropped. Another phone may connect from now on. */
  onGone(): void
}

export interface Radio {
  /** From now on it can be found, while nobody is connected. Throws if it cannot work. */
  open(options: RadioOptions): OpenRadio
  /** This run does without it, and needs its memory. */
  release(): void
}

export interface OpenRadio {
  /** What is read from now on; nothing at the begin of a connection. If nobody is connected it is lost. */
  respond(bytes: Uint8Array): void
  /** Ends the connection. */
  drop(): void
  /** No event follows. */
  close(): void
}

/** What a scan response holds beside the length and type of its only field. */
export const MAX_RADIO_NAME_BYTES = 29
