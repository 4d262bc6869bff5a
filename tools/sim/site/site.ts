/** A site: its dongle's settings, the meters on its line, and what its streams have to show. */
import { AUTO } from '../../../firmware/devices/config'
import type { Settings } from '../../../firmware/settings/schema'
import { HandWrittenImage } from './hand-written'
import type { DeviceImage, Part } from './image'
import { type Asked, SimulatedMeter } from './meter'
import { isSimulated } from './registers'
import type { Signal } from './signal'

export interface Site {
  settings: Settings
  meters: SimulatedMeter[]
  serial: string
  streams: Streams
}

/** By topic: a stream's value has to be the sum of its meters', each times its factor. */
export type Streams = Map<string, StreamPart[]>

export interface StreamPart extends Asked {
  meter: SimulatedMeter
  factor: number
}

/** What of the settings names streams. */
interface StreamDevices {
  site: string
  devices: readonly {
    model: string
    unit: number
    role: string
    resource?: string
    part?: Part
    phases?: readonly number[]
    ctRatio?: number
    inverted?: boolean
    direction?: string
  }[]
}

/** The meters of `devices`: one for each unit, which may be named more than once. */
export function metersOf(
  devices: readonly { model: string; unit: number }[],
  signalOf: (unit: number) => Signal,
  imageOf: (model: string) => DeviceImage = handWritten,
): SimulatedMeter[] {
  return devices
    .filter(({ unit }, i) => devices.findIndex((one) => one.unit === unit) === i)
    .map(({ model, unit }) => {
      return new SimulatedMeter({ image: imageOf(model), unit, signal: signalOf(unit) })
    })
}

/** Throws a RangeError for a model that nobody has written out. */
function handWritten(model: string): DeviceImage {
  if (!isSimulated(model)) throw new RangeError(`there is no simulated ${model}`)
  return new HandWrittenImage(model)
}

/** `meters`: one for each unit of the devices. */
export function streamsOf(
  { site, devices }: StreamDevices,
  meters: readonly SimulatedMeter[],
): Streams {
  const streams: Streams = new Map()
  for (const device of devices) {
    const { model, unit, role, resource, phases, ctRatio = 1, inverted, direction } = device
    const topic = role === 'site' ? `site/${site}/data` : `resource/${resource}/data`
    const meter = meters.find((one) => one.unit === unit)
    if (!meter) throw new RangeError(`there is no meter at unit ${unit}`)
    const part = role === 'site' ? 'power' : device.part
    const factor = ctRatio * (inverted ? -1 : 1) * (direction === 'export' ? -1 : 1)
    streams.set(topic, [...(streams.get(topic) ?? []), { meter, factor, model, part, phases }])
  }
  return streams
}

/** Whether every model is named, so that a stream has to come; a device that identifies itself may not be known. */
export function isNamed(parts: readonly StreamPart[]): boolean {
  return parts.every(({ model }) => model !== AUTO)
}
