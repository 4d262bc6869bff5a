/**
 * Whose certificate it is: host names and addresses against subjectAltName, and names for people.
 * RFC 6125, 6.4; RFC 5280, 4.2.1.6.
 */
import { equalBytes, readUtf8 } from '../../core/bytes'
import { printable } from '../../core/printable'
import type { Certificate, Span } from './certificate'
import { Der, OBJECT_ID, SEQUENCE, SET } from './der'

const DNS_NAME = 0x82
const IP_ADDRESS = 0x87

/** Whether the certificate names `host`: a DNS name in ASCII, or an IPv4 or IPv6 address. The common name does not count. */
export function namesHost(certificate: Certificate, host: string): boolean {
  const address = readAddress(host)
  const wanted = canonical(host)
  const names = namesOf(certificate)
  while (names.more) {
    const tag = names.tag
    const name = names.take(tag)
    if (tag === IP_ADDRESS && address && equalBytes(name, address)) return true
    if (tag === DNS_NAME && !address && matches(canonical(ascii(name)), wanted)) return true
  }
  return false
}

const MAX_NAMES_IN_WORDS = 4

/** The names of a certificate, for a message. */
export function namesInWords(certificate: Certificate): string {
  const names = namesOf(certificate)
  const told: string[] = []
  while (names.more && told.length < MAX_NAMES_IN_WORDS) {
    const tag = names.tag
    const name = names.take(tag)
    if (tag === DNS_NAME)
      told.push(quotable(String.fromCharCode(...name.subarray(0, MAX_CHARACTERS))))
    if (tag === IP_ADDRESS) told.push(addressInWords(name))
  }
  if (names.more) told.push('...')
  return told.length > 0 ? told.join(', ') : 'a certificate without names'
}

const COMMON_NAME = 0x03
const ORGANIZATION = 0x0a

/** The common name of an issuer or subject (an X.501 Name), or its organization, for a message. */
export function nameInWords(certificate: Certificate, name: Span): string {
  const read = new Der(certificate.bytes, name >> 16, name & 0xffff)
  let organization = ''
  read.enter(SEQUENCE)
  while (read.more) {
    const set = read.enter(SET)
    const pair = read.enter(SEQUENCE)
    const id = read.take(OBJECT_ID)
    const text = quotable(readUtf8(read.take(read.tag)) ?? '')
    const isAttribute = id.length === 3 && id[0] === 0x55 && id[1] === 0x04
    if (isAttribute && id[2] === COMMON_NAME) return `"${text}"`
    if (isAttribute && id[2] === ORGANIZATION) organization = text
    read.leave(pair)
    read.at = read.end
    read.leave(set)
  }
  return `"${organization}"`
}

/** Reads an address in dotted or colon form; undefined if the text is neither. */
export function readAddress(text: string): Uint8Array | undefined {
  return text.indexOf(':') < 0 ? readIpv4(text) : readIpv6(text)
}

function namesOf(certificate: Certificate): Der {
  return new Der(certificate.bytes, certificate.names >> 16, certificate.names & 0xffff)
}

/** One wildcard, as the whole left-most label, standing for exactly one label of a name of three or more. */
function matches(pattern: string, host: string): boolean {
  if (pattern === '') return false
  if (pattern[0] !== '*') return pattern === host
  const dot = host.indexOf('.')
  const rest = pattern.slice(1)
  return dot > 0 && rest.indexOf('.', 1) > 0 && rest === host.slice(dot) && rest.indexOf('*') < 0
}

function canonical(name: string): string {
  const lower = name.toLowerCase()
  return lower[lower.length - 1] === '.' ? lower.slice(0, -1) : lower
}

/** The name; empty if a byte of it cannot stand in a host name (a NUL has deceived other clients). */
function ascii(name: Uint8Array): string {
  let text = ''
  for (let i = 0; i < name.length; i++) {
    const byte = name[i]
    if (byte <= 0x20 || byte >= 0x7f) return ''
    text += String.fromCharCode(byte)
  }
  return text
}

const MAX_CHARACTERS = 64

/** The server chooses these names: they are cut, and what is quoted has no quote in it. */
function quotable(text: string): string {
  return printable(text.slice(0, MAX_CHARACTERS)).replaceAll('"', '?')
}

function readIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const address = new Uint8Array(4)
  for (let i = 0; i < 4; i++) {
    const value = readNumber(parts[i], 10, 3)
    // 010 is ten to some and eight to others.
    if (value > 255 || (parts[i].length > 1 && parts[i][0] === '0')) return undefined
    address[i] = value
  }
  return address
}

/** RFC 4291, 2.2. */
function readIpv6(text: string): Uint8Array | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = readGroups(halves[0], halves.length === 1)
  const tail = halves.length === 2 ? readGroups(halves[1], true) : []
  if (!head || !tail) return undefined
  const length = head.length + tail.length
  if (halves.length === 2 ? length > 14 : length !== 16) return undefined
  const address = new Uint8Array(16)
  address.set(head, 0)
  address.set(tail, 16 - tail.length)
  return address
}

function readGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  const bytes: number[] = []
  if (text === '') return bytes
  const groups = text.split(':')
  for (let i = 0; i < groups.length; i++) {
    if (mayEndInIpv4 && i === groups.length - 1 && groups[i].indexOf('.') > 0) {
      const ipv4 = readIpv4(groups[i])
      if (!ipv4) return undefined
      for (let j = 0; j < ipv4.length; j++) bytes.push(ipv4[j])
      return bytes
    }
    const value = readNumber(groups[i], 16, 4)
    if (value > 0xffff) return undefined
    bytes.push(value >> 8, value & 0xff)
  }
  return bytes
}

const DIGITS = '0123456789abcdef'

/** Infinity if the text is not a number of at most `maxDigits` digits. */
function readNumber(text: string, base: 10 | 16, maxDigits: number): number {
  if (text.length < 1 || text.length > maxDigits) return Number.POSITIVE_INFINITY
  let value = 0
  for (let i = 0; i < text.length; i++) {
    const digit = DIGITS.indexOf(text[i].toLowerCase())
    if (digit < 0 || digit >= base) return Number.POSITIVE_INFINITY
    value = value * base + digit
  }
  return value
}

function addressInWords(address: Uint8Array): string {
  if (address.length === 4) return address.join('.')
  const groups: string[] = []
  for (let i = 0; i + 1 < address.length; i += 2) {
    groups.push(((address[i] << 8) | address[i + 1]).toString(16))
  }
  return groups.join(':')
}
