/**
 * Register bytes -> numbers. What a device marks as "no reading" is undefined and never 0.
 * Floats are decoded by hand: a DataView per frame would be garbage, and XS freezes a shared one.
 */
import { u16, u32 } from '../core/bytes'

export const NUMBER_TYPES = ['u16', 's16', 'u32', 's32', 'u64', 's64', 'f32', 'f64'] as const
export type NumberType = (typeof NUMBER_TYPES)[number]
export type WordOrder = 'msw' | 'lsw'

export interface NumberFormat {
  readonly type: NumberType
  /** Which 16-bit word comes first; the bytes inside a word are always big-endian. */
  readonly order: WordOrder
  /** value = (raw + offset) * 10^exponent */
  readonly exponent: number
  readonly offset: number
  /** Only these bits of an unsigned register count. */
  readonly mask: number | undefined
  /** The maker's own raw values for "no reading", beside those of the type. */
  readonly sentinels: readonly number[] | undefined
}

const TWO_32 = 0x1_0000_0000

/** Registers that one number takes. */
export function widthOf(type: NumberType): number {
  return type === 'u16' || type === 's16'
    ? 1
    : type === 'u64' || type === 's64' || type === 'f64'
      ? 4
      : 2
}

/** The number at `bytes[at]` in the register's unit; undefined if the device says that it has none. */
export function decodeNumber(
  bytes: Uint8Array,
  at: number,
  format: NumberFormat,
): number | undefined {
  const raw = decodeRaw(bytes, at, format)
  if (raw === undefined || format.sentinels?.includes(raw)) return undefined
  const masked =
    format.mask === undefined ? raw : (raw & format.mask) / (format.mask & -format.mask)
  return scale(masked + format.offset, format.exponent)
}

/** Text of `count` registers, two characters in each, up to its first NUL and without spaces around it. */
export function decodeText(bytes: Uint8Array, at: number, count: number): string {
  let text = ''
  for (let i = at; i < at + 2 * count && bytes[i] !== 0; i++) text += String.fromCharCode(bytes[i])
  return text.trim()
}

/** 2301 / 10 is 230.1, and 2301 * 0.1 is not. */
export function scale(value: number, exponent: number): number {
  return exponent < 0 ? value / 10 ** -exponent : value * 10 ** exponent
}

/** The extremes of a type mean "no reading": so SunSpec Device Information Model, 4.2.1, and most makers. */
function decodeRaw(
  bytes: Uint8Array,
  at: number,
  { type, order }: NumberFormat,
): number | undefined {
  switch (type) {
    case 'u16': {
      const raw = u16(bytes, at)
      return raw === 0xffff ? undefined : raw
    }
    case 's16': {
      const raw = u16(bytes, at)
      return raw === 0x8000 || raw === 0x7fff ? undefined : (raw << 16) >> 16
    }
    case 'u32': {
      const raw = word32(bytes, at, order)
      return raw === 0xffffffff ? undefined : raw
    }
    case 's32': {
      const raw = word32(bytes, at, order)
      return raw === 0x80000000 || raw === 0x7fffffff ? undefined : raw | 0
    }
    case 'f32':
      return float32(word32(bytes, at, order))
    default:
      return decode64(type, high64(bytes, at, order), low64(bytes, at, order))
  }
}

function decode64(type: 'u64' | 's64' | 'f64', high: number, low: number): number | undefined {
  if (type === 'f64') return float64(high, low)
  if (type === 'u64')
    return high === 0xffffffff && low === 0xffffffff ? undefined : high * TWO_32 + low
  const extreme = (high === 0x80000000 && low === 0) || (high === 0x7fffffff && low === 0xffffffff)
  return extreme ? undefined : (high | 0) * TWO_32 + low
}

function word32(bytes: Uint8Array, at: number, order: WordOrder): number {
  return order === 'msw' ? u32(bytes, at) : u16(bytes, at + 2) * 0x10000 + u16(bytes, at)
}

function high64(bytes: Uint8Array, at: number, order: WordOrder): number {
  return word32(bytes, order === 'msw' ? at : at + 4, order)
}

function low64(bytes: Uint8Array, at: number, order: WordOrder): number {
  return word32(bytes, order === 'msw' ? at + 4 : at, order)
}

/** IEEE 754 binary32; NaN, the infinities and the largest numbers (SolarEdge) are no reading. */
function float32(bits: number): number | undefined {
  if ((bits & 0x7fffffff) === 0x7f7fffff) return undefined
  return float(bits >>> 31, (bits >>> 23) & 0xff, bits & 0x7fffff, 23, 0xff, 127)
}

/** IEEE 754 binary64. */
function float64(high: number, low: number): number | undefined {
  return float(high >>> 31, (high >>> 20) & 0x7ff, (high & 0xfffff) * TWO_32 + low, 52, 0x7ff, 1023)
}

function float(
  negative: number,
  exponent: number,
  mantissa: number,
  mantissaBits: number,
  special: number,
  bias: number,
): number | undefined {
  if (exponent === special) return undefined
  const fraction = mantissa / 2 ** mantissaBits
  const size = exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias)
  return negative ? -size : size
}
