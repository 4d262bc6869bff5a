import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { isEncodable, MAX_SAMPLE_BYTES, putSample, round } from '../../firmware/telemetry/message'

const at = 1744858463_999 as UnixMs

function encode(powerW: number, stateOfChargeWh = Number.NaN, time = at): string {
  const bytes = new Uint8Array(MAX_SAMPLE_BYTES)
  const end = putSample(bytes, 0, powerW, stateOfChargeWh, time)
  return String.fromCharCode(...bytes.subarray(0, end))
}

describe('a sample', () => {
  test('is what the platform shows, without spaces and with whole seconds that are over', () => {
    expect(encode(-2500, 8150)).toBe('{"value":-2500,"soc":8150,"time":1744858463}')
  })
  test('has no soc if the resource has none', () => {
    expect(encode(0)).toBe('{"value":0,"time":1744858463}')
  })
  test('is an empty battery, not a battery without a reading', () => {
    expect(encode(-0.2, 0)).toBe('{"value":0,"soc":0,"time":1744858463}')
  })
  test('fits its room at its largest', () => {
    const text = encode(-(2 ** 31 - 1), -(2 ** 31 - 1), 4102444800_000 as UnixMs)
    expect(text.length).toBeLessThanOrEqual(MAX_SAMPLE_BYTES)
    expect(JSON.parse(text)).toEqual({ value: -2147483647, soc: -2147483647, time: 4102444800 })
  })
})

describe('rounding', () => {
  test.each([
    [0.5, 1],
    [-0.5, -1],
    [2.5, 3],
    [-2.5, -3],
    [1.4999, 1],
    [-1.4999, -1],
  ])('%d is %d', (value, whole) => {
    expect(round(value)).toBe(whole)
  })
  test('never gives -0', () => {
    expect(Object.is(round(-0.4), 0)).toBe(true)
  })
})

describe('a value that is no number or too large is not encodable', () => {
  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [2 ** 31], [-(2 ** 31)]])('%d', (value) => {
    expect(isEncodable(value, undefined)).toBe(false)
    expect(isEncodable(0, value)).toBe(false)
  })
  test('nor is a negative state of charge', () => {
    expect(isEncodable(0, -1)).toBe(false)
    expect(isEncodable(0, -0)).toBe(true)
  })
})
