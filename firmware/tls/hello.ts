/** The hellos, in which client and server agree: bytes <-> values. Pure. RFC 5246, 7.4.1; RFC 8422, 5; RFC 7627, 5. */
import { putU16, u16, utf8 } from '../core/bytes'
import { ECDSA_SHA256, RSA_SHA256 } from '../crypto/primitives'
import {
  HANDSHAKE_FAILURE,
  ILLEGAL_PARAMETER,
  PROTOCOL_VERSION,
  type Refusal,
  refuse,
  UNSUPPORTED_EXTENSION,
} from './alerts'
import { CLIENT_HELLO, MESSAGE_HEADER_BYTES, malformed, putHeader } from './messages'
import { VERSION, versionInWords } from './records'

export const RANDOM_BYTES = 32

export const ECDHE_ECDSA_AES128_GCM_SHA256 = 0xc02b
export const ECDHE_RSA_AES128_GCM_SHA256 = 0xc02f

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
  hasExtendedMaster: boolean
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
    return refuse(`the server speaks ${versionInWords(version)}, not TLS 1.2`, PROTOCOL_VERSION)
  }
  const hello: ServerHello = {
    kind: 'hello',
    random: message.subarray(at - 1 - RANDOM_BYTES, at - 1),
    sessionId: message.subarray(at, at + sessionBytes),
    suite: u16(message, end - 3),
    hasExtendedMaster: false,
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

/** The extensions that a server may answer; of what was seen, each is a bit. */
const ANSWERS = Object.freeze([
  RENEGOTIATION_INFO,
  EXTENDED_MASTER_SECRET,
  SERVER_NAME,
  EC_POINT_FORMATS,
])
const RENEGOTIATION_INFO_BIT = 1
const EXTENDED_MASTER_SECRET_BIT = 2

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
      return refuse(
        `the server answers extension ${type}, which was not offered`,
        UNSUPPORTED_EXTENSION,
      )
    }
    if (seen & bit || (bit === EXTENDED_MASTER_SECRET_BIT && length > 0))
      return malformed('ServerHello')
    seen |= bit
    if (bit === RENEGOTIATION_INFO_BIT && (length !== 1 || message[at - 1] !== 0)) {
      return refuse('renegotiation_info of another connection', HANDSHAKE_FAILURE)
    }
  }
  // Without it, whoever is in the middle could put a handshake of its own before ours. RFC 5746, 4.1.
  if (!(seen & RENEGOTIATION_INFO_BIT)) {
    return refuse('the server lacks secure renegotiation (renegotiation_info)', HANDSHAKE_FAILURE)
  }
  hello.hasExtendedMaster = (seen & EXTENDED_MASTER_SECRET_BIT) !== 0
  return undefined
}
