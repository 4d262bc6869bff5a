/** What only C can do on ESP32: a clock that never jumps, the system's time, random bytes, identity, chip, memory. */
import type { MonotonicMs, UnixMs } from '../../core/time'

/** Milliseconds, with fractions, since the start (esp_timer: 64 bits of microseconds). */
export function monotonicMs(): MonotonicMs {
  return native('xs_host_monotonicMs').call(undefined)
}

/** To the microsecond: the SDK's own Time.set knows only whole seconds. */
export function setSystemTime(utc: UnixMs): void {
  native('xs_host_setSystemTime').call(undefined, utc)
}

/** True random bytes: the radio's noise, or the ADC's before there is a radio (ESP-IDF, Random Number Generation). */
export function fillRandom(bytes: Uint8Array): void {
  native('xs_host_fillRandom').call(undefined, bytes)
}

/** The base MAC address burnt into the chip, as 12 hexadecimal digits. */
export function deviceSerial(): string {
  return native('xs_host_deviceSerial').call(undefined)
}

/** The record in the partition `fctry`; undefined if there is nothing that could be one. */
export function factoryRecord(): Uint8Array | undefined {
  const record = native('xs_host_factoryRecord').call(undefined)
  return record && new Uint8Array(record)
}

/** ESP-IDF's name of the chip that this image was built for. */
export function chip(): string {
  return native('xs_host_chip').call(undefined)
}

/** What the heap outside of XS has left. */
export function freeMemoryBytes(): number {
  return native('xs_host_freeMemoryBytes').call(undefined)
}
