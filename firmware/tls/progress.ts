/** How far a client's handshake has come. */
import type { UnixMs } from '../core/time'
import type { Certificate } from './certificate'
import type { ServerHello, ServerKeyExchange } from './messages'
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

/** Without the certificates, whose memory is better spent on the keys. */
export function exchangedOf({ hello, exchange, isAsked }: Exchanged): Exchanged {
  return { hello, exchange, isAsked }
}
