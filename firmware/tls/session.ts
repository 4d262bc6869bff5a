/** What two connections share: a session that the server may resume by its id. RFC 5246, 7.3 and F.1.4. */
import type { UnixMs } from '../core/time'

/** A secret, for RAM only. The host, the port and the anchors must be the same again. */
export interface TlsSession {
  id: Uint8Array
  suite: number
  master: Uint8Array
  /** When it may be resumed no longer: a certificate expires, or `MAX_SESSION_MS` have passed. */
  until: UnixMs
}

export const MAX_SESSION_MS = 86_400_000

/** No, if the clock was set back since: the certificates were checked against a date that was wrong. */
export function mayResume({ until }: TlsSession, utc: UnixMs): boolean {
  return utc < until && until - utc <= MAX_SESSION_MS
}
