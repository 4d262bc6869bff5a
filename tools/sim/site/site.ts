/** A site: its dongle's settings, the meters on its line, and what its streams have to show. */
import type { Settings } from '../../../firmware/settings/schema'
import { SimulatedMeter } from './meter'
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

export interface StreamPart {
  meter: SimulatedMeter
  factor: number
}

/** What of the settings names streams. */
interface StreamDevices {
  site: string
  devices: readonly { role: string; resource?: string; ctRatio?: number; inverted?: boolean }[]
}

/** The meters of `devices`. Throws a RangeError for a model that is not simulated. */
export function metersOf(
  devices: readonly { model: string; unit: number }[],
  signalOf: (unit: number) => Signal,
): SimulatedMeter[] {
  return devices.map(({ model, unit }) => {
    if (!isSimulated(model)) throw new RangeError(`there is no simulated ${model}`)
    return new SimulatedMeter({ model, unit, signal: signalOf(unit) })
  })
}

/** `meters` in the order of the devices that they are. */
export function streamsOf(
  { site, devices }: StreamDevices,
  meters: readonly SimulatedMeter[],
): Streams {
  const streams: Streams = new Map()
  devices.forEach(({ role, resource, ctRatio = 1, inverted = false }, i) => {
    const topic = role === 'site' ? `site/${site}/data` : `resource/${resource}/data`
    const factor = ctRatio * (inverted ? -1 : 1)
    streams.set(topic, [...(streams.get(topic) ?? []), { meter: meters[i], factor }])
  })
  return streams
}
