/**
 * What the two sides of the secure channel say to each other: frames, which cable and radio carry whole, and what both must
 * know alike. docs/provisioning.md
 */
import { utf8 } from '../core/bytes'
import type { Entropy } from '../core/entropy'
import type { MonotonicMs } from '../core/time'
import { hkdf } from '../crypto/hkdf'
import { type ChannelPrimitives, type Digests, TAG_BYTES } from '../crypto/primitives'
import { KEY_BYTES } from '../crypto/x25519'
import { type CipherState, Handshake, NOTHING } from './noise'

/** Of this protocol. It stands in the clear in a hello, and in what the handshake proves. */
export const CHANNEL_VERSION = 1

/** A frame's first byte. Then: of a hello the version and Noise's first message; of an answer the second. */
export const HELLO = 1
export const ANSWER = 2
/** Sealed bytes and their tag. */
export const RECORD = 3
/** Why, as the place in REFUSALS; and for how many seconds no hello is looked at. Anybody can forge it. */
export const REFUSAL = 4

export const HELLO_BYTES = 2 + KEY_BYTES + TAG_BYTES
/** What one record carries: little enough for a cable to be free again after 0.2 s. */
export const MAX_RECORD_BYTES = 1024
export const MAX_FRAME_BYTES = 1 + MAX_RECORD_BYTES + TAG_BYTES
/** In each direction of a channel. AES-GCM bears many more; a channel of nine hours at two a second may well be made anew. */
export const MAX_RECORDS = 65_536
/** From one message of the handshake to the next frame. The device takes about a second for its part. */
export const MAX_ANSWER_MS = 10_000
/** From one good record to the next. */
export const MAX_IDLE_MS = 600_000

export const REFUSALS = Object.freeze([
  'wrong secret',
  'too soon',
  'other version',
  'no channel',
  'altered or lost record',
  'too many records',
  'too late',
  'no label',
] as const)
/**
 * `wrong secret`: or another device's serial number, or another transport, which nobody can tell apart. `no label`: no factory
 * gave this device a secret, so that there can be no channel.
 */
export type ChannelRefusal = (typeof REFUSALS)[number]

/** `bytes` are valid until the next call. */
export type ChannelOutput =
  /** A frame for the other side. */
  | { kind: 'send'; bytes: Uint8Array }
  /** The other side has proved itself, now. */
  | { kind: 'open' }
  /** What a record carried. */
  | { kind: 'record'; bytes: Uint8Array }
  /** There is no channel, or none any more; for `waitMs` a hello is refused. */
  | { kind: 'refused'; why: ChannelRefusal; waitMs: number }
  /** `until` is now if there is work to do that others should not have to wait for. */
  | { kind: 'wait'; until: MonotonicMs }

export type Transport = 'cable' | 'radio'

/** As the factory stores it, and the label shows it. */
export interface Label {
  serial: string
  /** 16 bytes. */
  labelSecret: Uint8Array
}

const PURPOSE = 'wattbeat secure channel '

export interface ChannelOptions {
  primitives: ChannelPrimitives
  entropy: Entropy
  label: Label
  transport: Transport
}

/** The handshake as both sides begin it. */
export function beginHandshake({ primitives, label, transport }: ChannelOptions): Handshake {
  const psk = channelKey(primitives, label)
  const handshake = new Handshake(primitives, prologue(label.serial, transport), psk)
  psk.fill(0)
  return handshake
}

/** Noise's key of 32 bytes from the label's secret: of no use for another device or another purpose. */
export function channelKey(primitives: Digests, { serial, labelSecret }: Label): Uint8Array {
  return hkdf(primitives, NOTHING, labelSecret, utf8(PURPOSE + serial), KEY_BYTES)
}

/** What both sides must believe, and none says. */
export function prologue(serial: string, transport: Transport): Uint8Array {
  return utf8(`${String.fromCharCode(CHANNEL_VERSION)}${transport} ${serial}`)
}

export function refusal(why: ChannelRefusal, waitMs: number): Uint8Array {
  return Uint8Array.of(REFUSAL, REFUSALS.indexOf(why), Math.ceil(waitMs / 1000))
}

/** Both directions of an open channel. */
export class Records {
  readonly #out: CipherState
  readonly #in: CipherState

  constructor(outgoing: CipherState, incoming: CipherState) {
    this.#out = outgoing
    this.#in = incoming
  }

  /** A frame; undefined if there have been too many. */
  seal(bytes: Uint8Array): Uint8Array | undefined {
    if (bytes.length > MAX_RECORD_BYTES) throw new RangeError(`a record of ${bytes.length} bytes`)
    if (this.#out.count === MAX_RECORDS) return undefined
    const end = 1 + bytes.length
    const frame = new Uint8Array(end + TAG_BYTES)
    frame[0] = RECORD
    frame.set(bytes, 1)
    this.#out.seal(frame, 1, end)
    return frame
  }

  /** What the frame carries, which it is overwritten with. */
  open(frame: Uint8Array): Uint8Array | undefined {
    const end = frame.length - TAG_BYTES
    if (frame[0] !== RECORD || end < 1 || frame.length > MAX_FRAME_BYTES) return undefined
    if (this.#in.count === MAX_RECORDS) return undefined
    return this.#in.open(frame, 1, end) ? frame.subarray(1, end) : undefined
  }

  wipe(): void {
    this.#out.wipe()
    this.#in.wipe()
  }
}
