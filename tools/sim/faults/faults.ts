/** The faults of a life: a plan of them drawn from a seed, and how it is played. */
import type { Wing } from '../observer/reasons'
import { type Random, random as seeded } from '../random'
import { HOUR, MINUTE, type World } from '../world'
import type { Begin } from './begin'
import { BOARD_FAULTS } from './board'
import { BROKER_FAULTS } from './broker'
import { LINE_FAULTS } from './line'
import { NETWORK_FAULTS } from './network'
import { TIME_FAULTS } from './time'

const SECOND = 1000
const KINDS = {
  ...NETWORK_FAULTS,
  ...BROKER_FAULTS,
  ...LINE_FAULTS,
  ...TIME_FAULTS,
  ...BOARD_FAULTS,
} satisfies Record<string, Begin>

export type FaultKind = keyof typeof KINDS
export const FAULT_KINDS = Object.keys(KINDS) as FaultKind[]

const WINGS: readonly (readonly [Wing, Record<string, Begin>])[] = [
  ['network', NETWORK_FAULTS],
  ['broker', BROKER_FAULTS],
  ['line', LINE_FAULTS],
  ['time', TIME_FAULTS],
  ['board', BOARD_FAULTS],
]

/** For the observer, to hold a reason against. */
function wingOf(kind: FaultKind): Wing | undefined {
  return WINGS.find(([, kinds]) => kind in kinds)?.[0]
}

/** Two of these at once would leave no majority of right time servers. */
const CLOCK_FAULTS: readonly FaultKind[] = ['time server wrong', 'time servers silent']

/** Kinds that last for hours and days are drawn in lives that are long enough for them. */
const LONG_MS: { readonly [Kind in FaultKind]?: readonly [least: number, most: number] } = {
  'long outage': [HOUR, 30 * HOUR],
}
const MIN_LONG_LIFE_MS = 24 * HOUR

/** How long what a fault did goes on after its end. */
const LINGERS_MS: { readonly [Kind in FaultKind]?: number } = {
  // The last late reply comes so much later, and its length is not asked for until then (modbus/late.ts).
  'late or doubled replies': 10_000,
  // What was lost last is sent again so much later, and all that was sent since waits for it.
  'some packets lost': 8000,
  'long way': 1000,
}

export interface Fault {
  kind: FaultKind
  atMs: number
  lastsMs: number
}

export function plan(world: World, faults: readonly Fault[]): void {
  for (const { kind, atMs, lastsMs } of faults)
    world.agenda.at(atMs, () =>
      world.injectFault(
        kind,
        lastsMs,
        () => (KINDS[kind] as Begin)(world, world.faultRandom),
        LINGERS_MS[kind],
        wingOf(kind),
      ),
    )
}

const MEAN_GAP_MS = 6 * MINUTE
/** So many kinds are drawn so that a life has healthy stretches still. */
const RARELY_MS = 240 * MINUTE
/** Kinds that are drawn each by itself, so that no other is drawn otherwise for the same seed; how far apart. */
const APART: { readonly [Kind in FaultKind]?: number } = {
  'BMS restarts': 20 * MINUTE,
  'register wrap': 30 * MINUTE,
  'second master': 20 * MINUTE,
  'late or doubled replies': 20 * MINUTE,
  'ratio changed': 20 * MINUTE,
  'scale factor moves': 20 * MINUTE,
  'device swapped': 40 * MINUTE,
  'time servers off': 20 * MINUTE,
  'slow one way': 20 * MINUTE,
  'long outage': 40 * HOUR,
  'address changed': 40 * MINUTE,
  'some packets lost': RARELY_MS,
  'long way': RARELY_MS,
  'large packets swallowed': RARELY_MS,
  'captive portal': RARELY_MS,
  'poisoned DNS': RARELY_MS,
  'TLS fails': RARELY_MS,
  'time servers poisoned': RARELY_MS,
  'certificate expires': RARELY_MS,
  'messages refused': RARELY_MS,
  'no CONNACK': RARELY_MS,
  'other limits': RARELY_MS,
  'another client with our id': 6 * 60 * MINUTE,
  'another server': RARELY_MS,
  'flash full': RARELY_MS,
  'flash unreadable': RARELY_MS,
  'bit flipped': RARELY_MS,
  'heap near its end': RARELY_MS,
  'machine stalls': RARELY_MS,
  'brown-outs': RARELY_MS,
  'settings damaged': 6 * 60 * MINUTE,
}
const MAX_LASTS_MS = 8 * MINUTE

/** Faults over `durationMs`, the last of which leaves time to recover. One of a kind at a time, kinds overlap. */
export function drawFaults(seed: number, durationMs: number, kinds = FAULT_KINDS): Fault[] {
  const faults = draw(
    seeded(seed),
    durationMs,
    kinds.filter((kind) => !APART[kind]),
    MEAN_GAP_MS,
  )
  for (const kind of kinds) {
    const gapMs = APART[kind]
    if (LONG_MS[kind])
      faults.push(...drawLong(seed ^ hash(kind), durationMs, kind, gapMs as number))
    else if (gapMs) faults.push(...draw(seeded(seed ^ hash(kind)), durationMs, [kind], gapMs))
  }
  return faults
}

function draw(
  random: Random,
  durationMs: number,
  kinds: readonly FaultKind[],
  meanGapMs: number,
): Fault[] {
  const faults: Fault[] = []
  if (kinds.length === 0) return faults
  const freeAt = new Map<FaultKind, number>()
  let atMs = random.chance(0.3) ? 0 : 3 * MINUTE
  for (;;) {
    // Now and then several come together.
    atMs += random.chance(0.2)
      ? 20 * SECOND * random.next()
      : -Math.log(1 - random.next()) * meanGapMs
    if (atMs > durationMs - 15 * MINUTE) return faults
    const kind = kinds[random.below(kinds.length)]
    const lastsMs = Math.min(MAX_LASTS_MS, SECOND * 10 ** (2.9 * random.next()))
    if ((freeAt.get(kind) ?? 0) > atMs) continue
    for (const same of CLOCK_FAULTS.includes(kind) ? CLOCK_FAULTS : [kind])
      freeAt.set(same, atMs + lastsMs + SECOND)
    faults.push({ kind, atMs, lastsMs })
  }
}

/** Of one kind, each over in time to see the recovery from it. */
function drawLong(seed: number, durationMs: number, kind: FaultKind, gapMs: number): Fault[] {
  const random = seeded(seed)
  const [leastMs, mostMs] = LONG_MS[kind]!
  const faults: Fault[] = []
  if (durationMs < MIN_LONG_LIFE_MS) return faults
  let atMs = HOUR
  for (;;) {
    atMs += -Math.log(1 - random.next()) * gapMs
    const lastsMs = leastMs * (mostMs / leastMs) ** random.next()
    if (atMs + lastsMs > durationMs - HOUR) return faults
    faults.push({ kind, atMs, lastsMs })
    atMs += lastsMs
  }
}

/** FNV-1a, 32 bits: kinds that are drawn apart have nothing in common. */
function hash(text: string): number {
  let hashed = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hashed = Math.imul(hashed ^ text.charCodeAt(i), 0x01000193)
  return hashed
}
