/** Handshake messages but the hellos: bytes <-> values, each with its header of four bytes. Pure. RFC 5246, 7.4; RFC 8422, 5. */
import { putU16, u16 } from '../core/bytes'
import { DECODE_ERROR, HANDSHAKE_FAILURE, ILLEGAL_PARAMETER, type Refusal, refuse } from './alerts'

export const HELLO_REQUEST = 0
export const CLIENT_HELLO = 1
export const SERVER_HELLO = 2
export const CERTIFICATE = 11
export const SERVER_KEY_EXCHANGE = 12
export const CERTIFICATE_REQUEST = 13
export const SERVER_HELLO_DONE = 14
export const CLIENT_KEY_EXCHANGE = 16
export const FINISHED = 20

/** The name of a type, as RFC 5246, A.4 has it. */
export function messageInWords(type: number): string {
  switch (type) {
    case HELLO_REQUEST:
      return 'HelloRequest'
    case SERVER_HELLO:
      return 'ServerHello'
    case CERTIFICATE:
      return 'Certificate'
    case SERVER_KEY_EXCHANGE:
      return 'ServerKeyExchange'
    case CERTIFICATE_REQUEST:
      return 'CertificateRequest'
    case SERVER_HELLO_DONE:
      return 'ServerHelloDone'
    case FINISHED:
      return 'Finished'
    default:
      return `handshake message ${type}`
  }
}

export const MESSAGE_HEADER_BYTES = 4
export const POINT_BYTES = 65

const SECP256R1 = 23

/** At most this many certificates and bytes in a server's list. */
export const MAX_CERTIFICATES = 6
export const MAX_CERTIFICATE_LIST_BYTES = 16_384

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
    if (certificates.length === MAX_CERTIFICATES) {
      return refuse(
        `the server sends more than ${MAX_CERTIFICATES} certificates`,
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

export function putHeader(message: Uint8Array, type: number): Uint8Array {
  message[0] = type
  putU16(message, 2, message.length - MESSAGE_HEADER_BYTES)
  return message
}

export function malformed(message: string): Refusal {
  return refuse(`a malformed ${message}`, DECODE_ERROR)
}
