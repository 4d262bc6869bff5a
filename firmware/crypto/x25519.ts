/**
 * X25519 by BigInt, which all engines have: it costs XS what the SDK's own P-256 costs. RFC 7748, 5.
 *
 * What it does is the same for every key: 255 steps, each with the same operations, and a swap by arithmetic. How long one
 * takes is not: BigInt drops leading zeros, and the last reduction divides, so that the time of a multiplication tells a
 * little of its numbers, and their copies stay in memory until they are collected. Keys here are used once and forgotten,
 * so nobody can average over many; power and radiation are not looked at.
 */

export const KEY_BYTES = 32

const P = 2n ** 255n - 19n
const TWICE_P = 2n * P
const MASK = 2n ** 255n - 1n
const A24 = 121665n

/** `scalar` times the point at `u`; all zero if that point has a low order, which its user must refuse. */
export function x25519(scalar: Uint8Array, u: Uint8Array): Uint8Array {
  const k = (littleEndian(scalar) & ((1n << 254n) - 8n)) | (1n << 254n)
  const x1 = littleEndian(u) & MASK
  let x2 = 1n
  let z2 = 0n
  let x3 = x1
  let z3 = 1n
  let swap = 0n
  for (let t = 254n; t >= 0n; t--) {
    const bit = (k >> t) & 1n
    swap ^= bit
    let flip = swap * (x2 ^ x3)
    x2 ^= flip
    x3 ^= flip
    flip = swap * (z2 ^ z3)
    z2 ^= flip
    z3 ^= flip
    swap = bit
    const a = x2 + z2
    const b = TWICE_P + x2 - z2
    const aa = fold(a * a)
    const bb = fold(b * b)
    const e = TWICE_P + aa - bb
    const da = fold((TWICE_P + x3 - z3) * a)
    const cb = fold((x3 + z3) * b)
    x3 = fold((da + cb) * (da + cb))
    z3 = fold(x1 * fold((da - cb) * (da - cb)))
    x2 = fold(aa * bb)
    z2 = fold(e * (aa + A24 * e))
  }
  // The last bit is zero: nothing is left to swap.
  return toLittleEndian((x2 * inverse(z2)) % P)
}

/**
 * The same modulo P, and less than twice P, of what is less than 2^540: 2^255 is 19. Cheaper than a division, which would take
 * its time by what it finds.
 */
function fold(value: bigint): bigint {
  const once = (value & MASK) + 19n * (value >> 255n)
  return (once & MASK) + 19n * (once >> 255n)
}

/** By Fermat: the power of P - 2. Zero of zero. */
function inverse(value: bigint): bigint {
  let result = 1n
  for (let bit = 254n; bit >= 0n; bit--) {
    result = fold(result * result)
    if (((P - 2n) >> bit) & 1n) result = fold(result * value)
  }
  return result
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let i = KEY_BYTES - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i])
  return value
}

function toLittleEndian(value: bigint): Uint8Array {
  const bytes = new Uint8Array(KEY_BYTES)
  for (let i = 0; i < KEY_BYTES; i++) {
    bytes[i] = Number(value & 0xffn)
    value >>= 8n
  }
  return bytes
}
