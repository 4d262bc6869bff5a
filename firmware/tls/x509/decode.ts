/** X.509 version 3 certificates: bytes -> values. Pure; nothing is verified here. RFC 5280, 4; keys RFC 3279, RFC 5480. */
import { equalBytes } from '../../core/bytes'
import type { UnixMs } from '../../core/time'
import { ECDSA_SHA256, RSA_SHA256 } from '../../crypto/primitives'
import {
  bitString,
  type Certificate,
  emptyCertificate,
  natural,
  part,
  type Span,
  span,
  spanOf,
  spanOfContent,
} from './certificate'
import { Der, dotted, GENERALIZED_TIME, INTEGER, NULL, OBJECT_ID, SEQUENCE, UTC_TIME } from './der'
import { decodeExtensions } from './extensions'

/** Reads one DER certificate of less than 32 KB; undefined if the bytes are anything else. */
export function decodeCertificate(bytes: Uint8Array): Certificate | undefined {
  if (bytes.length > 0x7fff) return undefined
  const read = new Der(bytes)
  const certificate = emptyCertificate(bytes)
  const outer = read.enter(SEQUENCE)
  const start = read.at
  const inner = read.enter(SEQUENCE)
  const innerScheme = decodeToBeSigned(read, certificate)
  read.leave(inner)
  certificate.signed = span(start, read.at)
  const outerScheme = spanOf(read, SEQUENCE)
  if (!equalBytes(part(certificate, innerScheme), part(certificate, outerScheme))) read.fail()
  decodeScheme(certificate, outerScheme)
  certificate.signature = bitString(read)
  read.leave(outer)
  if (read.more) read.fail()
  return read.broken ? undefined : certificate
}

const VERSION = 0xa0
const ISSUER_UNIQUE_ID = 0x81
const SUBJECT_UNIQUE_ID = 0x82
const EXTENSIONS = 0xa3

/** Returns the signature algorithm as it is named inside of what is signed. */
function decodeToBeSigned(read: Der, certificate: Certificate): Span {
  let version = 1
  if (read.tag === VERSION) {
    const outer = read.enter(VERSION)
    const value = read.take(INTEGER)
    version = value.length === 1 && value[0] <= 2 ? value[0] + 1 : 0
    if (version < 2) read.fail()
    read.leave(outer)
  }
  if (read.take(INTEGER).length === 0) read.fail()
  const scheme = spanOf(read, SEQUENCE)
  certificate.issuer = spanOf(read, SEQUENCE)
  const validity = read.enter(SEQUENCE)
  certificate.notBefore = decodeTime(read)
  certificate.notAfter = decodeTime(read)
  read.leave(validity)
  certificate.subject = spanOf(read, SEQUENCE)
  decodeKey(read, certificate)
  if (version >= 2 && read.tag === ISSUER_UNIQUE_ID) read.skip()
  if (version >= 2 && read.tag === SUBJECT_UNIQUE_ID) read.skip()
  if (version === 3 && read.tag === EXTENSIONS) {
    const outer = read.enter(EXTENSIONS)
    decodeExtensions(read, certificate)
    read.leave(outer)
  }
  return scheme
}

function decodeTime(read: Der): UnixMs {
  const isShort = read.tag === UTC_TIME
  const text = read.take(isShort ? UTC_TIME : GENERALIZED_TIME)
  const digits = isShort ? 12 : 14
  if (text.length !== digits + 1 || text[digits] !== 0x5a /* Z */) {
    read.fail()
    return 0 as UnixMs
  }
  let at = 0
  const pair = (): number => {
    const tens = text[at++] - 0x30
    const ones = text[at++] - 0x30
    if (tens < 0 || tens > 9 || ones < 0 || ones > 9) read.fail()
    return tens * 10 + ones
  }
  const century = isShort ? 0 : pair() * 100
  const short = pair()
  const year = isShort ? short + (short < 50 ? 2000 : 1900) : century + short
  const month = pair()
  const day = pair()
  const hour = pair()
  const minute = pair()
  const second = pair()
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
    read.fail()
  }
  const utc = Date.UTC(year, month - 1, day, hour, minute, second)
  // A 31st of April would become a 1st of May.
  if (new Date(utc).getUTCDate() !== day) read.fail()
  return utc as UnixMs
}

// Object identifiers without their last byte, which tells the hash.
const RSA_SIGNATURES = new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01])
const ECDSA_SIGNATURES = new Uint8Array([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03])

function decodeScheme(certificate: Certificate, algorithm: Span): void {
  const read = new Der(certificate.bytes, algorithm >> 16, algorithm & 0xffff)
  read.enter(SEQUENCE)
  certificate.schemeId = spanOfContent(read, OBJECT_ID)
  const id = part(certificate, certificate.schemeId)
  const last = id[id.length - 1]
  const family = id.subarray(0, id.length - 1)
  if (equalBytes(family, RSA_SIGNATURES) && last >= 0x0b && last <= 0x0d) {
    // RFC 4055, 5: the parameters are NULL, or left out.
    const isNull = !read.more || (read.take(NULL).length === 0 && !read.broken)
    if (isNull && !read.more) certificate.scheme = RSA_SHA256 + ((last - 0x0b) << 8)
  } else if (equalBytes(family, ECDSA_SIGNATURES) && last >= 0x02 && last <= 0x04 && !read.more) {
    certificate.scheme = ECDSA_SHA256 + ((last - 0x02) << 8)
  }
}

const RSA_KEY = new Uint8Array([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01])
const EC_KEY = new Uint8Array([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01])
const P256 = new Uint8Array([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07])
const P384 = new Uint8Array([0x2b, 0x81, 0x04, 0x00, 0x22])

function decodeKey(read: Der, certificate: Certificate): void {
  const outer = read.enter(SEQUENCE)
  const algorithm = read.enter(SEQUENCE)
  const kind = read.take(OBJECT_ID)
  const parameters = read.more ? spanOf(read, read.tag) : 0
  read.leave(algorithm)
  const key = bitString(read)
  read.leave(outer)
  if (read.broken) return
  if (equalBytes(kind, RSA_KEY)) decodeRsaKey(certificate, parameters, key)
  else if (equalBytes(kind, EC_KEY)) decodeEcKey(certificate, parameters, key)
  else certificate.keyFault = `a key of the unknown kind ${dotted(kind)}`
}

const MIN_MODULUS_BITS = 2048
const MAX_MODULUS_BITS = 4096

const NO_PARAMETERS = new Uint8Array([NULL, 0])

function decodeRsaKey(certificate: Certificate, parameters: Span, key: Span): void {
  const read = new Der(certificate.bytes, key >> 16, key & 0xffff)
  // RFC 3279, 2.3.1.
  if (!equalBytes(part(certificate, parameters), NO_PARAMETERS)) read.fail()
  const outer = read.enter(SEQUENCE)
  certificate.key = natural(read)
  certificate.exponent = natural(read)
  read.leave(outer)
  if (read.more) read.fail()
  const modulus = part(certificate, certificate.key)
  const exponent = part(certificate, certificate.exponent)
  const bits = 8 * modulus.length - Math.clz32(modulus[0]) + 24
  const isOdd = (modulus[modulus.length - 1] & exponent[exponent.length - 1] & 1) === 1
  const isTiny = exponent.length === 1 && exponent[0] < 3
  if (read.broken || !isOdd || isTiny || exponent.length > 4) {
    certificate.keyFault = 'a malformed RSA key'
  } else if (bits < MIN_MODULUS_BITS || bits > MAX_MODULUS_BITS) {
    certificate.keyFault = `an RSA key of ${bits} bits`
  }
}

function decodeEcKey(certificate: Certificate, parameters: Span, key: Span): void {
  const read = new Der(certificate.bytes, parameters >> 16, parameters & 0xffff)
  const curve = read.take(OBJECT_ID)
  const point = part(certificate, key)
  certificate.keyKind = equalBytes(curve, P384) ? 'P-384' : 'P-256'
  certificate.key = key
  if (certificate.keyKind === 'P-256' && !equalBytes(curve, P256)) {
    certificate.keyFault = `a key on the unknown curve ${dotted(curve)}`
  } else if (point[0] !== 4 || point.length !== (certificate.keyKind === 'P-256' ? 65 : 97)) {
    certificate.keyFault = 'a malformed EC key'
  }
}
