/**
 * What the factory stores once, before anybody owns the device: the serial number on its label and the secret in the
 * label's code. It is no part of the settings: the firmware never writes it, and a reset keeps it.
 */
import { readUtf8 } from '../core/bytes'
import { unseal } from '../core/sealed'
import type { Store } from '../ports/store'

export interface FactoryData {
  /** 1 to 15 letters and digits: behind `wattbeat` it makes the MQTT client id, which has at most 23. */
  serial: string
  /** 128 random bits that only this device and its label know. Never logged, printed or returned. */
  labelSecret: Uint8Array
}

const NAME = 'factory'
export const FACTORY_VERSION = 1
export const LABEL_SECRET_BYTES = 16

/**
 * Undefined if the factory stored nothing or the record is not whole or cannot be read: then the chip's own number is the
 * serial.
 */
export function readFactoryData(store: Store): FactoryData | undefined {
  const bytes = readBlob(store)
  const record = bytes && unseal(bytes)
  if (record?.version !== FACTORY_VERSION) return undefined
  const serial = readUtf8(record.payload, LABEL_SECRET_BYTES)
  if (serial === undefined || !isSerial(serial)) return undefined
  return { serial, labelSecret: record.payload.slice(0, LABEL_SECRET_BYTES) }
}

function readBlob(store: Store): Uint8Array | undefined {
  try {
    return store.read(NAME)
  } catch {
    return undefined
  }
}

export function isSerial(text: string): boolean {
  return /^[0-9A-Za-z]{1,15}$/.test(text)
}
