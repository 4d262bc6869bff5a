/** The faults of a life: each kind as what it does to the world, and a plan of them drawn from a seed. */
import { cancel } from './agenda'
import { startSecondMaster } from './modbus/second-master'
import { type Random, random as seeded } from './random'
import { drawSame, drawStranger } from './site/fleet'
import type { DeviceImage } from './site/image'
import type { SimulatedMeter } from './site/meter'
import { MINUTE, type World } from './world'

/** Begins the fault; answers what ends it. Some are over at once. */
type Begin = (world: World, random: Random) => () => void

const GARBAGE = [
  Uint8Array.of(0x00, 0x00),
  Uint8Array.of(0x40, 0x02, 0xff, 0xfe),
  Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0xf0, 0x00),
]
/** Of a CONNACK that refuses: wrong password, not authorised, unavailable, busy, banned. */
const REFUSALS = [0x86, 0x87, 0x88, 0x89, 0x8a]
/** Of a DISCONNECT: shutting down, keep alive timeout, taken over, administrative action. */
const TAKEN_OVER = 0x8e
const DISCONNECTS = [0x8b, 0x8d, TAKEN_OVER, 0x98]

const SECOND = 1000
/**
 * From when the line is itself again: the last reply comes 8 s late, the dongle expects one for 10 s, and begins its rounds
 * too early until it has unlearnt how long they took.
 */
const LAST_LATE_MS = 40 * SECOND
/** Nobody is faster in putting another device in the place of one. */
const MIN_SWAP_MS = 30 * SECOND
const MAX_SWAP_MS = 60 * SECOND

const KINDS = {
  'Wi-Fi lost': ({ conditions, dongle }, random) => {
    conditions.wifi = random.chance(0.7) ? 'gone' : 'silent'
    dongle.network?.beaconsLost()
    return () => (conditions.wifi = 'there')
  },
  'packets lost': ({ conditions }) => {
    conditions.uplink = false
    return () => (conditions.uplink = true)
  },
  'no DNS': ({ conditions, broker }, random) => {
    conditions.dns = random.chance(0.5) ? 'refuses' : 'silent'
    if (random.chance(0.5)) broker.stop({ keepSessions: true, politely: true })
    return () => (conditions.dns = 'answers')
  },
  'broker restarted': (world, random) => brokerDown(world, random, true),
  'broker restarted without sessions': (world, random) => brokerDown(world, random, false),
  'half open': ({ dongle }) => {
    dongle.network?.severStreams()
    return () => {}
  },
  'slow acknowledgements': ({ conditions, broker }, random) => {
    const usual = conditions.broker.acknowledgeMs
    const min = random.next() * 4000
    conditions.broker.acknowledgeMs = [min, min + random.next() * 12_000]
    return () => {
      conditions.broker.acknowledgeMs = usual
      broker.acknowledgeAll()
    }
  },
  'credentials refused': ({ conditions, broker }, random) => {
    conditions.broker.connackReason = REFUSALS[random.below(REFUSALS.length)]
    broker.stop({ keepSessions: true, politely: true })
    return () => (conditions.broker.connackReason = 0)
  },
  'credentials rotated': (world) => world.rotate(),
  'broker disconnects': ({ broker, observer, utc }, random) => {
    const reason = DISCONNECTS[random.below(DISCONNECTS.length)]
    if (reason === TAKEN_OVER) observer.continuity.takenOver(utc)
    broker.disconnect(reason)
    return () => {}
  },
  'broker sends garbage': ({ broker }, random) => {
    broker.sendGarbage(GARBAGE[random.below(GARBAGE.length)])
    return () => {}
  },
  'bus noise': ({ conditions }, random) => {
    conditions.noise = 0.02 + 0.6 * random.next()
    return () => (conditions.noise = 0)
  },
  'meter faulty': ({ conditions, site }, random) => {
    const meter = conditions.meters.get(site.meters[random.below(site.meters.length)].unit)!
    meter.fault = (['dead', 'dead', 'wrong unit', 'bad crc', 'exception'] as const)[random.below(5)]
    return () => (meter.fault = undefined)
  },
  'meter slow': ({ conditions, site }, random) => {
    const meter = conditions.meters.get(site.meters[random.below(site.meters.length)].unit)!
    const usual = meter.latencyMs
    meter.latencyMs = [40, 100 + 1300 * random.next()]
    return () => (meter.latencyMs = usual)
  },
  'BMS restarts': (world) => {
    // Its own draws: those of other faults stay as they are.
    const random = seeded(Math.floor(world.agenda.now))
    const bms = drawMeter(world, random, ({ parts }) => parts.includes('battery'))
    if (!bms) return () => {}
    bms.restart(random.chance(0.5) ? 'zeros' : 'zeros but for its voltage', world.utc)
    // It is up after a minute at most, however long the fault lasts.
    const isUp = () => bms.restart('over', world.utc)
    world.agenda.after(4000 + 56_000 * random.next(), isUp)
    return isUp
  },
  'register wrap': (world) => {
    // Of the hand-written one, whose powers are known to the digit.
    const bms = world.site.meters.find(
      ({ image }) => image?.model === 'pace-modbus' && image.addresses.length === 0,
    )
    const second = () => Math.floor(world.utc / 1000)
    const end = bms?.surge(second(), 60 + (Math.floor(world.agenda.now) % 60))
    return () => end?.(second())
  },
  'second master': (world, random) => {
    const { agenda, dongle, site } = world
    const stop = startSecondMaster({
      agenda,
      random,
      line: () => dongle.line,
      units: site.meters.map(({ unit }) => unit),
      addressesOf: (unit) => site.meters.find((one) => one.unit === unit)?.image?.addresses ?? [],
    })
    return () => {
      stop()
      world.injectFault('second master gone', LAST_LATE_MS, () => () => {})
    }
  },
  'late or doubled replies': (world, random) => {
    const { conditions } = world
    const usual = conditions.gateway
    conditions.gateway = {
      late: 0.3 * random.next(),
      maxLateMs: 8000,
      double: 0.3 * random.next(),
      maxDoubleMs: 1500,
    }
    return () => {
      conditions.gateway = usual
      // Until the last of them has come, and the dongle has done with waiting for it.
      world.injectFault('late replies', LAST_LATE_MS, () => () => {})
    }
  },
  'ratio changed': (world, random) => {
    const { conditions, agenda } = world
    const meter = drawMeter(world, random, (image) => !image.scaleMoves && image.scales.length > 0)
    if (!meter?.image) return () => {}
    const { scales } = meter.image
    const scale = scales[random.below(scales.length)]
    const change = () => meter.setScale(scale, world.utc)
    // Set anew while it is on; off for a moment; or off, and another one in its place.
    const how = random.below(3)
    if (how === 0) {
      change()
      return () => {}
    }
    const power = conditions.meters.get(meter.unit)!
    power.fault = 'dead'
    const isBack = () => {
      change()
      power.fault = undefined
    }
    if (how === 2) return isBack
    agenda.after(1000 * random.next(), isBack)
    return () => {}
  },
  'scale factor moves': (world, random) => {
    const device = drawMeter(world, random, ({ scaleMoves }) => scaleMoves)
    let moves = device !== undefined
    const move = () => {
      if (!moves) return
      const scales = device?.image?.scaleMoves ? device.image.scales : []
      if (scales.length > 0) device?.setScale(scales[random.below(scales.length)], world.utc)
      world.agenda.after(SECOND + 2 * SECOND * random.next(), move)
    }
    move()
    return () => (moves = false)
  },
  'device swapped': (world, random) => {
    const meter = drawMeter(world, random, ({ addresses }) => addresses.length > 0)
    const old = meter?.image
    if (!meter || !old) return () => {}
    const put = (image: DeviceImage | undefined) => meter.replace(image, world.utc)
    const swapMs = () => MIN_SWAP_MS + random.next() * (MAX_SWAP_MS - MIN_SWAP_MS)
    const other = random.chance(0.7) ? drawStranger(old, random) : drawSame(old, random)
    put(undefined)
    const planned = world.agenda.after(swapMs(), () => put(other))
    return () => {
      cancel(planned)
      put(undefined)
      // The old one is put back, which takes its time as well.
      world.injectFault('device swapped back', swapMs(), () => () => put(old))
    }
  },
  'line unplugged': ({ conditions, dongle }) => {
    conditions.line = false
    dongle.line?.unplug()
    return () => (conditions.line = true)
  },
  'time server wrong': ({ conditions }, random) => {
    const server = conditions.timeServers[random.below(conditions.timeServers.length)]
    const size = 10 ** (2 + 8 * random.next())
    server.offsetMs = random.chance(0.5) ? size : -size
    if (random.chance(0.2))
      server.kind = (['unsynchronised', 'garbage', 'rate'] as const)[random.below(3)]
    return () => {
      server.offsetMs = 0
      server.kind = 'answers'
    }
  },
  'time servers silent': ({ conditions }) => {
    for (const server of conditions.timeServers) server.kind = 'silent'
    return () => {
      for (const server of conditions.timeServers) server.kind = 'answers'
    }
  },
  'time servers off': ({ conditions }, random) => {
    for (const server of conditions.timeServers) server.untoldMs = 180 * random.next() - 90
    return () => {
      for (const server of conditions.timeServers) server.untoldMs = 0
    }
  },
  'slow one way': ({ conditions }, random) => {
    for (const server of conditions.timeServers) {
      const slowMs = 10 ** (1 + 1.6 * random.next())
      server.slowMs = random.chance(0.5) ? [slowMs, 0] : [0, slowMs]
    }
    return () => {
      for (const server of conditions.timeServers) server.slowMs = [0, 0]
    }
  },
  'power cut': ({ dongle }) => {
    dongle.powerOff()
    return () => dongle.powerOn()
  },
} satisfies Record<string, Begin>

export type FaultKind = keyof typeof KINDS
export const FAULT_KINDS = Object.keys(KINDS) as FaultKind[]

/** Two of these at once would leave no majority of right time servers. */
const CLOCK_FAULTS: readonly FaultKind[] = ['time server wrong', 'time servers silent']

/** The last reply that is late comes so much later, and its length is not asked for until then (modbus/late.ts). */
const LINGERS_MS: { readonly [Kind in FaultKind]?: number } = { 'late or doubled replies': 10_000 }

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
      ),
    )
}

const MEAN_GAP_MS = 6 * MINUTE
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
    if (gapMs) faults.push(...draw(seeded(seed ^ kind.length), durationMs, [kind], gapMs))
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

/** One of the meters whose device is of that kind; undefined if there is none. */
function drawMeter(
  { site }: World,
  random: Random,
  isOfKind: (image: DeviceImage) => boolean,
): SimulatedMeter | undefined {
  const meters = site.meters.filter(({ image }) => image && isOfKind(image))
  return meters[random.below(meters.length)]
}

function brokerDown(
  { conditions, broker }: World,
  random: Random,
  keepSessions: boolean,
): () => void {
  conditions.broker.listening = random.chance(0.7) ? 'refused' : 'silent'
  broker.stop({ keepSessions, politely: random.chance(0.6) })
  if (random.chance(0.3))
    conditions.broker.receiveMaximum = random.chance(0.5) ? 1 : 1 + random.below(20)
  else conditions.broker.receiveMaximum = undefined
  return () => (conditions.broker.listening = 'yes')
}
