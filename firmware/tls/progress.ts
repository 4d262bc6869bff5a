/** How far a client's handshake has come. */
import type { UnixMs } from '../core/time'
import type { Certificate } from './certificate'
import {
  CERTIFICATE,
  CERTIFICATE_REQUEST,
  FINISHED,
  SERVER_HELLO,
  SERVER_HELLO_DONE,
  SERVER_KEY_EXCHANGE,
  type ServerHello,
  type ServerKeyExchange,
} from './messages'
import type { PathCheck } from './path'
import type { Agreement } from './primitives'

/** What resumes a session: a secret, for RAM only. The host, the port and the anchors must be the same again. */
export interface Session {
  id: Uint8Array
  suite: number
  master: Uint8Array
  /** Not to be resumed after: a certificate expires, or a day has passed (RFC 5246, F.1.4). */
  until: UnixMs
}

export const MOST_SESSION_MS = 86_400_000

/** A clock that was set back since has judged the certificates by a date that was wrong. */
export function mayResume({ until }: Session, utc: UnixMs): boolean {
  return utc < until && until - utc <= MOST_SESSION_MS
}

export type State =
  | { kind: 'hello' }
  | { kind: 'certificate'; hello: ServerHello }
  | { kind: 'keyExchange'; hello: ServerHello; chain: Certificate[] }
  | ({ kind: 'helloDone'; chain: Certificate[] } & Exchanged)
  | ({ kind: 'path'; chain: Certificate[]; check: PathCheck } & Exchanged)
  | ({ kind: 'signature'; leaf: Certificate; until: UnixMs } & Exchanged)
  | ({ kind: 'agreement'; until: UnixMs } & Exchanged)
  | ({ kind: 'secret'; until: UnixMs; agreement: Agreement } & Exchanged)
  | ({ kind: 'changeCipherSpec' } & Agreed)
  | ({ kind: 'finished' } & Agreed)
  | { kind: 'done'; session: Session | undefined }

export interface Exchanged {
  hello: ServerHello
  exchange: ServerKeyExchange
  /** The server wants to see a certificate of ours. */
  isAsked: boolean
}

export interface Agreed {
  hello: ServerHello
  master: Uint8Array
  until: UnixMs
}

/** What each state waits for, in words. */
export const AWAITED: Readonly<Record<State['kind'], string>> = Object.freeze({
  hello: 'the server hello',
  certificate: 'the certificates',
  keyExchange: 'the key exchange',
  helloDone: 'the end of the hello',
  path: 'our check of the certificates',
  signature: 'our check of the key exchange',
  agreement: 'our key',
  secret: 'our key',
  changeCipherSpec: 'the change of keys',
  finished: 'the finish',
  done: 'nothing',
})

/** Whether the server may send a message of this type now. RFC 5246, 7.3. */
export function mayCome(state: State, type: number): boolean {
  switch (state.kind) {
    case 'hello':
      return type === SERVER_HELLO
    case 'certificate':
      return type === CERTIFICATE
    case 'keyExchange':
      return type === SERVER_KEY_EXCHANGE
    case 'helloDone':
      return type === CERTIFICATE_REQUEST ? !state.isAsked : type === SERVER_HELLO_DONE
    case 'finished':
      return type === FINISHED
    default:
      return false
  }
}

/** Without the certificates, whose memory is better spent on the keys. */
export function exchangedOf({ hello, exchange, isAsked }: Exchanged): Exchanged {
  return { hello, exchange, isAsked }
}
