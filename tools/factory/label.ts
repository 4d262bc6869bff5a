/**
 * A dongle's label as text, which its QR code carries too: `WB1:serial:secret`. The secret's 128 bits are a number in
 * Crockford's base32, most significant first: 26 characters, of which the first is at most 7. https://www.crockford.com/base32.html
 */
import type { Label } from '../../firmware/provisioning/frames'
import { isSerial, LABEL_SECRET_BYTES } from '../../firmware/settings/factory'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
export const SECRET_CHARACTERS = 26
/** 26 characters have two bits more than the secret. */
const MAX_FIRST_VALUE = 7
const MARK = 'WB1'

export type ReadLabel =
  | { kind: 'label'; label: Label }
  /** In words that show nothing of what was typed. */
  | { kind: 'wrong'; why: string }

export function encodeSecret(secret: Uint8Array): string {
  let number = BigInt(`0x${Buffer.from(secret).toString('hex')}`)
  let text = ''
  for (let i = 0; i < SECRET_CHARACTERS; i++) {
    text = ALPHABET[Number(number & 31n)] + text
    number >>= 5n
  }
  return text
}

export function labelText({ serial, labelSecret }: Label): string {
  return `${MARK}:${serial}:${encodeSecret(labelSecret)}`
}

/** In groups, as a person reads and types it; the hyphens mean nothing. */
export function groupedSecret(secret: Uint8Array): string {
  return encodeSecret(secret).replace(/(.{5})(?=.)/g, '$1-')
}

/** Forgives case, spaces, hyphens, and O for 0, I and L for 1. */
export function decodeSecret(text: string): Uint8Array | { kind: 'wrong'; why: string } {
  let number = 0n
  let count = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at].toUpperCase()
    if (character === ' ' || character === '-') continue
    const value = ALPHABET.indexOf(
      character === 'O' ? '0' : /[IL]/.test(character) ? '1' : character,
    )
    if (value < 0)
      return wrong(`character ${at + 1} of the secret: expected a digit or a letter other than U`)
    if (count === 0 && value > MAX_FIRST_VALUE)
      return wrong(`character ${at + 1} of the secret: expected 0 to ${MAX_FIRST_VALUE}`)
    if (++count > SECRET_CHARACTERS)
      return wrong(`character ${at + 1} of the secret: expected its end after ${SECRET_CHARACTERS}`)
    number = (number << 5n) | BigInt(value)
  }
  if (count < SECRET_CHARACTERS)
    return wrong(`the secret: expected ${SECRET_CHARACTERS} characters, found ${count}`)
  return Uint8Array.from(
    Buffer.from(number.toString(16).padStart(2 * LABEL_SECRET_BYTES, '0'), 'hex'),
  )
}

export function readLabel(text: string): ReadLabel {
  const parts = text.trim().split(':')
  if (parts.length !== 3 || parts[0].toUpperCase() !== MARK)
    return wrong(`the label: expected ${MARK}:serial:secret`)
  const serial = parts[1].trim()
  if (!isSerial(serial))
    return wrong('the label: expected a serial number of 1 to 15 letters and digits')
  const labelSecret = decodeSecret(parts[2])
  return 'kind' in labelSecret ? labelSecret : { kind: 'label', label: { serial, labelSecret } }
}

function wrong(why: string): { kind: 'wrong'; why: string } {
  return { kind: 'wrong', why }
}
