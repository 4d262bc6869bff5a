/** What the dongle asks of the ports. */
import type { MonotonicMs, UnixMs } from '../core/time'
import type { LineSettings } from '../ports/bytestream'
import type { WifiSettings } from '../ports/network'
import type { ServerOutput } from '../sntp/source'
import type { CredentialsChange } from './credentials'
import type { Report } from './report'
import type { SecureOutput } from './secure'

export type DongleOutput =
  | { kind: 'join'; wifi: WifiSettings | undefined }
  | { kind: 'open line'; line: LineSettings }
  /** `bytes` of all outputs are valid until the next call. */
  | { kind: 'write line'; bytes: Uint8Array }
  | ServerOutput
  | { kind: 'set time'; utc: UnixMs }
  | { kind: 'remember time'; utc: UnixMs; driftPpm: number }
  | Extract<SecureOutput, { kind: 'resolve' | 'connect' | 'send' | 'disconnect' }>
  /** To be stored before anything else happens: a power cut must leave credentials that work. */
  | { kind: 'store credentials'; change: CredentialsChange }
  | Report
  /** It has worked for so long: long enough not to be part of a loop of restarts, or of crashes. */
  | { kind: 'lasted'; ms: number }
  | { kind: 'restart'; why: string }
  | { kind: 'wait'; until: MonotonicMs }
