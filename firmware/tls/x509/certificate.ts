/** A certificate's fields, as places in its own bytes. RFC 5280, 4.1. */
import type { UnixMs } from '../../core/time'
import type { PublicKey } from '../../crypto/primitives'
import { BIT_STRING, BOOLEAN, type Der, INTEGER } from './der'

/** Bits of `usage`, as the first octet of the bit string has them. RFC 5280, 4.2.1.3. */
export const DIGITAL_SIGNATURE = 0x80
export const KEY_CERT_SIGN = 0x04

/**
 * A part's place in the certificate's bytes: start * 2^16 + end. A span costs one slot on XS, a subarray seven,
 * and a handshake holds up to six certificates.
 */
export type Span = number

export interface Certificate {
  readonly bytes: Uint8Array
  signed: Span
  signature: Span
  /** 0 if we do not verify its kind; `schemeId` then says what it is. */
  scheme: number
  schemeId: Span
  issuer: Span
  subject: Span
  notBefore: UnixMs
  notAfter: UnixMs
  /** What is wrong with the key; empty if nothing is. */
  keyFault: string
  keyKind: 'rsa' | 'P-256' | 'P-384'
  /** An EC point or an RSA modulus. */
  key: Span
  exponent: Span
  isAuthority: boolean
  /** How many authorities may stand between this one and the leaf. */
  pathLength: number
  /** keyUsage bits; undefined if the extension is absent. */
  usage: number | undefined
  /** Whether extendedKeyUsage allows a TLS server; undefined if the extension is absent. */
  forServers: boolean | undefined
  /** subjectAltName's names, without the outer header; 0 if absent. */
  names: Span
  keyId: Span
  issuerKeyId: Span
  /** An extension that forbids using the certificate, because we do not understand it. */
  forbidding: string
}

export function part({ bytes }: Certificate, span: Span): Uint8Array {
  return bytes.subarray(span >> 16, span & 0xffff)
}

export function keyOf(certificate: Certificate): PublicKey {
  const { keyKind } = certificate
  if (keyKind === 'rsa') {
    const modulus = part(certificate, certificate.key)
    return { kind: 'rsa', modulus, exponent: part(certificate, certificate.exponent) }
  }
  return { kind: 'ec', curve: keyKind, point: part(certificate, certificate.key) }
}

export function emptyCertificate(bytes: Uint8Array): Certificate {
  return {
    bytes,
    signed: 0,
    signature: 0,
    scheme: 0,
    schemeId: 0,
    issuer: 0,
    subject: 0,
    notBefore: 0 as UnixMs,
    notAfter: 0 as UnixMs,
    keyFault: '',
    keyKind: 'rsa',
    key: 0,
    exponent: 0,
    isAuthority: false,
    pathLength: Number.POSITIVE_INFINITY,
    usage: undefined,
    forServers: undefined,
    names: 0,
    keyId: 0,
    issuerKeyId: 0,
    forbidding: '',
  }
}

export function span(start: number, end: number): Span {
  return (start << 16) | end
}

/** The next element with its header. */
export function spanOf(read: Der, tag: number): Span {
  const start = read.at
  read.take(tag)
  return span(start, read.at)
}

export function spanOfContent(read: Der, tag: number): Span {
  const length = read.take(tag).length
  return span(read.at - length, read.at)
}

/** A bit string of whole bytes. */
export function bitString(read: Der): Span {
  const bits = read.take(BIT_STRING)
  if (bits.length < 2 || bits[0] !== 0) read.fail()
  return span(read.at - bits.length + 1, read.at)
}

/** A positive integer without its sign byte. */
export function natural(read: Der): Span {
  const value = read.take(INTEGER)
  const hasSign = value.length > 1 && value[0] === 0
  if (value.length === 0 || value[0] & 0x80 || (hasSign && !(value[1] & 0x80))) read.fail()
  return span(read.at - value.length + (hasSign ? 1 : 0), read.at)
}

/** True or false; DER leaves out a false that is the default, but some issuers write it. */
export function readTrue(read: Der): boolean {
  const value = read.take(BOOLEAN)
  if (value.length !== 1 || (value[0] !== 0 && value[0] !== 0xff)) read.fail()
  return value[0] === 0xff
}
