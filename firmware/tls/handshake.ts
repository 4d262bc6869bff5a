/**
 * The client's half of a TLS 1.2 handshake: from each state, and what came or what we work out, to the next. ECDHE on
 * P-256 with AES-128-GCM, the server proved by its certificates. Knows no records but the ones it puts.
 * RFC 5246, 7.3; RFC 8422; extended master secret RFC 7627.
 */
import { equalBytes } from '../core/bytes'
import { type Entropy, random } from '../core/entropy'
import type { UnixMs } from '../core/time'
import { equalSecrets } from '../crypto/keys'
import { type Hash, type Primitives, RSA_SHA256 } from '../crypto/primitives'
import {
  DECODE_ERROR,
  DECRYPT_ERROR,
  ILLEGAL_PARAMETER,
  type Refusal,
  refuse,
  UNEXPECTED_MESSAGE,
} from './alerts'
import {
  decodeServerHello,
  encodeClientHello,
  RANDOM_BYTES,
  type ServerHello,
  schemeFor,
} from './hello'
import {
  concat,
  extendedMaster,
  plainMaster,
  type Randoms,
  type TrafficKeys,
  trafficKeys,
  verifyData,
} from './keys'
import {
  CERTIFICATE_REQUEST,
  decodeCertificates,
  decodeServerKeyExchange,
  encodeClientKeyExchange,
  encodeFinished,
  encodeNoCertificate,
  MESSAGE_HEADER_BYTES,
} from './messages'
import { CHANGE_CIPHER_SPEC, HANDSHAKE, type Records } from './records'
import { MAX_SESSION_MS, type TlsSession } from './session'
import { type Agreed, type Exchanged, STEPS, type State } from './states'
import { type Certificate, keyOf } from './x509/certificate'
import { decodeCertificate } from './x509/decode'
import { readAddress } from './x509/names'
import { type PathInputs, PathValidation } from './x509/path'

const NO_ID = new Uint8Array(0)
const ONE = new Uint8Array([1])

export class Handshake {
  readonly #inputs: PathInputs
  readonly #primitives: Primitives
  readonly #records: Records
  readonly #transcript: Hash
  readonly #random: Uint8Array
  readonly #offered: TlsSession | undefined

  /** Puts the ClientHello. */
  constructor(
    inputs: PathInputs,
    parts: { primitives: Primitives; entropy: Entropy; records: Records; session?: TlsSession },
  ) {
    this.#inputs = inputs
    this.#primitives = parts.primitives
    this.#records = parts.records
    this.#offered = parts.session
    this.#transcript = parts.primitives.sha256()
    this.#random = random(parts.entropy, RANDOM_BYTES)
    const name = readAddress(inputs.host) ? undefined : inputs.host
    this.#put(encodeClientHello(this.#random, this.#offered?.id ?? NO_ID, name))
  }

  /** What follows a whole message of a type that the state takes. Keeps parts of it: its bytes must not be reused. */
  receive(state: State, message: Uint8Array): State | Refusal {
    if (state.kind === 'finished') return this.#receiveFinished(message, state)
    this.#transcript.update(message)
    switch (state.kind) {
      case 'serverHello':
        return this.#receiveHello(message)
      case 'certificate':
        return this.#receiveCertificates(message, state.hello)
      case 'serverKeyExchange':
        return this.#receiveKeyExchange(message, state.hello, state.certificates)
      case 'certificateRequest':
      case 'serverHelloDone':
        if (message[0] === CERTIFICATE_REQUEST)
          return { ...state, kind: 'serverHelloDone', isRequested: true }
        return message.length === MESSAGE_HEADER_BYTES
          ? { ...state, kind: 'certificateChain' }
          : refuse('a malformed ServerHelloDone', DECODE_ERROR)
      default:
        throw new Error(`no message is taken in ${state.kind}`)
    }
  }

  changeCipherSpec(state: State): State | Refusal {
    if (state.kind !== 'changeCipherSpec') {
      return refuse(`ChangeCipherSpec instead of ${STEPS[state.kind].awaits}`, UNEXPECTED_MESSAGE)
    }
    const { serverKey, serverSalt } = this.#keys(state)
    this.#records.openWith(this.#primitives.cipher(serverKey), serverSalt)
    return { ...state, kind: 'finished' }
  }

  /** One expensive step: on the device each takes a good part of a second, and other work must come in between. */
  work(state: State): State | Refusal {
    switch (state.kind) {
      case 'certificateChain': {
        const chain = readChain(state.certificates, state.hello)
        if (!Array.isArray(chain)) return chain
        const validation = new PathValidation(chain, this.#inputs)
        return { ...exchangedOf(state), kind: 'pathValidation', chain, validation }
      }
      case 'pathValidation': {
        const result = state.validation.step(this.#primitives.verify)
        if (!result) return state
        if (result.kind === 'refused') return result
        const until = Math.min(result.until, this.#inputs.utc + MAX_SESSION_MS) as UnixMs
        return { ...exchangedOf(state), kind: 'signature', leaf: state.chain[0], until }
      }
      case 'signature':
        return this.#isSignedBy(state.leaf, state)
          ? { ...exchangedOf(state), kind: 'keyPair', until: state.until }
          : refuse('bad signature on the key exchange', DECRYPT_ERROR)
      case 'keyPair':
        return { ...state, kind: 'sharedSecret', agreement: this.#primitives.keyAgreement() }
      case 'sharedSecret': {
        const secret = state.agreement.sharedSecret(state.exchange.point)
        if (!secret) return refuse("the server's point is not on the curve", ILLEGAL_PARAMETER)
        return this.#answer(state, secret)
      }
      default:
        return state
    }
  }

  #receiveHello(message: Uint8Array): State | Refusal {
    const hello = decodeServerHello(message)
    if (hello.kind === 'refused') return hello
    const offered = this.#offered
    if (!offered || !equalBytes(hello.sessionId, offered.id)) return { kind: 'certificate', hello }
    if (hello.suite !== offered.suite || !hello.hasExtendedMaster) {
      return refuse('the server resumes another session', ILLEGAL_PARAMETER)
    }
    return { ...offered, kind: 'changeCipherSpec', hello }
  }

  #receiveCertificates(message: Uint8Array, hello: ServerHello): State | Refusal {
    const certificates = decodeCertificates(message)
    if (!Array.isArray(certificates)) return certificates
    return { kind: 'serverKeyExchange', hello, certificates }
  }

  #receiveKeyExchange(
    message: Uint8Array,
    hello: ServerHello,
    certificates: Uint8Array[],
  ): State | Refusal {
    const exchange = decodeServerKeyExchange(message, schemeFor(hello))
    if (exchange.kind === 'refused') return exchange
    return { kind: 'certificateRequest', hello, certificates, exchange, isRequested: false }
  }

  #isSignedBy(leaf: Certificate, { hello, exchange }: Exchanged): boolean {
    const signed = concat(concat(this.#random, hello.random), exchange.parameters)
    return this.#primitives.verify(schemeFor(hello), keyOf(leaf), signed, exchange.signature)
  }

  #answer(state: State & { kind: 'sharedSecret' }, secret: Uint8Array): State {
    const { hello, until } = state
    if (state.isRequested) this.#put(encodeNoCertificate())
    this.#put(encodeClientKeyExchange(state.agreement.publicKey))
    const master = hello.hasExtendedMaster
      ? extendedMaster(this.#primitives, secret, this.#transcript.digest())
      : plainMaster(this.#primitives, secret, this.#randoms(hello))
    secret.fill(0)
    this.#finish(hello, master)
    return { kind: 'changeCipherSpec', hello, master, until }
  }

  /** Our ChangeCipherSpec and Finished. */
  #finish(hello: ServerHello, master: Uint8Array): void {
    const { clientKey, clientSalt } = this.#keys({ hello, master })
    this.#records.put(CHANGE_CIPHER_SPEC, ONE)
    this.#records.sealWith(this.#primitives.cipher(clientKey), clientSalt)
    this.#put(encodeFinished(this.#verifyData(master, 'client')))
  }

  #receiveFinished(message: Uint8Array, { hello, master, until }: Agreed): State | Refusal {
    const expected = encodeFinished(this.#verifyData(master, 'server'))
    if (!equalSecrets(message, expected)) {
      return refuse("the server's Finished does not match", DECRYPT_ERROR)
    }
    const { sessionId, suite, hasExtendedMaster } = hello
    if (this.#offered && equalBytes(sessionId, this.#offered.id)) {
      this.#transcript.update(message)
      this.#finish(hello, master)
    }
    // RFC 7627, 5.3: a session without the extension should not be resumed.
    const mayResume = sessionId.length > 0 && hasExtendedMaster
    const session = mayResume ? { id: sessionId.slice(), suite, master, until } : undefined
    return { kind: 'open', session }
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

/** The server's own certificate first, then whatever it offers as issuers. RFC 5246, 7.4.2. */
function readChain(certificates: Uint8Array[], hello: ServerHello): Certificate[] | Refusal {
  const chain: Certificate[] = []
  for (let i = 0; i < certificates.length; i++) {
    const certificate = decodeCertificate(certificates[i])
    if (certificate) chain.push(certificate)
    // An issuer that cannot be read is passed over.
    else if (i === 0) return refuse("the server's certificate is malformed", DECODE_ERROR)
  }
  if ((chain[0].keyKind === 'rsa') !== (schemeFor(hello) === RSA_SHA256)) {
    return refuse('the certificate does not fit the cipher suite', ILLEGAL_PARAMETER)
  }
  return chain
}

/** Without the certificates, whose memory is better spent on the keys. */
function exchangedOf({ hello, exchange, isRequested }: Exchanged): Exchanged {
  return { hello, exchange, isRequested }
}
