/**
 * What the factory stores once, before anybody owns the device: the serial number on its label and the secret in the
 * label's code. It is no part of the settings: it has a partition of its own, which the firmware cannot write and neither
 * a reset nor a repair of the store touches.
 */
import { readUtf8 } from '../core/bytes'
import { unseal } from '../core/sealed'

export interface FactoryData {
  /** 1 to 15 letters and digits: behind `wattbeat` it makes the MQTT client id, which has at most 23. */
  serial: string
  /** 128 random bits that only this device and its label know. Never logged, printed or returned. */
  labelSecret: Uint8Array
}

export const FACTORY_VERSION = 1
export const LABEL_SECRET_BYTES = 16

/** Undefined if there is no record, or it is not whole: then the chip's own number is the serial. */
export function readFactoryData(bytes: Uint8Array | undefined): FactoryData | undefined {
  const record = bytes && unseal(bytes)
  if (record?.version !== FACTORY_VERSION) return undefined
  const serial = readUtf8(record.payload, LABEL_SECRET_BYTES)
  if (serial === undefined || !isSerial(serial)) return undefined
  return { serial, labelSecret: record.payload.slice(0, LABEL_SECRET_BYTES) }
}

export function isSerial(text: string): boolean {
  return /^[0-9A-Za-z]{1,15}$/.test(text)
}
