/**
 * Elliptic curves and RSA on the SDK's big integers, with the checks that these lack (docs/tls.md): no zero is inverted,
 * no point off the curve and no number out of range gets through. FIPS 186-4, 6.4; SP 800-56A, 5.6.2.3.3.
 */
import EC from 'ec'
import ECPoint from 'ecp'
import Mont from 'mont'
import { equalBytes } from '../../core/bytes'
import type { PublicKey } from '../../crypto/primitives'
import { decodeEcdsaSignature, encodePkcs1 } from '../../tls/x509/signature'

export interface Curve {
  /** Bytes of a coordinate. */
  size: number
  field: bigint
  b: bigint
  order: bigint
  base: ECPoint
}

/** FIPS 186-4, D.1.2; a is -3 on both. */
export const P256: Curve = Object.freeze({
  size: 32,
  field: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  base: Object.freeze(
    new ECPoint(
      0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
      0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
    ),
  ),
})

export const P384: Curve = Object.freeze({
  size: 48,
  field:
    0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
  b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  order:
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  base: Object.freeze(
    new ECPoint(
      0xaa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7n,
      0x3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5fn,
    ),
  ),
})

/** Bytes as an unsigned number, the most significant first. */
export function big(bytes: Uint8Array): bigint {
  return BigInt.fromArrayBuffer(bytes.slice().buffer)
}

/** An uncompressed point; undefined if it is not on the curve. */
export function readPoint(curve: Curve, bytes: Uint8Array): ECPoint | undefined {
  const { size, field, b } = curve
  if (bytes.length !== 1 + 2 * size || bytes[0] !== 4) return undefined
  const x = big(bytes.subarray(1, 1 + size))
  const y = big(bytes.subarray(1 + size))
  if (x >= field || y >= field) return undefined
  return (y * y) % field === (x * x * x + (field - 3n) * x + b) % field
    ? new ECPoint(x, y)
    : undefined
}

/** `factor` times a point of the curve, for 0 < factor < order. */
export function multiply(curve: Curve, point: ECPoint, factor: bigint): ECPoint {
  return group(curve).mul(point, factor)
}

export function verifyEcdsa(
  key: PublicKey & { kind: 'ec' },
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const curve = key.curve === 'P-256' ? P256 : P384
  const { order, base, size } = curve
  const point = readPoint(curve, key.point)
  const numbers = decodeEcdsaSignature(signature)
  if (!point || !numbers) return false
  const { r, s } = { r: big(numbers.r), s: big(numbers.s) }
  if (r >= order || s >= order) return false
  // The order's size is whole bytes: of a longer digest only as many count.
  const e = big(digest.subarray(0, size))
  const inverse = new Mont({ m: order }).mulinv(s)
  const sum = group(curve).mul2(base, (e * inverse) % order, point, (r * inverse) % order)
  return !sum.isZero() && sum.x % order === r
}

/** The key's size is the certificate's check. */
export function verifyRsa(
  key: PublicKey & { kind: 'rsa' },
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { length } = key.modulus
  if (signature.length !== length) return false
  const modulus = big(key.modulus)
  const number = big(signature)
  if (number >= modulus) return false
  const opened = new Mont({ m: modulus }).exp(number, big(key.exponent))
  return equalBytes(
    new Uint8Array(ArrayBuffer.fromBigInt(opened, length)),
    encodePkcs1(digest, length),
  )
}

function group({ field, b }: Curve): EC {
  return new EC(field - 3n, b, field)
}
