/**
 * The client's half of a TLS 1.2 handshake, message by message: ECDHE on P-256 with AES-128-GCM, the server proved by
 * its certificates. Knows no records but the ones it puts. RFC 5246, 7.3; RFC 8422; extended master secret RFC 7627.
 */
import { equalBytes } from '../core/bytes'
import { type Entropy, random } from '../core/entropy'
import type { UnixMs } from '../core/time'
import { DECODE_ERROR, DECRYPT_ERROR, ILLEGAL_PARAMETER, UNEXPECTED_MESSAGE } from './alerts'
import { type Certificate, ECDSA_SHA256, keyOf, RSA_SHA256 } from './certificate'
import {
  concat,
  extendedMaster,
  plainMaster,
  type Randoms,
  type TrafficKeys,
  trafficKeys,
  verifyData,
} from './keys'
import type { ServerHello, ServerKeyExchange } from './messages'
import * as messages from './messages'
import { readAddress } from './names'
import { type Expectation, PathCheck } from './path'
import type { Agreement, Hash, Primitives } from './primitives'
import { CHANGE_CIPHER_SPEC, HANDSHAKE, type Records } from './records'
import { type Refusal, refuse } from './refusal'
import { decodeCertificate } from './x509'

/** What resumes a session: a secret, for RAM only. The host, the port and the anchors must be the same again. */
export interface Session {
  id: Uint8Array
  suite: number
  master: Uint8Array
  /** Not to be resumed after: a certificate expires, or a day has passed (RFC 5246, F.1.4). */
  until: UnixMs
}

const MOST_SESSION_MS = 86_400_000

type State =
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

interface Exchanged {
  hello: ServerHello
  exchange: ServerKeyExchange
  /** The server wants to see a certificate of ours. */
  isAsked: boolean
}

interface Agreed {
  hello: ServerHello
  master: Uint8Array
  until: UnixMs
}

/** A server hello, key exchange or the like is far smaller; only a certificate list may be long. */
const MOST_MESSAGE_BYTES = 2048

const AWAITED: Record<State['kind'], string> = {
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
}

export class Handshake {
  readonly #expectation: Expectation
  readonly #primitives: Primitives
  readonly #records: Records
  readonly #transcript: Hash
  readonly #random: Uint8Array
  readonly #offered: Session | undefined
  #state: State = { kind: 'hello' }

  /** Puts the client hello. */
  constructor(
    expectation: Expectation,
    parts: { primitives: Primitives; entropy: Entropy; records: Records; session?: Session },
  ) {
    this.#expectation = expectation
    this.#primitives = parts.primitives
    this.#records = parts.records
    this.#offered = parts.session
    this.#transcript = parts.primitives.sha256()
    this.#random = random(parts.entropy, messages.RANDOM_BYTES)
    const id = this.#offered?.id ?? new Uint8Array(0)
    const { host } = expectation
    const name = readAddress(host) ? undefined : host
    this.#put(messages.encodeClientHello(this.#random, id, name))
  }

  get awaits(): string {
    return AWAITED[this.#state.kind]
  }

  /** Whether the next step is ours: `work` then does a part of it. */
  get isBusy(): boolean {
    const { kind } = this.#state
    return kind === 'path' || kind === 'signature' || kind === 'agreement' || kind === 'secret'
  }

  get isDone(): boolean {
    return this.#state.kind === 'done'
  }

  /** For the next connection; undefined where the server does not offer it. */
  get session(): Session | undefined {
    return this.#state.kind === 'done' ? this.#state.session : undefined
  }

  /** Why a message that begins so must not come now; undefined where it may. */
  refuses(type: number, length: number): Refusal | undefined {
    if (!this.#mayCome(type)) {
      return refuse(`handshake message ${type} instead of ${this.awaits}`, UNEXPECTED_MESSAGE)
    }
    const most =
      type === messages.CERTIFICATE ? messages.MOST_CERTIFICATE_BYTES : MOST_MESSAGE_BYTES
    if (length > most) return refuse(`a handshake message of ${length} bytes`, DECODE_ERROR)
    return undefined
  }

  /** Takes a whole message that was not refused. Keeps parts of it: the caller must not reuse its bytes. */
  receive(message: Uint8Array): Refusal | undefined {
    const state = this.#state
    if (state.kind === 'finished') return this.#receiveFinished(message, state)
    this.#transcript.update(message)
    switch (state.kind) {
      case 'hello':
        return this.#receiveHello(message)
      case 'certificate':
        return this.#receiveCertificates(message, state.hello)
      case 'keyExchange':
        return this.#receiveKeyExchange(message, state.hello, state.chain)
      case 'helloDone':
        if (message[0] === messages.CERTIFICATE_REQUEST) {
          this.#state = { ...state, isAsked: true }
          return undefined
        }
        if (message.length > messages.MESSAGE_HEADER_BYTES) {
          return refuse('a malformed ServerHelloDone', DECODE_ERROR)
        }
        this.#state = {
          ...state,
          kind: 'path',
          check: new PathCheck(state.chain, this.#expectation),
        }
        return undefined
      default:
        throw new Error('refuses() was not asked')
    }
  }

  /** The server's change to its keys. */
  changeCipherSpec(): Refusal | undefined {
    const state = this.#state
    if (state.kind !== 'changeCipherSpec') {
      return refuse(`a change of keys instead of ${this.awaits}`, UNEXPECTED_MESSAGE)
    }
    const { serverKey, serverSalt } = this.#keys(state)
    this.#records.openWith(this.#primitives.cipher(serverKey), serverSalt)
    this.#state = { ...state, kind: 'finished' }
    return undefined
  }

  /** One expensive step: on the device each takes a good part of a second, and other work must come in between. */
  work(): Refusal | undefined {
    const state = this.#state
    switch (state.kind) {
      case 'path': {
        const result = state.check.step(this.#primitives.verify)
        if (result?.kind === 'refused') return result
        if (result) {
          const until = Math.min(result.until, this.#expectation.utc + MOST_SESSION_MS) as UnixMs
          this.#state = { ...exchangedOf(state), kind: 'signature', leaf: state.chain[0], until }
        }
        return undefined
      }
      case 'signature':
        if (!this.#isSignedBy(state.leaf, state)) {
          return refuse('bad signature on the key exchange', DECRYPT_ERROR)
        }
        this.#state = { ...exchangedOf(state), kind: 'agreement', until: state.until }
        return undefined
      case 'agreement':
        this.#state = {
          ...state,
          kind: 'secret',
          agreement: this.#primitives.agreement(),
        }
        return undefined
      case 'secret': {
        const secret = state.agreement.secret(state.exchange.point)
        if (!secret) return refuse("the server's point is not on the curve", ILLEGAL_PARAMETER)
        this.#answer(state, secret)
        return undefined
      }
      default:
        return undefined
    }
  }

  #mayCome(type: number): boolean {
    switch (this.#state.kind) {
      case 'hello':
        return type === messages.SERVER_HELLO
      case 'certificate':
        return type === messages.CERTIFICATE
      case 'keyExchange':
        return type === messages.SERVER_KEY_EXCHANGE
      case 'helloDone':
        if (type === messages.CERTIFICATE_REQUEST) return !this.#state.isAsked
        return type === messages.SERVER_HELLO_DONE
      case 'finished':
        return type === messages.FINISHED
      default:
        return false
    }
  }

  #receiveHello(message: Uint8Array): Refusal | undefined {
    const hello = messages.decodeServerHello(message)
    if (hello.kind === 'refused') return hello
    const offered = this.#offered
    if (!offered || !equalBytes(hello.sessionId, offered.id)) {
      this.#state = { kind: 'certificate', hello }
      return undefined
    }
    if (hello.suite !== offered.suite || !hello.isExtended) {
      return refuse('the server resumes another session', ILLEGAL_PARAMETER)
    }
    this.#state = { ...offered, kind: 'changeCipherSpec', hello }
    return undefined
  }

  #receiveCertificates(message: Uint8Array, hello: ServerHello): Refusal | undefined {
    const certificates = messages.decodeCertificates(message)
    if (!Array.isArray(certificates)) return certificates
    const chain: Certificate[] = []
    for (let i = 0; i < certificates.length; i++) {
      const certificate = decodeCertificate(certificates[i])
      if (certificate) chain.push(certificate)
      // What comes beside the leaf is only an offer of issuers.
      else if (i === 0) return refuse("the server's certificate is malformed", DECODE_ERROR)
    }
    if ((chain[0].keyKind === 'rsa') !== (schemeFor(hello) === RSA_SHA256)) {
      return refuse('the certificate does not fit the cipher suite', ILLEGAL_PARAMETER)
    }
    this.#state = { kind: 'keyExchange', hello, chain }
    return undefined
  }

  #receiveKeyExchange(
    message: Uint8Array,
    hello: ServerHello,
    chain: Certificate[],
  ): Refusal | undefined {
    const exchange = messages.decodeServerKeyExchange(message, schemeFor(hello))
    if (exchange.kind === 'refused') return exchange
    this.#state = { kind: 'helloDone', hello, chain, exchange, isAsked: false }
    return undefined
  }

  #isSignedBy(leaf: Certificate, { hello, exchange }: Exchanged): boolean {
    const signed = concat(concat(this.#random, hello.random), exchange.parameters)
    return this.#primitives.verify(schemeFor(hello), keyOf(leaf), signed, exchange.signature)
  }

  #answer(state: State & { kind: 'secret' }, secret: Uint8Array): void {
    const { hello, until } = state
    if (state.isAsked) this.#put(messages.encodeNoCertificate())
    this.#put(messages.encodeClientKeyExchange(state.agreement.publicKey))
    const master = hello.isExtended
      ? extendedMaster(this.#primitives, secret, this.#transcript.digest())
      : plainMaster(this.#primitives, secret, this.#randoms(hello))
    this.#finish(hello, master)
    this.#state = { kind: 'changeCipherSpec', hello, master, until }
  }

  /** Our change of keys and our proof. */
  #finish(hello: ServerHello, master: Uint8Array): void {
    const { clientKey, clientSalt } = this.#keys({ hello, master })
    this.#records.put(CHANGE_CIPHER_SPEC, ONE)
    this.#records.sealWith(this.#primitives.cipher(clientKey), clientSalt)
    this.#put(messages.encodeFinished(this.#verifyData(master, 'client')))
  }

  #receiveFinished(message: Uint8Array, { hello, master, until }: Agreed): Refusal | undefined {
    const expected = messages.encodeFinished(this.#verifyData(master, 'server'))
    if (!equalBytes(message, expected)) {
      return refuse("the server's finish does not prove its key", DECRYPT_ERROR)
    }
    const isResumed = this.#offered !== undefined && equalBytes(hello.sessionId, this.#offered.id)
    if (isResumed) {
      this.#transcript.update(message)
      this.#finish(hello, master)
    }
    // RFC 7627, 5.3: a session without the extension should not be resumed.
    const mayResume = hello.sessionId.length > 0 && hello.isExtended
    this.#state = {
      kind: 'done',
      session: mayResume
        ? { id: hello.sessionId.slice(), suite: hello.suite, master, until }
        : undefined,
    }
    return undefined
  }

  #keys({ hello, master }: Omit<Agreed, 'until'>): TrafficKeys {
    return trafficKeys(this.#primitives, master, this.#randoms(hello))
  }

  #verifyData(master: Uint8Array, side: 'client' | 'server'): Uint8Array {
    return verifyData(this.#primitives, master, side, this.#transcript.digest())
  }

  #randoms(hello: ServerHello): Randoms {
    return { client: this.#random, server: hello.random }
  }

  #put(message: Uint8Array): void {
    this.#transcript.update(message)
    this.#records.put(HANDSHAKE, message)
  }
}

const ONE = new Uint8Array([1])

/** The signature that the server must give. */
function schemeFor(hello: ServerHello): number {
  return hello.suite === messages.ECDHE_RSA_AES128_GCM_SHA256 ? RSA_SHA256 : ECDSA_SHA256
}

/** Without the certificates, whose memory is better spent on the keys. */
function exchangedOf({ hello, exchange, isAsked }: Exchanged): Exchanged {
  return { hello, exchange, isAsked }
}
