/** What a trace is made of: an entry for each frame, datagram and packet, as a line for people and as JSON for tests. */
import { toHex } from '../../firmware/core/bytes'
import { printable } from '../../firmware/core/printable'
import type { UnixMs } from '../../firmware/core/time'

/** As the dongle sees it. */
export type Direction = 'out' | 'in'

export interface TraceEntry {
  /** UTC by this computer's clock, to the millisecond: when the last byte went or came. */
  time: string
  port: 'line' | 'udp' | 'broker'
  direction: Direction
  /** Only if no bytes went: a port was asked to open, it is open, it closed by itself, it was asked to close. */
  event?: 'open' | 'opened' | 'closed' | 'close'
  /** Of a datagram: the other end, `ADDRESS:PORT`. */
  peer?: string
  /** Hexadecimal, with every secret overwritten by `*` (2a) at the same length. */
  bytes: string
  words: string
}

/** An entry before it is written down. */
export interface TraceNote extends Omit<TraceEntry, 'time' | 'bytes'> {
  at: UnixMs
  bytes?: Uint8Array
}

export function traceEntry({
  at,
  bytes,
  port,
  direction,
  event,
  peer,
  words,
}: TraceNote): TraceEntry {
  return {
    time: new Date(at).toISOString(),
    port,
    direction,
    ...(event && { event }),
    ...(peer && { peer }),
    bytes: bytes ? toHex(bytes) : '',
    words,
  }
}

/** Such as `03:35:45.123  line    out  reads input registers 52 to 53 of unit 1`. */
export function traceLine({ time, port, direction, words }: TraceEntry): string {
  return `${time.slice(11, 23)}  ${port.padEnd(6)}  ${direction.padEnd(3)}  ${printable(words)}`
}

export function toJsonLine(entry: TraceEntry): string {
  return `${JSON.stringify(entry)}\n`
}

export function readJsonLines(text: string): TraceEntry[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as TraceEntry)
}
