/** What an NTP server answers. RFC 5905, 7.3. */
import { putU32 } from '../../../firmware/core/bytes'
import type { UnixMs } from '../../../firmware/core/time'
import {
  FRACTION,
  ORIGIN,
  PACKET_LENGTH,
  RECEIVE,
  type Reply,
  SERVER,
  SHORT_FRACTION,
  STAMP_LENGTH,
  TRANSMIT,
  UNIX_EPOCH_S,
} from '../../../firmware/sntp/packet'

/** A reply to the bytes of `request`, of the version that it has. */
export function encodeReply(request: Uint8Array, reply: Reply): Uint8Array {
  const bytes = new Uint8Array(PACKET_LENGTH)
  bytes[0] = (reply.leap << 6) | (request[0] & 0x38) | SERVER
  bytes[1] = reply.stratum
  putU32(bytes, 4, Math.round((reply.rootDelayMs / 1000) * SHORT_FRACTION))
  putU32(bytes, 8, Math.round((reply.rootDispersionMs / 1000) * SHORT_FRACTION))
  for (let i = 0; i < 4; i++) bytes[12 + i] = reply.reference.charCodeAt(i)
  bytes.set(request.subarray(TRANSMIT, TRANSMIT + STAMP_LENGTH), ORIGIN)
  putStamp(bytes, RECEIVE, reply.receivedAt)
  if (reply.transmittedAt !== undefined) putStamp(bytes, TRANSMIT, reply.transmittedAt)
  return bytes
}

function putStamp(bytes: Uint8Array, at: number, utc: UnixMs): void {
  const seconds = Math.floor(utc / 1000)
  putU32(bytes, at, (seconds + UNIX_EPOCH_S) % FRACTION)
  putU32(bytes, at + 4, Math.floor(((utc - seconds * 1000) / 1000) * FRACTION))
}
