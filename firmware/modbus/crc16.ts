/** The checksum of Modbus RTU: polynomial 0xA001, start 0xFFFF, low byte first. Serial Line V1.02, 6.2.2. */

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  return crc
})

/** The checksum of `bytes[start, end)`; over a frame with its own checksum it comes out as 0. */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0xffff
  for (let at = start; at < end; at++) crc = (crc >> 8) ^ TABLE[(crc ^ bytes[at]) & 0xff]
  return crc
}

/** Writes the checksum of `bytes[0, end)` behind them and returns where the frame ends. */
export function seal(bytes: Uint8Array, end: number): number {
  const crc = crc16(bytes, 0, end)
  bytes[end] = crc
  bytes[end + 1] = crc >> 8
  return end + 2
}
