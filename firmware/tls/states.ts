/** The states of a TLS client and the ways between them: the table documents them, and the client goes no other. RFC 5246, 7.3. */
import type { UnixMs } from '../core/time'
import type { KeyAgreement } from '../crypto/primitives'
import type { ServerHello } from './hello'
import {
  CERTIFICATE,
  CERTIFICATE_REQUEST,
  FINISHED,
  SERVER_HELLO,
  SERVER_HELLO_DONE,
  SERVER_KEY_EXCHANGE,
  type ServerKeyExchange,
} from './messages'
import type { TlsSession } from './session'
import type { Certificate } from './x509/certificate'
import type { PathValidation } from './x509/path'

export type State =
  | { kind: 'serverHello' }
  | { kind: 'certificate'; hello: ServerHello }
  | { kind: 'serverKeyExchange'; hello: ServerHello; certificates: Uint8Array[] }
  | ({ kind: 'certificateRequest' } & Presented)
  | ({ kind: 'serverHelloDone' } & Presented)
  | ({ kind: 'certificateChain' } & Presented)
  | ({ kind: 'pathValidation'; chain: Certificate[]; validation: PathValidation } & Exchanged)
  | ({ kind: 'signature'; leaf: Certificate; until: UnixMs } & Exchanged)
  | ({ kind: 'keyPair'; until: UnixMs } & Exchanged)
  | ({ kind: 'sharedSecret'; until: UnixMs; agreement: KeyAgreement } & Exchanged)
  | ({ kind: 'changeCipherSpec' } & Agreed)
  | ({ kind: 'finished' } & Agreed)
  | { kind: 'open'; session: TlsSession | undefined }
  /** The reason is still to be told. A fault drops the session. */
  | { kind: 'closing'; why: string; session: TlsSession | undefined }
  | { kind: 'closed'; session: TlsSession | undefined }

export interface Exchanged {
  hello: ServerHello
  exchange: ServerKeyExchange
  /** The server has asked for a certificate of ours. */
  isRequested: boolean
}

/** The server's certificates as it sent them: reading them is work. */
interface Presented extends Exchanged {
  certificates: Uint8Array[]
}

/** `until`: no certificate of the path expires before. */
export interface Agreed {
  hello: ServerHello
  master: Uint8Array
  until: UnixMs
}

type StateName = State['kind']

interface Step {
  /** What the state waits for, in words. */
  awaits: string
  /** The handshake messages that may come. */
  messages: readonly number[]
  /** The next step is ours, and expensive. */
  isWork: boolean
  /** The states that may follow. */
  next: readonly StateName[]
}

/** A failure, the server's end or ours may come at any time before the end. */
const ENDS = Object.freeze(['closing', 'closed'] as const)

function step(awaits: string, messages: number[], isWork: boolean, next: StateName[]): Step {
  return Object.freeze({
    awaits,
    messages: Object.freeze(messages),
    isWork,
    next: Object.freeze(next),
  })
}

function awaiting(awaits: string, messages: number[], ...next: StateName[]): Step {
  return step(awaits, messages, false, [...next, ...ENDS])
}

function working(work: string, next: StateName): Step {
  return step(work, [], true, [next, ...ENDS])
}

export const STEPS: Readonly<Record<StateName, Step>> = Object.freeze({
  /** A server that resumes the session that we offered goes on with ChangeCipherSpec. */
  serverHello: awaiting('ServerHello', [SERVER_HELLO], 'certificate', 'changeCipherSpec'),
  certificate: awaiting('Certificate', [CERTIFICATE], 'serverKeyExchange'),
  serverKeyExchange: awaiting('ServerKeyExchange', [SERVER_KEY_EXCHANGE], 'certificateRequest'),
  /** The request is the server's to make or not. */
  certificateRequest: awaiting(
    'ServerHelloDone',
    [CERTIFICATE_REQUEST, SERVER_HELLO_DONE],
    'serverHelloDone',
    'certificateChain',
  ),
  serverHelloDone: awaiting('ServerHelloDone', [SERVER_HELLO_DONE], 'certificateChain'),
  certificateChain: working('our check of the certificates', 'pathValidation'),
  pathValidation: working('our check of the certificates', 'signature'),
  signature: working('our check of the key exchange', 'keyPair'),
  keyPair: working('our key pair', 'sharedSecret'),
  sharedSecret: working('our key exchange', 'changeCipherSpec'),
  changeCipherSpec: awaiting('ChangeCipherSpec', [], 'finished'),
  finished: awaiting('Finished', [FINISHED], 'open'),
  open: awaiting('data', []),
  closing: step('nothing', [], false, ['closed']),
  closed: step('nothing', [], false, []),
})
