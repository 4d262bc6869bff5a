/**
 * The client's half of a TLS 1.2 handshake, message by message: ECDHE on P-256 with AES-128-GCM, the server proved by
 * its certificates. Knows no records but the ones it puts. RFC 5246, 7.3; RFC 8422; extended master secret RFC 7627.
 */
import { equalBytes } from '../core/bytes'
import { type Entropy, random } from '../core/entropy'
import type { UnixMs } from '../core/time'
import { DECODE_ERROR, DECRYPT_ERROR, ILLEGAL_PARAMETER, UNEXPECTED_MESSAGE } from './alerts'
import { type Certificate, keyOf } from './certificate'
import { readChain } from './chain'
import {
  concat,
  equalSecrets,
  extendedMaster,
  plainMaster,
  type Randoms,
  type TrafficKeys,
  trafficKeys,
  verifyData,
} from './keys'
import {
  CERTIFICATE,
  CERTIFICATE_REQUEST,
  decodeServerHello,
  decodeServerKeyExchange,
  encodeClientHello,
  encodeClientKeyExchange,
  encodeFinished,
  encodeNoCertificate,
  MESSAGE_HEADER_BYTES,
  MOST_CERTIFICATE_BYTES,
  RANDOM_BYTES,
  type ServerHello,
  schemeFor,
} from './messages'
import { readAddress } from './names'
import { type Expectation, PathCheck } from './path'
import type { Hash, Primitives } from './primitives'
import {
  type Agreed,
  AWAITED,
  type Exchanged,
  exchangedOf,
  MOST_SESSION_MS,
  mayCome,
  type Session,
  type State,
} from './progress'
import { CHANGE_CIPHER_SPEC, HANDSHAKE, type Records } from './records'
import { type Refusal, refuse } from './refusal'

/** A server hello, key exchange or the like is far smaller; only lists of certificates, or of authorities' names, may be long. */
const MOST_MESSAGE_BYTES = 2048

const NO_ID = new Uint8Array(0)
const ONE = new Uint8Array([1])

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
    this.#random = random(parts.entropy, RANDOM_BYTES)
    const name = readAddress(expectation.host) ? undefined : expectation.host
    this.#put(encodeClientHello(this.#random, this.#offered?.id ?? NO_ID, name))
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
    if (!mayCome(this.#state, type)) {
      return refuse(`handshake message ${type} instead of ${this.awaits}`, UNEXPECTED_MESSAGE)
    }
    const isList = type === CERTIFICATE || type === CERTIFICATE_REQUEST
    const most = isList ? MOST_CERTIFICATE_BYTES : MOST_MESSAGE_BYTES
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
        if (message[0] === CERTIFICATE_REQUEST) {
          this.#state = { ...state, isAsked: true }
          return undefined
        }
        if (message.length > MESSAGE_HEADER_BYTES) {
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

  #receiveHello(message: Uint8Array): Refusal | undefined {
    const hello = decodeServerHello(message)
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
    const chain = readChain(message, hello)
    if (!Array.isArray(chain)) return chain
    this.#state = { kind: 'keyExchange', hello, chain }
    return undefined
  }

  #receiveKeyExchange(
    message: Uint8Array,
    hello: ServerHello,
    chain: Certificate[],
  ): Refusal | undefined {
    const exchange = decodeServerKeyExchange(message, schemeFor(hello))
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
    if (state.isAsked) this.#put(encodeNoCertificate())
    this.#put(encodeClientKeyExchange(state.agreement.publicKey))
    const master = hello.isExtended
      ? extendedMaster(this.#primitives, secret, this.#transcript.digest())
      : plainMaster(this.#primitives, secret, this.#randoms(hello))
    secret.fill(0)
    this.#finish(hello, master)
    this.#state = { kind: 'changeCipherSpec', hello, master, until }
  }

  /** Our change of keys and our proof. */
  #finish(hello: ServerHello, master: Uint8Array): void {
    const { clientKey, clientSalt } = this.#keys({ hello, master })
    this.#records.put(CHANGE_CIPHER_SPEC, ONE)
    this.#records.sealWith(this.#primitives.cipher(clientKey), clientSalt)
    this.#put(encodeFinished(this.#verifyData(master, 'client')))
  }

  #receiveFinished(message: Uint8Array, { hello, master, until }: Agreed): Refusal | undefined {
    const expected = encodeFinished(this.#verifyData(master, 'server'))
    if (!equalSecrets(message, expected)) {
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
