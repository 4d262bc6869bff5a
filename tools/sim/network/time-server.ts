/** Time servers: where they are, and what they answer to a request. RFC 5905, 7.3 and 7.4 (kiss codes). */
import type { UnixMs } from '../../../firmware/core/time'
import type { Leap, Reply } from '../../../firmware/sntp/packet'
import { encodeReply } from '../sntp/reply'

export interface TimeServer {
  kind: 'answers' | 'silent' | 'unsynchronised' | 'rate' | 'deny' | 'garbage'
  /** How far its clock is off; and, as the best are, without a fault of its own. */
  offsetMs: number
  untoldMs: number
  /** How much longer than usual packets take. */
  slowMs: readonly [there: number, back: number]
}

export const rightServer = (): TimeServer => ({
  kind: 'answers',
  offsetMs: 0,
  untoldMs: 0,
  slowMs: [0, 0],
})

export const timeServerHost = (slot: number): string => `time${slot}.example`
export const timeServerAddress = (slot: number): string => `192.0.2.${slot + 1}`

const USUAL = {
  leap: 0,
  stratum: 2,
  rootDelayMs: 4,
  rootDispersionMs: 2,
  reference: 'GPS\0',
} as const
const UNSYNCHRONISED = { leap: 3 } as const
const RATE = { stratum: 0, reference: 'RATE' }
const DENY = { stratum: 0, reference: 'DENY' }

/** The answer of a synchronised server whose clock shows `at`, in all but `other`. */
export function timeReply(request: Uint8Array, at: UnixMs, other?: Partial<Reply>): Uint8Array {
  return encodeReply(request, { ...USUAL, receivedAt: at, transmittedAt: at, ...other })
}

/** What `server` answers at `utc`; undefined is silence. */
export function answerTime(
  { kind, offsetMs, untoldMs }: TimeServer,
  request: Uint8Array,
  utc: UnixMs,
  leap: Leap,
): Uint8Array | undefined {
  const at = (utc + offsetMs + untoldMs) as UnixMs
  switch (kind) {
    case 'answers':
      return timeReply(request, at, { leap })
    case 'silent':
      return undefined
    case 'unsynchronised':
      return timeReply(request, at, UNSYNCHRONISED)
    case 'rate':
      return timeReply(request, at, RATE)
    case 'deny':
      return timeReply(request, at, DENY)
    case 'garbage':
      return timeReply(request, at).map((byte, i) => byte ^ (i * 37))
  }
}
