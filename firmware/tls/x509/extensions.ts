/** X.509 extensions: bytes -> the values that a TLS client acts upon. Pure. RFC 5280, 4.2. */
import { equalBytes } from '../../core/bytes'
import { type Certificate, natural, part, readTrue, spanOfContent } from './certificate'
import { BIT_STRING, BOOLEAN, type Der, dotted, OBJECT_ID, OCTET_STRING, SEQUENCE } from './der'

// The last byte of 2.5.29.x. RFC 5280, 4.2.1.
const SUBJECT_KEY_ID = 14
const KEY_USAGE = 15
const SUBJECT_ALT_NAME = 17
const BASIC_CONSTRAINTS = 19
const NAME_CONSTRAINTS = 30
const CERTIFICATE_POLICIES = 32
const AUTHORITY_KEY_ID = 35
const EXTENDED_KEY_USAGE = 37

/** Reads the sequence of extensions; a critical one that we do not understand is named in `forbidding`. */
export function decodeExtensions(read: Der, certificate: Certificate): void {
  const list = read.enter(SEQUENCE)
  let seen = 0
  while (read.more) {
    const extension = read.enter(SEQUENCE)
    const id = read.take(OBJECT_ID)
    const isCritical = read.tag === BOOLEAN && readTrue(read)
    const value = read.enter(OCTET_STRING)
    const standard = id.length === 3 && id[0] === 0x55 && id[1] === 0x1d ? id[2] : 0
    if (standard >= SUBJECT_KEY_ID && standard < SUBJECT_KEY_ID + 31) {
      const bit = 1 << (standard - SUBJECT_KEY_ID)
      if (seen & bit) read.fail()
      seen |= bit
    }
    const isUnderstood = decodeExtension(read, certificate, standard)
    // Constraints that we do not enforce forbid the certificate, critical or not.
    if (!isUnderstood && (isCritical || standard === NAME_CONSTRAINTS)) {
      certificate.forbidding = standard === NAME_CONSTRAINTS ? 'name constraints' : dotted(id)
    }
    read.leave(value)
    read.leave(extension)
  }
  read.leave(list)
}

/** Reads the extension's content up to its end; whether we understand it. */
function decodeExtension(read: Der, certificate: Certificate, standard: number): boolean {
  switch (standard) {
    case BASIC_CONSTRAINTS: {
      const outer = read.enter(SEQUENCE)
      certificate.isAuthority = read.tag === BOOLEAN && readTrue(read)
      if (read.more) {
        const length = part(certificate, natural(read))
        certificate.pathLength = length.length === 1 ? length[0] : Number.POSITIVE_INFINITY
      }
      read.leave(outer)
      return true
    }
    case KEY_USAGE: {
      const bits = read.take(BIT_STRING)
      // DER: the bits that do not count are zero. X.690, 11.2.1.
      const spare = (1 << bits[0]) - 1
      if (bits.length < 2 || bits[0] > 7 || bits[bits.length - 1] & spare) read.fail()
      certificate.usage = bits[1]
      return true
    }
    case EXTENDED_KEY_USAGE: {
      const outer = read.enter(SEQUENCE)
      certificate.forServers = false
      while (read.more) {
        const purpose = read.take(OBJECT_ID)
        if (equalBytes(purpose, SERVER_AUTH) || equalBytes(purpose, ANY_PURPOSE)) {
          certificate.forServers = true
        }
      }
      read.leave(outer)
      return true
    }
    case SUBJECT_ALT_NAME:
      certificate.names = spanOfContent(read, SEQUENCE)
      return true
    case SUBJECT_KEY_ID:
      certificate.keyId = spanOfContent(read, OCTET_STRING)
      return true
    case AUTHORITY_KEY_ID: {
      const outer = read.enter(SEQUENCE)
      if (read.tag === 0x80) certificate.issuerKeyId = spanOfContent(read, 0x80)
      read.at = read.end
      read.leave(outer)
      return true
    }
    default:
      read.at = read.end
      return standard === CERTIFICATE_POLICIES
  }
}

const SERVER_AUTH = new Uint8Array([0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01])
const ANY_PURPOSE = new Uint8Array([0x55, 0x1d, 0x25, 0x00])
