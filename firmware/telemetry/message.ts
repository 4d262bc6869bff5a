/** Samples -> the platform's JSON, in ASCII bytes. docs/platform.md, "Topics and messages". */
import { utf8 } from '../core/bytes'
import type { UnixMs } from '../core/time'

/** Every JSON reader takes an integer of this size exactly; no site comes near. */
const MAX_VALUE = 2 ** 31 - 1

const VALUE = utf8('{"value":')
const SOC = utf8(',"soc":')
const TIME = utf8(',"time":')

/** Of the time, from 2001 to 2286. */
const SECONDS_DIGITS = 10

/** {"value":-2147483647,"soc":2147483647,"time":1234567890123}, and a comma. */
export const MAX_SAMPLE_BYTES = 64

/** Non-finite and absurd values are no reading, and never a message. */
export function isEncodable(powerW: number, stateOfChargeWh = 0): boolean {
  return Math.abs(powerW) <= MAX_VALUE && stateOfChargeWh >= 0 && stateOfChargeWh <= MAX_VALUE
}

/** Half away from zero: the one rounding there is. Never -0, which JSON would show. */
export function round(value: number): number {
  return value < 0 ? 0 - Math.floor(0.5 - value) : Math.floor(value + 0.5)
}

/**
 * Writes one object at `at`, compact, and returns where it ends. `powerW`: consumption and import positive, generation and
 * injection negative; `stateOfChargeWh`: NaN if there is none; `time`: the middle of the measurement. `bytes` has room for
 * MAX_SAMPLE_BYTES; the sample is encodable.
 */
export function putSample(
  bytes: Uint8Array,
  at: number,
  powerW: number,
  stateOfChargeWh: number,
  time: UnixMs,
): number {
  at = put(bytes, at, VALUE)
  at = putInteger(bytes, at, round(powerW))
  if (!Number.isNaN(stateOfChargeWh)) {
    at = put(bytes, at, SOC)
    at = putInteger(bytes, at, round(stateOfChargeWh))
  }
  at = put(bytes, at, TIME)
  // Rounded down: the nearest second may still be to come.
  at = putDigits(bytes, at, (time / 1000) >>> 0, SECONDS_DIGITS)
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
  for (let power = 10; power <= value; power *= 10) digits++
  return putDigits(bytes, at, value, digits)
}

/** `value` is below 2^32, as values and, until 2106, seconds are: `>>>` takes the fraction off. */
function putDigits(bytes: Uint8Array, at: number, value: number, digits: number): number {
  const end = at + digits
  for (let i = end; i > at; value = (value / 10) >>> 0) bytes[--i] = 0x30 + (value % 10)
  return end
}
