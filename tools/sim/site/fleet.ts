/** Every device that the catalogue knows, one at a time: what a seed puts on the line, and what else could be there. */
import { ENTRIES } from '../../../firmware/devices/catalogue/makers'
import { AUTO } from '../../../firmware/devices/config'
import { MAX_RESOURCES, type Settings } from '../../../firmware/settings/schema'
import { type Random, random as seeded } from '../random'
import { CatalogueImage } from './catalogue'
import { drawSite, uuid } from './drawn'
import type { DeviceImage, Part } from './image'
import { drawManner, type Manner } from './manner'
import { SimulatedMeter } from './meter'
import { RandomSignal } from './random-signal'
import { BATTERY } from './signal'
import { type Site, streamsOf } from './site'
import { SunSpecImage } from './sunspec'

type Device = Settings['devices'][number]

/** So many models are on the line of each seed, in turn: fifty seeds have them all. */
const MODELS_A_SEED = 2
const MAX_DEVICES = 16
const FIRST_UNIT = 50
const RESOURCE = 200

/** A site of drawSite() with the next models of the catalogue on its line. */
export function drawFleetSite(seed: number): Site {
  const random = seeded(seed ^ 0xf1ee7)
  const site = drawSite(seed)
  const added: Device[] = []
  const meters: SimulatedMeter[] = []
  for (let i = 0; i < MODELS_A_SEED; i++) {
    const unit = FIRST_UNIT + i
    const index = MODELS_A_SEED * seed + i
    const image = imageOf(index, mannerOf(index, random), random)
    meters.push(new SimulatedMeter({ unit, image, signal: new RandomSignal(seed, unit) }))
    added.push(...drawDevices(image, unit, random, (part) => uuid(seed, RESOURCE + 10 * i + part)))
  }
  const devices = makeRoom(site.settings.devices, added)
  const settings = { ...site.settings, devices: [...devices, ...added] }
  const all = [
    ...site.meters.filter(({ unit }) => devices.some((one) => one.unit === unit)),
    ...meters,
  ]
  return { ...site, settings, meters: all, streams: streamsOf(settings, all) }
}

/** A device that answers none of the registers of another: whoever takes it for that one reads nothing. */
export function drawStranger(of: DeviceImage, random: Random): DeviceImage | undefined {
  const manner = { absent: random.chance(0.7) ? 'exception' : 'silence', maxGap: 0 } as const
  for (let attempt = 0; attempt < ENTRIES.length; attempt++) {
    const image = imageOf(random.below(ENTRIES.length), manner, random)
    if (!of.addresses.some((address) => image.has(address))) return image
  }
  return undefined
}

/** The next one of the same model: a SunSpec device may have another map. */
export function drawSame({ model }: DeviceImage, random: Random): DeviceImage {
  const index = ENTRIES.findIndex(({ id }) => id === model)
  return imageOf(index, mannerOf(index, random), random)
}

/**
 * Two devices of the settings at one unit that is silent on what it does not have miss a tick now and then while each finds
 * that out (docs/modbus.md): a model of several parts is not silent here.
 */
function mannerOf(index: number, random: Random): Manner {
  const manner = drawManner(random)
  const { power, battery, pv } = ENTRIES[index % ENTRIES.length]
  const isOne = [power, battery, pv].filter((part) => part !== undefined).length === 1
  return manner.absent === 'silence' && !isOne ? { ...manner, absent: 'exception' } : manner
}

export function imageOf(index: number, manner: Manner, random: Random): DeviceImage {
  const entry = ENTRIES[index % ENTRIES.length]
  return entry.kind === 'sunspec'
    ? new SunSpecImage(manner, random)
    : new CatalogueImage(entry, manner, random)
}

/** As an installer would set it up: some of its parts, or the whole by its own word. */
function drawDevices(
  image: DeviceImage,
  unit: number,
  random: Random,
  resourceOf: (part: number) => string,
): Device[] {
  const { parts, needsCapacity } = image
  const first = random.below(parts.length)
  if (random.chance(image.identifies ? 0.4 : 0.1)) {
    const [part] = parts
    const capacityWh = part === 'battery' && needsCapacity ? { capacityWh: BATTERY.capacityWh } : {}
    const direction = image.isUnsigned && part === 'power' ? ({ direction: 'export' } as const) : {}
    return [
      { model: AUTO, unit, role: 'resource', resource: resourceOf(0), ...capacityWh, ...direction },
    ]
  }
  return parts
    .filter((_, i) => i === first || random.chance(0.5))
    .map((part) => drawDevice(image, unit, part, random, resourceOf(parts.indexOf(part))))
}

function drawDevice(
  image: DeviceImage,
  unit: number,
  part: Part,
  random: Random,
  resource: string,
): Device {
  const { model, parts, hasPhases, isUnsigned, needsCapacity } = image
  const mounting = {
    ...(random.chance(0.2) && { inverted: true }),
    ...(random.chance(0.2) && { ctRatio: 2 }),
  }
  if (part === 'battery')
    return {
      model,
      unit,
      role: 'resource',
      resource,
      part,
      ...(needsCapacity && { capacityWh: BATTERY.capacityWh }),
    }
  if (part === 'pv') return { model, unit, role: 'resource', resource, part, ...mounting }
  const phases = hasPhases && random.chance(0.3) ? { phases: [1, 3] as const } : {}
  const direction = isUnsigned
    ? ({ direction: random.chance(0.5) ? 'import' : 'export' } as const)
    : {}
  const flow = { ...mounting, ...phases, ...direction }
  // An inverter's grid meter is that of the site.
  if (parts.length > 1 || random.chance(0.2)) return { model, unit, role: 'site', ...flow }
  return { model, unit, role: 'resource', resource, ...flow }
}

/** Without as many of the panels as is needed for those that are added. */
function makeRoom(devices: readonly Device[], added: readonly Device[]): Device[] {
  const left = [...devices]
  const isTooMany = () =>
    left.length + added.length > MAX_DEVICES ||
    [...left, ...added].filter(({ role }) => role === 'resource').length > MAX_RESOURCES
  while (isTooMany()) {
    const last = left.map(({ model }) => model).lastIndexOf('eastron-sdm120')
    left.splice(last, 1)
  }
  return left
}
