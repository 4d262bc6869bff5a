/** Certificates put together part by part, for what no maker of certificates would write. Their signatures are nonsense. */
import { fromHex } from './vectors'

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export interface Parts {
  version: string
  serial: string
  /** The signature's algorithm as it is signed, and as it stands outside. */
  inner: string
  outer: string
  /** Common names. */
  issuer: string
  subject: string
  notBefore: string
  notAfter: string
  key: string
  extensions: string[]
  signature: string
  /** Behind everything. */
  tail: string
}

/** An element in hexadecimal. X.690, 8.1. */
export function tlv(tag: string, ...content: string[]): string {
  const value = content.join('')
  const length = value.length / 2
  if (length < 0x80) return `${tag}${hex(length, 1)}${value}`
  return length < 0x100 ? `${tag}81${hex(length, 1)}${value}` : `${tag}82${hex(length, 2)}${value}`
}

export const RSA_SHA256_ID = tlv('06', '2a864886f70d01010b')
export const ECDSA_SHA256_ID = tlv('06', '2a8648ce3d040302')
export const ECDSA = tlv('30', ECDSA_SHA256_ID)

export function time(text: string): string {
  return tlv(text.length < 15 ? '17' : '18', ascii(text))
}

export function ecKey(curve = '2a8648ce3d030107', point = `04${'11'.repeat(64)}`): string {
  const algorithm = tlv('30', tlv('06', '2a8648ce3d0201'), tlv('06', curve))
  return tlv('30', algorithm, tlv('03', '00', point))
}

export function rsaKey({
  modulus = `00c1${'11'.repeat(255)}`,
  exponent = '010001',
  parameters = '0500',
  tail = '',
} = {}): string {
  const algorithm = tlv('30', tlv('06', '2a864886f70d010101'), parameters)
  const key = tlv('30', tlv('02', modulus), tlv('02', exponent))
  return tlv('30', algorithm, tlv('03', '00', key, tail))
}

/** `id`: the last byte of 2.5.29.x, or a whole identifier. */
export function extension(id: string, value: string, isCritical = false): string {
  const oid = tlv('06', id.length === 2 ? `551d${id}` : id)
  return tlv('30', oid, isCritical ? '0101ff' : '', tlv('04', value))
}

export const AUTHORITY = extension('13', tlv('30', '0101ff'), true)
export const CERT_SIGN = extension('0f', '03020204', true)

export function forge(change: Partial<Parts> = {}): Uint8Array {
  const parts: Parts = {
    version: 'a003020102',
    serial: '020101',
    inner: ECDSA,
    outer: change.inner ?? ECDSA,
    issuer: 'Forger',
    subject: 'Forged',
    notBefore: time('250101000000Z'),
    notAfter: time('350101000000Z'),
    key: ecKey(),
    extensions: [],
    signature: tlv('03', '00', '3006020101020101'),
    tail: '',
    ...change,
  }
  const { version, serial, inner, notBefore, notAfter, key, extensions } = parts
  const [issuer, subject] = [nameOf(parts.issuer), nameOf(parts.subject)]
  const validity = tlv('30', notBefore, notAfter)
  const more = extensions.length > 0 ? tlv('a3', tlv('30', ...extensions)) : ''
  const signed = tlv('30', version, serial, inner, issuer, validity, subject, key, more)
  return fromHex(`${tlv('30', signed, parts.outer, parts.signature)}${parts.tail}`)
}

/** An authority as PEM. */
export function forgedCa(change: Partial<Parts> = {}): string {
  const der = forge({ extensions: [AUTHORITY, CERT_SIGN], ...change })
  return `-----BEGIN CERTIFICATE-----\n${base64(der)}\n-----END CERTIFICATE-----\n`
}

function nameOf(commonName: string): string {
  return tlv('30', tlv('31', tlv('30', tlv('06', '550403'), tlv('0c', ascii(commonName)))))
}

/** subjectAltName with DNS names. */
export function named(...hosts: string[]): string {
  return extension('11', tlv('30', ...hosts.map((host) => tlv('82', ascii(host)))))
}

function ascii(text: string): string {
  return [...text].map((character) => hex(character.charCodeAt(0), 1)).join('')
}

function hex(value: number, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0')
}

/** As PEM has it. RFC 4648, 4. */
export function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const bits = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    const count = Math.min(4, bytes.length - at + 1)
    for (let i = 0; i < 4; i++) text += i < count ? DIGITS[(bits >> (18 - 6 * i)) & 63] : '='
  }
  return text
}
