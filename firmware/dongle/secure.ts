/**
 * The connection to the broker: its name, TCP, and TLS on it, with one deadline for all. After any call, poll(now)
 * until it answers 'wait'.
 */
import { earliest, FOREVER, later, type MonotonicMs, type UnixMs } from '../core/time'
import type { BrokerAddress } from '../ports/bytestream'
import type { SecureClient, SecureClientOutput, SecureLayer } from '../ports/secure'

export type SecureOutput =
  | { kind: 'resolve'; host: string }
  /** TCP is to be opened, in place of the last. */
  | { kind: 'connect'; address: string; port: number }
  | { kind: 'disconnect' }
  /** Of TLS: 'send' is for TCP; 'open', 'bytes' and 'closed' are for MQTT. */
  | SecureClientOutput

/** A certificate list, four signatures and a key take an ESP32 some seconds. */
const OPEN_MS = 30_000
/**
 * The name's part of it, and TCP's: three SYNs (lwIP on ESP32 sends them after 0, 1.5 and 4.5 s) and their answer. A broker
 * that is silent for 45 s must not be back in the middle of a longer wait.
 */
const STEP_MS = 6500
/** The longest that TLS waits for the server's next bytes, for the same reason: TCP may have to send them a few times. */
const MAX_SILENCE_MS = 10_000
const SILENT = 'nothing came for 10 s'

type State =
  | { kind: 'closed' }
  /** The name is to be asked for, or is being asked for. */
  | ({ kind: 'opening' } & Wanted)
  | ({ kind: 'resolving'; stepUntil: MonotonicMs } & Wanted)
  /** TCP is to be opened, or is being opened. */
  | ({ kind: 'resolved'; address: string } & Wanted)
  | ({ kind: 'connecting'; address: string; stepUntil: MonotonicMs } & Wanted)
  /** TLS proves the host. `silentUntil`: FOREVER if something has come since the last poll. */
  | { kind: 'securing'; client: SecureClient; silentUntil: MonotonicMs }
  | { kind: 'secured'; client: SecureClient }
  /** We end it: what TLS has left to say goes out first. */
  | { kind: 'leaving'; client: SecureClient }
  /** TCP is to be closed; then the reason is told, if there is one. */
  | { kind: 'disconnecting'; why: string | undefined }
  | { kind: 'failed'; why: string }

interface Wanted {
  to: BrokerAddress
  utc: UnixMs
  until: MonotonicMs
}

const CLOSED: State = Object.freeze({ kind: 'closed' })
const NOTHING_TO_DO: SecureOutput = Object.freeze({ kind: 'wait', until: FOREVER })

export class SecureConnection {
  /** How many bytes TCP takes at once, so far as is known. What TLS adds to a write is queued by the port. */
  room = Number.POSITIVE_INFINITY
  readonly #layer: SecureLayer
  readonly #openMs: number
  #state: State = CLOSED

  /** `openMs`: how long name, TCP and TLS may take together. */
  constructor({ layer, openMs = OPEN_MS }: { layer: SecureLayer; openMs?: number }) {
    this.#layer = layer
    this.#openMs = openMs
  }

  /** In place of the last connection, if there is one. `utc`: for the dates of certificates. */
  open(to: BrokerAddress, utc: UnixMs, now: MonotonicMs): void {
    this.#state = { kind: 'opening', to, utc, until: later(now, this.#openMs) }
    this.room = Number.POSITIVE_INFINITY
  }

  resolved(host: string, address: string | undefined, why: string): void {
    const state = this.#state
    if (state.kind !== 'resolving' || state.to.host !== host) return
    this.#state =
      address === undefined ? { kind: 'failed', why } : { ...state, kind: 'resolved', address }
  }

  /** TCP is open. */
  tcpOpened(): void {
    const state = this.#state
    if (state.kind !== 'connecting') return
    const { to, utc, until } = state
    const client = this.#layer.client(to, utc, until)
    this.#state = { kind: 'securing', client, silentUntil: FOREVER }
  }

  /** Bytes from TCP. */
  tcpBytes(bytes: Uint8Array): void {
    const state = this.#state
    if (state.kind === 'securing') state.silentUntil = FOREVER
    if (state.kind === 'secured' || state.kind === 'securing') state.client.receive(bytes)
  }

  /** TCP has ended. */
  tcpClosed(why: string): void {
    const state = this.#state
    if (state.kind === 'connecting') this.#state = { kind: 'failed', why }
    else if (state.kind === 'secured' || state.kind === 'securing') state.client.ended(why)
  }

  /** Only while open. */
  write(bytes: Uint8Array): void {
    if (this.#state.kind === 'secured') this.#state.client.write(bytes)
  }

  close(): void {
    const state = this.#state
    if (state.kind === 'secured' || state.kind === 'securing') {
      state.client.close()
      this.#state = { kind: 'leaving', client: state.client }
    } else if (state.kind === 'connecting') this.#state = { kind: 'disconnecting', why: undefined }
    else if (state.kind !== 'leaving' && state.kind !== 'disconnecting') this.#state = CLOSED
  }

  poll(now: MonotonicMs): SecureOutput {
    const state = this.#state
    switch (state.kind) {
      case 'secured': {
        const output = state.client.poll(now)
        return output.kind === 'closed' ? this.#disconnect(output.why) : output
      }
      case 'securing':
        return this.#secure(state, now)
      case 'closed':
        return NOTHING_TO_DO
      case 'opening':
        this.#state = { ...state, kind: 'resolving', stepUntil: stepUntil(state, now) }
        return { kind: 'resolve', host: state.to.host }
      case 'resolving':
        if (now < state.stepUntil) return { kind: 'wait', until: state.stepUntil }
        return this.#fail(`no address for ${state.to.host} in time`)
      case 'resolved':
        this.#state = { ...state, kind: 'connecting', stepUntil: stepUntil(state, now) }
        return { kind: 'connect', address: state.address, port: state.to.port }
      case 'connecting':
        if (now < state.stepUntil) return { kind: 'wait', until: state.stepUntil }
        return this.#disconnect(`no connection to ${state.address} in time`)
      case 'leaving': {
        const output = state.client.poll(now)
        return output.kind === 'send' ? output : this.#disconnect(undefined)
      }
      case 'disconnecting':
        return this.#disconnect(state.why)
      case 'failed':
        return this.#fail(state.why)
    }
  }

  #secure(state: State & { kind: 'securing' }, now: MonotonicMs): SecureOutput {
    const { client } = state
    const output = client.poll(now)
    if (output.kind === 'closed') return this.#disconnect(output.why)
    if (output.kind === 'open') this.#state = { kind: 'secured', client }
    if (output.kind !== 'wait') return output
    // While it computes it is not the server that is awaited.
    if (output.until <= now || state.silentUntil === FOREVER)
      state.silentUntil = later(now, MAX_SILENCE_MS)
    if (now < state.silentUntil)
      return { kind: 'wait', until: earliest(output.until, state.silentUntil) }
    client.ended(SILENT)
    return this.poll(now)
  }

  #disconnect(why: string | undefined): SecureOutput {
    this.#state = why === undefined ? CLOSED : { kind: 'failed', why }
    return { kind: 'disconnect' }
  }

  #fail(why: string): SecureOutput {
    this.#state = CLOSED
    return { kind: 'closed', why }
  }
}

function stepUntil({ until }: Wanted, now: MonotonicMs): MonotonicMs {
  return earliest(until, later(now, STEP_MS))
}
