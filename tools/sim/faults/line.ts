/** Faults of the line and of the devices on it. */
import { cancel } from '../agenda'
import { startSecondMaster } from '../modbus/second-master'
import { type Random, random as seeded } from '../random'
import { drawSame, drawStranger } from '../site/fleet'
import type { DeviceImage } from '../site/image'
import type { SimulatedMeter } from '../site/meter'
import type { World } from '../world'
import type { Begin } from './begin'

const SECOND = 1000
/**
 * From when the line is itself again: the last reply comes 8 s late, the dongle expects one for 10 s, and begins its rounds
 * too early until it has unlearnt how long they took.
 */
const LAST_LATE_MS = 40 * SECOND
/** Nobody is faster in putting another device in the place of one. */
const MIN_SWAP_MS = 30 * SECOND
const MAX_SWAP_MS = 60 * SECOND

export const LINE_FAULTS = {
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
      world.injectFault('second master gone', LAST_LATE_MS, () => () => {}, 0, 'line')
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
      world.injectFault('late replies', LAST_LATE_MS, () => () => {}, 0, 'line')
    }
  },
  'ratio changed': (world, random) => {
    const { conditions, agenda } = world
    const meter = drawMeter(world, random, (image) => !image.scaleMoves && image.scales.length > 0)
    if (!meter?.image) return () => {}
    const { scales } = meter.image
    const scale = scales[random.below(scales.length)]
    // Another device may be there by then.
    const change = () => {
      if (meter.image?.scales.includes(scale)) meter.setScale(scale, world.utc)
    }
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
      world.injectFault('device swapped back', swapMs(), () => () => put(old), 0, 'line')
    }
  },
  'line unplugged': ({ conditions, dongle }) => {
    conditions.line = false
    dongle.line?.unplug()
    return () => (conditions.line = true)
  },
} satisfies Record<string, Begin>

/** One of the meters whose device is of that kind; undefined if there is none. */
function drawMeter(
  { site }: World,
  random: Random,
  isOfKind: (image: DeviceImage) => boolean,
): SimulatedMeter | undefined {
  const meters = site.meters.filter(({ image }) => image && isOfKind(image))
  return meters[random.below(meters.length)]
}
