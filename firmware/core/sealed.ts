/** Records that show when they are read whether they were written whole: magic, version, sequence, length, CRC-32. */
import { putU32, u32 } from './bytes'

const MAGIC = 0x57 // W
const HEADER_BYTES = 10
const CRC_BYTES = 4

export interface Sealed {
  /** Of the payload's format; its owner gives it. */
  version: number
  /** Of two whole records, the one with the greater is newer. */
  sequence: number
  payload: Uint8Array
}

export function seal({ version, sequence, payload }: Sealed): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + payload.length + CRC_BYTES)
  bytes[0] = MAGIC
  bytes[1] = version
  putU32(bytes, 2, sequence)
  putU32(bytes, 6, payload.length)
  bytes.set(payload, HEADER_BYTES)
  putU32(bytes, HEADER_BYTES + payload.length, crc32(bytes, HEADER_BYTES + payload.length))
  return bytes
}

/**
 * Undefined if a byte is missing, changed or left over. `isTwin`: another copy is the same to the byte, which is as good as
 * the sum and takes a tenth of its time.
 */
export function unseal(bytes: Uint8Array, isTwin = false): Sealed | undefined {
  if (bytes.length < HEADER_BYTES + CRC_BYTES || bytes[0] !== MAGIC) return undefined
  const end = bytes.length - CRC_BYTES
  if (u32(bytes, 6) !== end - HEADER_BYTES) return undefined
  if (!isTwin && u32(bytes, end) !== crc32(bytes, end)) return undefined
  return { version: bytes[1], sequence: u32(bytes, 2), payload: bytes.slice(HEADER_BYTES, end) }
}

/** CRC-32 as in IEEE 802.3, by half bytes: records are read at the start only, and a table of 64 bytes is enough. */
const HALF = new Uint32Array([
  0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
  0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
])

export function crc32(bytes: Uint8Array, end = bytes.length): number {
  let crc = 0xffffffff
  for (let i = 0; i < end; i++) {
    crc = HALF[(crc ^ bytes[i]) & 15] ^ (crc >>> 4)
    crc = HALF[(crc ^ (bytes[i] >> 4)) & 15] ^ (crc >>> 4)
  }
  return ~crc >>> 0
}
