/**
 * The partition table as text -> values, and what is wrong with it: pure. ESP-IDF finds most of it too, but only where it is
 * installed, and not that two slots differ. ESP-IDF, Partition Tables.
 */
import { hex } from './parts'

export interface Partition {
  name: string
  type: string
  subtype: string
  offset: number
  size: number
}

/** Code is mapped by pages of 64 KB, data by sectors of 4 KB. */
const SLOT_ALIGNMENT = 0x10000
const SECTOR = 0x1000
/** The table takes this much from its offset on. */
const TABLE_BYTES = 0x1000
/** What a slot keeps free, so that the next version fits as well. */
const MIN_FREE_SHARE = 0.1

export function readPartitions(csv: string): Partition[] {
  const lines = csv.split('\n').map((line) => line.replace(/#.*/, '').trim())
  return lines.filter(Boolean).map((line) => {
    const [name, type, subtype, offset, size] = line.split(',').map((field) => field.trim())
    return { name, type, subtype, offset: bytesOf(offset), size: bytesOf(size) }
  })
}

/** Of the last partition, in bytes. */
export function endOf(table: readonly Partition[]): number {
  return Math.max(...table.map(({ offset, size }) => offset + size))
}

/** One line for each fault, with its numbers and what to do. */
export function wrongPartitions(
  table: readonly Partition[],
  tableOffset: number,
  flashBytes: number,
): string[] {
  const wrong: string[] = []
  let end = tableOffset + TABLE_BYTES
  let before = 'the table itself'
  for (const { name, type, offset, size } of table) {
    const alignment = type === 'app' ? SLOT_ALIGNMENT : SECTOR
    if (Number.isNaN(offset) || Number.isNaN(size) || size === 0)
      wrong.push(`${name}: offset and size are expected as numbers, K or M`)
    else if (offset % alignment !== 0 || size % SECTOR !== 0)
      wrong.push(
        `${name}: ${hex(offset)} of ${hex(size)} bytes: expected multiples of ${hex(alignment)}, and a size of ${hex(SECTOR)}`,
      )
    else if (offset < end)
      wrong.push(`${name}: begins at ${hex(offset)}, but ${before} ends at ${hex(end)}: move it`)
    end = Math.max(end, offset + size)
    before = name
  }
  if (end > flashBytes)
    wrong.push(
      `${before}: ends at ${hex(end)}, but the flash at ${hex(flashBytes)}: make it smaller`,
    )
  const slots = table.filter(({ type }) => type === 'app')
  if (slots.length !== 2 || slots[0].size !== slots[1].size)
    wrong.push(
      `${slots.map(({ name, size }) => `${name} ${hex(size)}`).join(', ')}: expected two slots of one size, for an update must fit either`,
    )
  return wrong
}

/** Undefined if the image leaves a tenth of its slot free. */
export function wrongImage(table: readonly Partition[], imageBytes: number): string | undefined {
  const slot = table.find(({ type }) => type === 'app')?.size ?? 0
  const most = Math.floor(slot * (1 - MIN_FREE_SHARE))
  return imageBytes <= most
    ? undefined
    : `the image has ${imageBytes} bytes; expected at most ${most} of a slot of ${slot}: take something out, or what is left free`
}

function bytesOf(text = ''): number {
  const unit = text.endsWith('K') ? 1024 : text.endsWith('M') ? 1024 * 1024 : 1
  return text === '' ? Number.NaN : Number(unit === 1 ? text : text.slice(0, -1)) * unit
}
