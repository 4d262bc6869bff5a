/** The power that a device can show at all: what is above it is no reading. docs/devices.md, "What is no reading". */
import type { DeviceConfig } from '../config'
import type { Device, Flow } from '../model'

/** A fuse carries 1.45 times its rating for an hour (IEC 60898-1), an inverter or a BMS twice its rating for seconds. */
const OVERLOAD = 2
/** The largest transformer that makes low voltage has 3.15 MVA (EN 50588-1). */
const CONNECTION_W = 4_000_000
/** The largest battery or inverter on one line: a hundred times that of a house. */
const RESOURCE_W = 1_000_000

/** W. `ratedW` of the installer counts what flows, that of the catalogue what the device measures. */
export function limitOf(device: Device, flow: Flow, config: DeviceConfig): number {
  const { ratedW, ctRatio = 1 } = config
  if (ratedW !== undefined) return OVERLOAD * ratedW
  const isConnection = flow === device.power
  // The rating of an inverter or a battery says nothing of the grid behind it.
  if (device.ratedW !== undefined && isConnection === (device.kind === 'meter'))
    return OVERLOAD * device.ratedW * Math.max(1, ctRatio)
  return isConnection || device.kind === 'sunspec' ? CONNECTION_W : RESOURCE_W
}
