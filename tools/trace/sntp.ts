/** NTP datagrams in words. RFC 5905, 7.3. */
import type { UnixMs } from '../../firmware/core/time'
import { decodeReply } from '../../firmware/sntp/packet'

export function askedInWords(peer: string, localPort: number): string {
  return `asks ${peer} for the time, from port ${localPort}`
}

export function answeredInWords(peer: string, bytes: Uint8Array): string {
  const reply = decodeReply(bytes)
  if (!reply) return `${bytes.length} bytes from ${peer} that are no answer of a time server`
  const { stratum, leap, reference, rootDelayMs, rootDispersionMs, transmittedAt } = reply
  if (stratum === 0) return `${peer} sends kiss code ${JSON.stringify(reference)}`
  const time = transmittedAt === undefined ? 'that it does not know' : inUtc(transmittedAt)
  return `${peer} says ${time}: stratum ${stratum}, leap ${leap}, root delay ${rootDelayMs.toFixed(1)} ms, dispersion ${rootDispersionMs.toFixed(1)} ms`
}

function inUtc(at: UnixMs): string {
  return new Date(at).toISOString()
}
