/** Handshake messages: bytes <-> values, each with its header of four bytes. Pure. RFC 5246, 7.4; RFC 8422; RFC 7627. */
import { putU16, u16, utf8 } from '../core/bytes'
import {
  DECODE_ERROR,
  HANDSHAKE_FAILURE,
  ILLEGAL_PARAMETER,
  PROTOCOL_VERSION,
  UNSUPPORTED_EXTENSION,
} from './alerts'
import { ECDSA_SHA256, RSA_SHA256 } from './certificate'
import { tellVersion, VERSION } from './records'
import { type Refusal, refuse } from './refusal'

export const HELLO_REQUEST = 0
export const CLIENT_HELLO = 1
export const SERVER_HELLO = 2
export const CERTIFICATE = 11
export const SERVER_KEY_EXCHANGE = 12
export const CERTIFICATE_REQUEST = 13
export const SERVER_HELLO_DONE = 14
export const CLIENT_KEY_EXCHANGE = 16
export const FINISHED = 20

export const MESSAGE_HEADER_BYTES = 4
export const RANDOM_BYTES = 32
export const POINT_BYTES = 65

export const ECDHE_ECDSA_AES128_GCM_SHA256 = 0xc02b
export const ECDHE_RSA_AES128_GCM_SHA256 = 0xc02f

const SECP256R1 = 23

const SERVER_NAME = 0
const EC_POINT_FORMATS = 11
const EXTENDED_MASTER_SECRET = 23
const RENEGOTIATION_INFO = 0xff01

/** What we offer, whatever the server. */
const EXTENSIONS = new Uint8Array([
  // supported_groups: secp256r1
  0, 10, 0, 4, 0, 2, 0, 23,
  // ec_point_formats: uncompressed
  0, 11, 0, 2, 1, 0,
  // signature_algorithms, of the server itself: ECDSA and RSA PKCS#1, with SHA-256
  0, 13, 0, 6, 0, 4, 4, 3, 4, 1,
  // signature_algorithms_cert, of certificates: both, with SHA-256, SHA-384 and SHA-512
  0, 50, 0, 14, 0, 12, 4, 3, 5, 3, 6, 3, 4, 1, 5, 1, 6, 1,
  // extended_master_secret
  0, 23, 0, 0,
  // renegotiation_info: none before
  0xff, 0x01, 0, 1, 0,
])

/** `host` is undefined for an address, which RFC 6066 keeps out of server_name. */
export function encodeClientHello(
  random: Uint8Array,
  sessionId: Uint8Array,
  host: string | undefined,
): Uint8Array {
  const name = utf8(host ?? '')
  const nameBytes = host === undefined ? 0 : 9 + name.length
  const fixed = MESSAGE_HEADER_BYTES + 2 + RANDOM_BYTES + 1 + sessionId.length + 6 + 2
  const message = new Uint8Array(fixed + 2 + nameBytes + EXTENSIONS.length)
  putHeader(message, CLIENT_HELLO)
  putU16(message, 4, VERSION)
  message.set(random, 6)
  let at = 6 + RANDOM_BYTES
  message[at++] = sessionId.length
  message.set(sessionId, at)
  at += sessionId.length
  putU16(message, at, 4)
  putU16(message, at + 2, ECDHE_ECDSA_AES128_GCM_SHA256)
  putU16(message, at + 4, ECDHE_RSA_AES128_GCM_SHA256)
  // One compression method: none.
  putU16(message, at + 6, 0x0100)
  putU16(message, at + 8, nameBytes + EXTENSIONS.length)
  at += 10
  if (host !== undefined) {
    putU16(message, at, SERVER_NAME)
    putU16(message, at + 2, name.length + 5)
    putU16(message, at + 4, name.length + 3)
    putU16(message, at + 7, name.length)
    message.set(name, at + 9)
  }
  message.set(EXTENSIONS, at + nameBytes)
  return message
}

export interface ServerHello {
  kind: 'hello'
  random: Uint8Array
  sessionId: Uint8Array
  suite: number
  isExtended: boolean
}

/** The signature that the server must give. */
export function schemeFor(hello: ServerHello): number {
  return hello.suite === ECDHE_RSA_AES128_GCM_SHA256 ? RSA_SHA256 : ECDSA_SHA256
}

export function decodeServerHello(message: Uint8Array): ServerHello | Refusal {
  let at = MESSAGE_HEADER_BYTES + 2 + RANDOM_BYTES
  const sessionBytes = message.length > at ? message[at] : 0
  const end = ++at + sessionBytes + 3
  if (message.length < end || sessionBytes > 32) return malformed('ServerHello')
  const version = u16(message, MESSAGE_HEADER_BYTES)
  if (version !== VERSION) {
    return refuse(`the server speaks ${tellVersion(version)}, not TLS 1.2`, PROTOCOL_VERSION)
  }
  const hello: ServerHello = {
    kind: 'hello',
    random: message.subarray(at - 1 - RANDOM_BYTES, at - 1),
    sessionId: message.subarray(at, at + sessionBytes),
    suite: u16(message, end - 3),
    isExtended: false,
  }
  if (
    hello.suite !== ECDHE_ECDSA_AES128_GCM_SHA256 &&
    hello.suite !== ECDHE_RSA_AES128_GCM_SHA256
  ) {
    return refuse(`the server chose cipher suite ${hello.suite.toString(16)}`, ILLEGAL_PARAMETER)
  }
  if (message[end - 1] !== 0) return refuse('the server chose compression', ILLEGAL_PARAMETER)
  return decodeExtensions(message, end, hello) ?? hello
}

/** What we understand in an answer; an extension is a bit of what was seen. */
const ANSWERS = Object.freeze([
  RENEGOTIATION_INFO,
  EXTENDED_MASTER_SECRET,
  SERVER_NAME,
  EC_POINT_FORMATS,
])
const BINDS = 1
const EXTENDS = 2

function decodeExtensions(
  message: Uint8Array,
  start: number,
  hello: ServerHello,
): Refusal | undefined {
  // A server without extensions leaves out their length, too.
  let at = Math.min(start + 2, message.length)
  if (at > start && (at < start + 2 || u16(message, start) !== message.length - at)) {
    return malformed('ServerHello')
  }
  let seen = 0
  while (at < message.length) {
    if (message.length - at < 4) return malformed('ServerHello')
    const type = u16(message, at)
    const length = u16(message, at + 2)
    at += 4 + length
    if (at > message.length) return malformed('ServerHello')
    const index = ANSWERS.indexOf(type)
    const bit = 1 << index
    if (index < 0) {
      return refuse(`the server answers extension ${type}, unasked`, UNSUPPORTED_EXTENSION)
    }
    if (seen & bit || (bit === EXTENDS && length > 0)) return malformed('ServerHello')
    seen |= bit
    if (bit === BINDS && (length !== 1 || message[at - 1] !== 0)) {
      return refuse('the server takes us for another (renegotiation_info)', HANDSHAKE_FAILURE)
    }
  }
  // Without it a man in the middle could put his own words before ours. RFC 5746, 4.1.
  if (!(seen & BINDS)) {
    return refuse('the server cannot tell us from another (renegotiation_info)', HANDSHAKE_FAILURE)
  }
  hello.isExtended = (seen & EXTENDS) !== 0
  return undefined
}

/** At most this many certificates and bytes in a server's list. */
export const MOST_CERTIFICATES = 6
export const MOST_CERTIFICATE_BYTES = 16_384

export function decodeCertificates(message: Uint8Array): Uint8Array[] | Refusal {
  let at = MESSAGE_HEADER_BYTES + 3
  if (message.length < at || u24(message, MESSAGE_HEADER_BYTES) !== message.length - at) {
    return malformed('Certificate')
  }
  const certificates: Uint8Array[] = []
  while (at < message.length) {
    const start = at + 3
    at = message.length < start ? message.length + 1 : start + u24(message, start - 3)
    if (at > message.length || at === start) return malformed('Certificate')
    if (certificates.length === MOST_CERTIFICATES) {
      return refuse(
        `the server sends more than ${MOST_CERTIFICATES} certificates`,
        HANDSHAKE_FAILURE,
      )
    }
    certificates.push(message.subarray(start, at))
  }
  if (certificates.length === 0) return refuse('the server has no certificate', HANDSHAKE_FAILURE)
  return certificates
}

export interface ServerKeyExchange {
  kind: 'exchange'
  /** What the signature covers, after both randoms. */
  parameters: Uint8Array
  point: Uint8Array
  signature: Uint8Array
}

/** `scheme` is the only signature that fits the suite and our offer. */
export function decodeServerKeyExchange(
  message: Uint8Array,
  scheme: number,
): ServerKeyExchange | Refusal {
  const at = MESSAGE_HEADER_BYTES
  const end = at + 4 + POINT_BYTES
  if (message.length < at + 4) return malformed('ServerKeyExchange')
  if (message[at] !== 3 || u16(message, at + 1) !== SECP256R1) {
    return refuse('the server chose a curve that we did not offer', ILLEGAL_PARAMETER)
  }
  if (message[at + 3] !== POINT_BYTES || message[at + 4] !== 4) {
    return refuse('the server sent no point of P-256', ILLEGAL_PARAMETER)
  }
  if (message.length <= end + 4) return refuse('the key exchange is not signed', DECODE_ERROR)
  if (u16(message, end) !== scheme) {
    const chosen = u16(message, end).toString(16)
    return refuse(`the key exchange is signed by ${chosen}, not as offered`, ILLEGAL_PARAMETER)
  }
  if (u16(message, end + 2) !== message.length - end - 4) return malformed('ServerKeyExchange')
  return {
    kind: 'exchange',
    parameters: message.subarray(at, end),
    point: message.subarray(at + 4, end),
    signature: message.subarray(end + 4),
  }
}

export function encodeClientKeyExchange(point: Uint8Array): Uint8Array {
  const message = new Uint8Array(MESSAGE_HEADER_BYTES + 1 + point.length)
  putHeader(message, CLIENT_KEY_EXCHANGE)
  message[4] = point.length
  message.set(point, 5)
  return message
}

/** We have none to show. */
export function encodeNoCertificate(): Uint8Array {
  return putHeader(new Uint8Array(MESSAGE_HEADER_BYTES + 3), CERTIFICATE)
}

export function encodeFinished(verifyData: Uint8Array): Uint8Array {
  const message = new Uint8Array(MESSAGE_HEADER_BYTES + verifyData.length)
  message.set(verifyData, MESSAGE_HEADER_BYTES)
  return putHeader(message, FINISHED)
}

export function u24(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 16) | u16(bytes, at + 1)
}

function putHeader(message: Uint8Array, type: number): Uint8Array {
  message[0] = type
  putU16(message, 2, message.length - MESSAGE_HEADER_BYTES)
  return message
}

function malformed(message: string): Refusal {
  return refuse(`a malformed ${message}`, DECODE_ERROR)
}
