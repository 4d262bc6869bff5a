/** Samples -> the platform's JSON, in ASCII bytes. spec/streaming-data.txt, "Structure" and "Multiple messages at once". */
import { utf8 } from '../core/bytes'
import type { UnixMs } from '../core/time'

export interface Sample {
  /** Consumption and import positive, generation and injection negative. */
  powerW: number
  stateOfChargeWh: number | undefined
  /** The middle of the measurement. */
  at: UnixMs
}

/** A JSON integer is exact up to here everywhere; no site comes near. */
const MOST = 2 ** 31 - 1

const VALUE = utf8('{"value":')
const SOC = utf8(',"soc":')
const TIME = utf8(',"time":')

/** {"value":-2147483647,"soc":2147483647,"time":1234567890123}, and a comma. */
export const MOST_SAMPLE_BYTES = 64

/** Whether the sample can be said at all: non-finite or absurd values are "no reading", never a message. */
export function sayable(powerW: number, stateOfChargeWh = 0): boolean {
  return Math.abs(powerW) <= MOST && stateOfChargeWh >= 0 && stateOfChargeWh <= MOST
}

/** Half away from zero: the one rounding there is. Never -0, which JSON would show. */
export function round(value: number): number {
  return value < 0 ? 0 - Math.floor(0.5 - value) : Math.floor(value + 0.5)
}

/**
 * Writes one object at `at`, compact, and returns where it ends.
 * `bytes` must have room for MOST_SAMPLE_BYTES; the sample must be `sayable`.
 */
export function putSample(bytes: Uint8Array, at: number, sample: Sample): number {
  at = put(bytes, at, VALUE)
  at = putInteger(bytes, at, round(sample.powerW))
  if (sample.stateOfChargeWh !== undefined) {
    at = put(bytes, at, SOC)
    at = putInteger(bytes, at, round(sample.stateOfChargeWh))
  }
  at = put(bytes, at, TIME)
  // Seconds that are over, not the nearest: a time in the future would be a lie.
  at = putInteger(bytes, at, Math.floor(sample.at / 1000))
  bytes[at++] = 0x7d // }
  return at
}

function put(bytes: Uint8Array, at: number, text: Uint8Array): number {
  bytes.set(text, at)
  return at + text.length
}

function putInteger(bytes: Uint8Array, at: number, value: number): number {
  if (value < 0) {
    bytes[at++] = 0x2d // -
    value = -value
  }
  let digits = 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++
  for (let i = at + digits - 1; i >= at; i--) {
    bytes[i] = 0x30 + (value % 10)
    value = Math.floor(value / 10)
  }
  return at + digits
}
