/**
 * Mutated server flights against the client machine, the same on Node and on XS: no throw, no hang, and never an open
 * connection, for every byte that an honest server sends is authenticated. Types only are imported: XS names modules otherwise.
 */

import type { MonotonicMs } from '../../firmware/core/time'
import type { Client } from '../../firmware/tls/client'
import type { Random } from '../sim/random'

export interface Tally {
  flights: number
  refused: number
  /** The machine still waits for more, as it does after a cut. */
  waiting: number
  /** Mutated and yet opened: must stay empty. Each as 'seed index'. */
  opened: string[]
  /** How many polls the longest took. */
  maxPolls: number
}

/** Every step of the machine takes a poll; a machine that needs more than this hangs. */
const MAX_POLLS = 200

/** Replays `flights` with mutations from `random`, `count` times. `make` starts the machine that the flights were recorded with. */
export function fuzz(
  make: () => Client,
  flights: readonly Uint8Array[],
  random: Random,
  count: number,
): Tally {
  const tally: Tally = { flights: 0, refused: 0, waiting: 0, opened: [], maxPolls: 0 }
  while (tally.flights < count) {
    const which = random.below(flights.length)
    const mutated = mutate(flights[which], random)
    if (startsWith(mutated, flights[which])) continue
    const all = flights.map((flight, i) => (i === which ? mutated : flight))
    const { outcome, polls } = replay(make(), all, 1 + random.below(3000))
    tally.flights++
    tally.maxPolls = Math.max(tally.maxPolls, polls)
    if (outcome === 'refused') tally.refused++
    else if (outcome === 'waiting') tally.waiting++
    else tally.opened.push(`${random.seed} ${tally.flights}`)
  }
  return tally
}

export interface Replayed {
  outcome: 'open' | 'refused' | 'waiting'
  why: string
  polls: number
}

/** Each flight is given when the machine has answered the one before. `chunk`: how many bytes arrive at once. */
export function replay(client: Client, flights: readonly Uint8Array[], chunk: number): Replayed {
  let polls = 0
  let next = 0
  let at = 0
  for (;;) {
    if (++polls > MAX_POLLS + flights.length * 20_000) throw new Error('the machine hangs')
    const output = client.poll(0 as MonotonicMs)
    if (output.kind === 'open') return { outcome: 'open', why: '', polls }
    if (output.kind === 'closed') return { outcome: 'refused', why: output.why, polls }
    if (output.kind !== 'wait' || output.until === 0) continue
    const flight = flights[next]
    if (!flight) return { outcome: 'waiting', why: '', polls }
    client.receive(flight.subarray(at, at + Math.min(chunk, 4096)))
    at += Math.min(chunk, 4096)
    if (at < flight.length) continue
    next++
    at = 0
  }
}

function mutate(flight: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = flight.slice()
  for (let times = 1 + random.below(3); times > 0; times--) bytes = mutateOnce(bytes, random)
  return bytes
}

function mutateOnce(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return bytes
  const at = random.below(bytes.length)
  const length = Math.min(1 + random.below(40), bytes.length - at)
  switch (random.below(7)) {
    case 0:
      bytes[at] ^= 1 << random.below(8)
      return bytes
    case 1:
      bytes[at] = EDGES[random.below(EDGES.length)]
      return bytes
    case 2:
      return bytes.slice(0, at)
    case 3:
      return join(bytes.subarray(0, at), bytes.subarray(at + length))
    case 4:
      return join(bytes.subarray(0, at + length), bytes.subarray(at))
    case 5:
      random.fill(bytes.subarray(at, at + length))
      return bytes
    default:
      // Headers stand at the beginning, and lengths in them.
      bytes[random.below(Math.min(bytes.length, 16))] = random.below(256)
      return bytes
  }
}

const EDGES = new Uint8Array([0, 1, 0x7f, 0x80, 0xff])

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, i) => byte === bytes[i])
}
