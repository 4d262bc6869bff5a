/** TLS between the broker's protocol and TCP: machines without a socket, so that one pump serves them with all others. */
import type { MonotonicMs, UnixMs } from '../core/time'
import type { BrokerAddress } from './bytestream'

/** TLS to a verified host, or nothing: there is no way to ask for less. */
export interface SecureLayer {
  /** For one connection. `utc`: what the dates of certificates are checked against; `until`: when it must be open. */
  client(to: BrokerAddress, utc: UnixMs, until: MonotonicMs): SecureClient
}

/** After any call, poll(now) until it answers 'wait'. */
export interface SecureClient {
  /** Bytes from TCP. */
  receive(bytes: Uint8Array): void
  /** Takes all of `bytes`. Only while open. */
  write(bytes: Uint8Array): void
  /** We end it: a last 'send' may follow, no other output. */
  close(): void
  /** TCP has ended, for a reason in words. */
  ended(why: string): void
  poll(now: MonotonicMs): SecureClientOutput
}

/** `bytes` are valid until the next call. */
export type SecureClientOutput =
  /** For TCP. */
  | { kind: 'send'; bytes: Uint8Array }
  /** The host is proved. */
  | { kind: 'open' }
  /** From the host. */
  | { kind: 'bytes'; bytes: Uint8Array }
  /** After the last 'send', for a reason in words without secrets. */
  | { kind: 'closed'; why: string }
  /** `until` is now if it has work to do that others should not have to wait for. */
  | { kind: 'wait'; until: MonotonicMs }
