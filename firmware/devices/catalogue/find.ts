/** The catalogue on the device: packed in flash, unpacked for the models that are in use. */
import type { Device } from '../model'
import { PACKED } from './packed'
import { unpackDevice, unpackIds } from './unpack'

/** The model with this id; undefined if the catalogue has none. */
export function findDevice(id: string): Device | undefined {
  return unpackDevice(PACKED, id)
}

/** The ids of all models. */
export function listDevices(): string[] {
  return unpackIds(PACKED)
}
