/** NTPv4 packets in client-server mode: bytes <-> values. No IO, clock or logging. RFC 5905, 6 and 7.3. */
import { u32 } from '../core/bytes'
import { type Entropy, random } from '../core/entropy'
import type { UnixMs } from '../core/time'

/** Without extension fields or authenticator, neither of which is used here. */
export const PACKET_LENGTH = 48

const CLIENT = 0x23 // leap 0, version 4, mode 3
export const SERVER = 4
export const ORIGIN = 24
export const RECEIVE = 32
export const TRANSMIT = 40
export const STAMP_LENGTH = 8

export const UNIX_EPOCH_S = 2_208_988_800 // 1970 in seconds since 1900
export const FRACTION = 0x1_0000_0000
export const SHORT_FRACTION = 0x1_0000

/** No warning; a last minute of 61 s; one of 59 s; the server does not know the time. */
export type Leap = 0 | 1 | 2 | 3

export interface Reply {
  leap: Leap
  stratum: number
  /** Of the server to its reference clock. */
  rootDelayMs: number
  rootDispersionMs: number
  /** Four bytes: with stratum 0 a kiss code such as `RATE`. */
  reference: string
  receivedAt: UnixMs
  /** Undefined if the field is zero: then the server does not know the time. */
  transmittedAt: UnixMs | undefined
}

/**
 * Fills `bytes` with a request. Its transmit stamp is 64 random bits and not our time: it tells nobody our clock, and only
 * who has seen the request can answer it.
 */
export function encodeRequest(bytes: Uint8Array, entropy: Entropy): void {
  bytes.fill(0)
  bytes[0] = CLIENT
  bytes.set(random(entropy, STAMP_LENGTH), TRANSMIT)
}

/** Whether a packet carries the request's transmit stamp back as its origin. */
export function isAnswer(bytes: Uint8Array, request: Uint8Array): boolean {
  for (let i = 0; i < STAMP_LENGTH; i++)
    if (bytes[ORIGIN + i] !== request[TRANSMIT + i]) return false
  return true
}

/** Undefined if `bytes` are not a server's packet of version 3 or 4. */
export function decodeReply(bytes: Uint8Array): Reply | undefined {
  if (bytes.length < PACKET_LENGTH) return undefined
  const version = (bytes[0] >> 3) & 7
  if ((bytes[0] & 7) !== SERVER || version < 3 || version > 4) return undefined
  const transmitted = u32(bytes, TRANSMIT) !== 0 || u32(bytes, TRANSMIT + 4) !== 0
  return {
    leap: (bytes[0] >> 6) as Leap,
    stratum: bytes[1],
    rootDelayMs: (u32(bytes, 4) / SHORT_FRACTION) * 1000,
    rootDispersionMs: (u32(bytes, 8) / SHORT_FRACTION) * 1000,
    reference: String.fromCharCode(bytes[12], bytes[13], bytes[14], bytes[15]),
    receivedAt: stamp(bytes, RECEIVE),
    transmittedAt: transmitted ? stamp(bytes, TRANSMIT) : undefined,
  }
}

/** A stamp whose top bit is clear is of the era that begins in 2036 (RFC 4330, 3): 1968 to 2104. */
function stamp(bytes: Uint8Array, at: number): UnixMs {
  const seconds = u32(bytes, at)
  const era = seconds < 0x8000_0000 ? FRACTION : 0
  const fraction = u32(bytes, at + 4) / FRACTION
  return ((seconds + era - UNIX_EPOCH_S) * 1000 + fraction * 1000) as UnixMs
}
