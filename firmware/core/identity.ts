/** What follows from a dongle's serial number and stays the same over its life: its client id, its phase. */

/** FNV-1a, 32 bits (draft-eastlake-fnv), over UTF-16 units. It spreads serial numbers; it hides nothing. */
function hash(text: string, basis = 0x811c9dc5): number {
  let value = basis
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}

const PREFIX = 'wattbeat'
/** Every broker must accept up to 23 letters and digits. MQTT 5.0, 3.1.3.1. */
const MAX_CHARACTERS = 23

/** A serial number that fits stands in the id as it is; any other is hashed to 62 bits. */
export function clientId(serial: string): string {
  if (PREFIX.length + serial.length <= MAX_CHARACTERS && /^[0-9a-zA-Z]+$/.test(serial)) {
    return PREFIX + serial
  }
  return (
    PREFIX +
    hash(serial).toString(36).padStart(7, '0') +
    hash(serial, 0x9747b28c).toString(36).padStart(7, '0')
  )
}

/** Where in its period this dongle's ticks fall, so that a fleet spreads its load. */
export function phaseMs(serial: string, periodMs: number): number {
  return hash(serial) % periodMs
}
