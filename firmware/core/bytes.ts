/** Bytes as wires carry them: big-endian integers, UTF-8 and base64. Pure; the same on XS and Node. */

/** The same bytes, where `slice` is a copy: of Node's Buffer it is none. */
export function plainView({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}

export function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1]
}

export function u32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0
}

export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8
  bytes[at + 1] = value
}

export function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/**
 * Characters that are looked at in one go. Without a cache of positions, which devices do not have, XS walks a text from its
 * start for every index and every `length`; and adding one character to a long text copies all of that text.
 */
const PIECE = 64

/** The piece of `text` from `from`, where a pair of surrogates stays whole. */
function pieceOf(text: string, from: number): string {
  const piece = text.slice(from, from + PIECE)
  const last = piece.charCodeAt(piece.length - 1)
  return (last & 0xfc00) === 0xd800 ? text.slice(from, from + PIECE + 1) : piece
}

/** How many bytes `text` takes as UTF-8, a lone surrogate counted as U+FFFD. */
export function utf8Length(text: string): number {
  const units = text.length
  if (units <= PIECE) return pieceLength(text)
  let length = 0
  for (let from = 0; from < units; ) {
    const piece = pieceOf(text, from)
    length += pieceLength(piece)
    from += piece.length
  }
  return length
}

function pieceLength(piece: string): number {
  const units = piece.length
  let length = 0
  for (let i = 0; i < units; i++) {
    const unit = piece.charCodeAt(i)
    if (unit < 0x80) length += 1
    else if (unit < 0x800) length += 2
    else if (isPair(piece, i)) {
      length += 4
      i++
    } else length += 3
  }
  return length
}

/** Writes `text` as UTF-8 at `at` and returns where it ends. A lone surrogate becomes U+FFFD (Unicode 3.9, D93b). */
export function putUtf8(bytes: Uint8Array, at: number, text: string): number {
  const units = text.length
  if (units <= PIECE) return putPiece(bytes, at, text)
  for (let from = 0; from < units; ) {
    const piece = pieceOf(text, from)
    at = putPiece(bytes, at, piece)
    from += piece.length
  }
  return at
}

function putPiece(bytes: Uint8Array, at: number, piece: string): number {
  const units = piece.length
  for (let i = 0; i < units; i++) {
    let code = piece.charCodeAt(i)
    if (code < 0x80) {
      bytes[at++] = code
      continue
    }
    if (code < 0x800) {
      bytes[at++] = 0xc0 | (code >> 6)
    } else {
      if (isPair(piece, i)) {
        code = 0x10000 + ((code & 0x3ff) << 10) + (piece.charCodeAt(++i) & 0x3ff)
        bytes[at++] = 0xf0 | (code >> 18)
        bytes[at++] = 0x80 | ((code >> 12) & 0x3f)
      } else {
        if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd
        bytes[at++] = 0xe0 | (code >> 12)
      }
      bytes[at++] = 0x80 | ((code >> 6) & 0x3f)
    }
    bytes[at++] = 0x80 | (code & 0x3f)
  }
  return at
}

export function utf8(text: string): Uint8Array {
  const bytes = new Uint8Array(utf8Length(text))
  putUtf8(bytes, 0, text)
  return bytes
}

/**
 * Reads `bytes[start, end)` as UTF-8; undefined if it is not well-formed (overlong, surrogate, cut short, above
 * U+10FFFF). XS's own `String.fromArrayBuffer` throws on that, and a broker must not be able to cause an exception.
 */
export function readUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string | undefined {
  if (end - start <= PIECE) return readCodePoints(bytes, start, end)
  const text = readLatin1(bytes, start, end)
  // Most are ASCII, and a regular expression looks at every character outside JavaScript.
  return /[\x80-\xff]/.test(text) ? readCodePoints(bytes, start, end) : text
}

function readLatin1(bytes: Uint8Array, start: number, end: number): string {
  const pieces: string[] = []
  for (let at = start; at < end; at += PIECE) {
    // apply() takes the bytes of a view as it takes an array, which its type does not know.
    const codes = bytes.subarray(at, Math.min(at + PIECE, end)) as unknown as number[]
    pieces.push(String.fromCharCode.apply(undefined, codes))
  }
  return pieces.join('')
}

function readCodePoints(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  let piece = ''
  let at = start
  while (at < end) {
    const first = bytes[at]
    const extra = first < 0x80 ? 0 : first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1
    const code = extra === 0 ? first : codePoint(bytes, at, extra, end)
    if (code < 0) return undefined
    at += 1 + extra
    piece += String.fromCodePoint(code)
    if (at % PIECE === 0) {
      text += piece
      piece = ''
    }
  }
  return text + piece
}

/** The character of one and `extra` bytes; negative if it is none. */
function codePoint(bytes: Uint8Array, at: number, extra: number, end: number): number {
  const first = bytes[at]
  if (first < 0xc2 || first > 0xf4 || at + extra >= end) return -1
  let code = first & (0x3f >> extra)
  for (let i = 1; i <= extra; i++) {
    const next = bytes[at + i]
    if ((next & 0xc0) !== 0x80) return -1
    code = (code << 6) | (next & 0x3f)
  }
  if (extra === 2 && (code < 0x800 || (code >= 0xd800 && code <= 0xdfff))) return -1
  if (extra === 3 && (code < 0x10000 || code > 0x10ffff)) return -1
  return code
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const LETTER_BYTES = Uint8Array.from(LETTERS, (letter) => letter.charCodeAt(0))
const NO_LETTER = 64
/** What each byte stands for in base64. */
const SEXTETS = Uint8Array.from({ length: 0x100 }, (_, unit) => {
  const value = LETTERS.indexOf(String.fromCharCode(unit))
  return value < 0 ? NO_LETTER : value
})

/** Decodes base64 (RFC 4648, 4), with white space as in PEM; undefined if it is anything else. */
export function readBase64(text: string): Uint8Array | undefined {
  const units = text.length
  const bytes = new Uint8Array(Math.floor((units * 3) / 4))
  let bits = 0
  let held = 0
  let length = 0
  let padding = 0
  for (let from = 0; from < units; from += PIECE) {
    const piece = units <= PIECE ? text : text.slice(from, from + PIECE)
    const pieceUnits = piece.length
    for (let i = 0; i < pieceUnits; i++) {
      const unit = piece.charCodeAt(i)
      const value = unit < 0x80 ? SEXTETS[unit] : NO_LETTER
      if (value < NO_LETTER && padding === 0) {
        held = ((held << 6) | value) & 0xffffff
        bits += 6
        if (bits >= 8) {
          bits -= 8
          bytes[length++] = held >> bits
        }
      } else if (unit === EQUALS) padding++
      else if (unit !== LF && unit !== CR && unit !== SPACE && unit !== TAB) return undefined
    }
  }
  if (padding > 2 || bits >= 6 || (padding && bits !== 2 * padding)) return undefined
  return bytes.slice(0, length)
}

/** As readBase64(), of ASCII in `bytes[from, to)` as putBase64() writes it: XS pays for each look at a text. */
export function takeBase64(bytes: Uint8Array, from: number, to: number): Uint8Array | undefined {
  let end = to
  while (end > from && bytes[end - 1] === EQUALS) end--
  if ((to - from) % 4 !== 0 || to - end > 2) return undefined
  const out = new Uint8Array(((end - from) * 3) >> 2)
  let wrong = 0
  let length = 0
  for (let at = from; at < end; at += 4) {
    const a = SEXTETS[bytes[at]]
    const b = SEXTETS[bytes[at + 1]]
    const c = at + 2 < end ? SEXTETS[bytes[at + 2]] : 0
    const d = at + 3 < end ? SEXTETS[bytes[at + 3]] : 0
    wrong |= a | b | c | d
    // What is beyond the end is not written.
    out[length++] = (a << 2) | (b >> 4)
    out[length++] = (b << 4) | (c >> 2)
    out[length++] = (c << 6) | d
  }
  return wrong < NO_LETTER ? out : undefined
}

/** Writes `bytes` as base64 (RFC 4648, 4) at `at` of `out` and returns where it ends. */
export function putBase64(out: Uint8Array, at: number, bytes: Uint8Array): number {
  const { length } = bytes
  for (let from = 0; from < length; from += 3) {
    // Beyond the end undefined is 0.
    const held = (bytes[from] << 16) | (bytes[from + 1] << 8) | bytes[from + 2]
    out[at++] = LETTER_BYTES[held >> 18]
    out[at++] = LETTER_BYTES[(held >> 12) & 0x3f]
    out[at++] = LETTER_BYTES[(held >> 6) & 0x3f]
    out[at++] = LETTER_BYTES[held & 0x3f]
  }
  for (let left = length % 3; left === 1 || left === 2; left++) out[at - 3 + left] = EQUALS
  return at
}

const TAB = 0x09
const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const EQUALS = 0x3d

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    text += (byte < 16 ? '0' : '') + byte.toString(16)
  }
  return text
}

/** From how many bytes on two views of them are worth their making. */
const MIN_BYTES_BY_WORDS = 256

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  const { length } = a
  if (length !== b.length) return false
  let at = 0
  if (length >= MIN_BYTES_BY_WORDS && (a.byteOffset | b.byteOffset) % 4 === 0) {
    const left = new Int32Array(a.buffer, a.byteOffset, length >> 2)
    const right = new Int32Array(b.buffer, b.byteOffset, length >> 2)
    for (let i = 0; i < length >> 2; i++) if (left[i] !== right[i]) return false
    at = length & ~3
  }
  for (; at < length; at++) if (a[at] !== b[at]) return false
  return true
}

function isPair(text: string, i: number): boolean {
  return (
    (text.charCodeAt(i) & 0xfc00) === 0xd800 &&
    i + 1 < text.length &&
    (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00
  )
}
