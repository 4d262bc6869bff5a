/**
 * What the factory stores once, before anybody owns the device: the serial number on its label and the secret in the
 * label's code. It is no part of the settings: the firmware never writes it, and a reset keeps it.
 */
import { readUtf8, utf8 } from '../core/bytes'
import { seal, unseal } from '../core/sealed'
import type { Store } from '../ports/store'
import { describeFound } from './found'

export interface FactoryData {
  /** 1 to 15 letters and digits: behind `wattbeat` it makes the MQTT client id, which has at most 23. */
  serial: string
  /** 128 random bits that only this device and its label know. Never logged, printed or returned. */
  labelSecret: Uint8Array
}

const NAME = 'factory'
const VERSION = 1
const SECRET_BYTES = 16

/** Undefined if the factory stored nothing or the record is not whole: then the chip's own number is the serial. */
export function readFactoryData(store: Store): FactoryData | undefined {
  const bytes = store.read(NAME)
  const record = bytes && unseal(bytes)
  if (record?.version !== VERSION) return undefined
  const serial = readUtf8(record.payload, SECRET_BYTES)
  if (serial === undefined || !isSerial(serial)) return undefined
  return { serial, labelSecret: record.payload.slice(0, SECRET_BYTES) }
}

/** The blob for NVS, namespace `wattbeat`, key `factory`. Throws if a field is not valid. For the factory's tools. */
export function sealFactoryData({ serial, labelSecret }: FactoryData): Uint8Array {
  if (!isSerial(serial))
    throw new RangeError(
      `serial: expected 1 to 15 letters and digits, found ${describeFound(serial)}`,
    )
  if (labelSecret.length !== SECRET_BYTES)
    throw new RangeError(
      `labelSecret: expected ${SECRET_BYTES} bytes, found ${labelSecret.length} bytes`,
    )
  const payload = new Uint8Array(SECRET_BYTES + serial.length)
  payload.set(labelSecret)
  payload.set(utf8(serial), SECRET_BYTES)
  return seal({ version: VERSION, sequence: 0, payload })
}

function isSerial(text: string): boolean {
  return /^[0-9A-Za-z]{1,15}$/.test(text)
}
