/**
 * A number -> the register words in which a device shows it, by what the makers' papers say of a register: unit, scale,
 * offset, mask, type and order of words. Written from the catalogue's entries and with the host's own number formats,
 * and with nothing of what the firmware reads numbers with (firmware/devices/value.ts, tools/catalogue/expand.ts).
 */
import type { RegisterEntry } from '../../../firmware/devices/catalogue/entry'

/** A register of an entry with what the entry says for all of them. */
export type WordFormat = Pick<
  RegisterEntry,
  'type' | 'scale' | 'offset' | 'unit' | 'mask' | 'sentinels'
> & {
  order: 'msw' | 'lsw'
}

/** What the other bits of a register hold of which only some count. */
const OTHER_BITS = 0x6464

/** Registers that one number takes. */
export function wordCount({ type }: WordFormat): number {
  return Number(type.slice(1)) / 16
}

/** How far the number that a register shows may be from the one that it stands for. */
export function errorOf(format: WordFormat): number {
  // Past a number that is no reading it goes a whole step.
  return stepOf(format) * (format.sentinels ? 1.5 : 0.5)
}

/** How much one step of the register is, in W, V, A and so on; 0 of a float, whose steps are too small to matter. */
function stepOf({ type, scale = 1, unit }: WordFormat): number {
  return type[0] === 'f' ? 0 : scale * prefixOf(unit)
}

/** `value` in W, V, A and so on. A number that does not fit overflows, as it does in a device. */
export function wordsOf(value: number, format: WordFormat): number[] {
  const { scale = 1, offset = 0, unit, mask } = format
  const raw = (value / prefixOf(unit) - offset) / scale
  if (mask === undefined) return inOrder(rawWords(raw, format), format)
  const shift = Math.log2(mask & -mask)
  return [((Math.round(raw) << shift) & mask) | (OTHER_BITS & ~mask)]
}

/** By which a device says that it has no such number. */
export function wordsOfNothing(format: WordFormat): number[] {
  const { type, sentinels } = format
  if (type[0] === 'f') return inOrder(rawWords(Number.NaN, format), format)
  if (sentinels && sentinels.length > 0)
    return inOrder(integerWords(BigInt(sentinels[0]), format), format)
  const bits = BigInt(type.slice(1))
  const nothing = type[0] === 'u' ? (1n << bits) - 1n : 1n << (bits - 1n)
  return inOrder(integerWords(nothing, format), format)
}

function rawWords(raw: number, format: WordFormat): number[] {
  const view = new DataView(new ArrayBuffer(8))
  if (format.type === 'f32') view.setFloat32(0, raw)
  else if (format.type === 'f64') view.setFloat64(0, raw)
  else return integerWords(BigInt(allowed(Math.round(raw), format)), format)
  return wordsIn(view, wordCount(format))
}

/** A device does not show what its paper calls no reading: it steps over it. */
function allowed(raw: number, { type, sentinels = [] }: WordFormat): number {
  const bits = Number(type.slice(1))
  const extremes = type[0] === 'u' ? [2 ** bits - 1] : [2 ** (bits - 1) - 1, -(2 ** (bits - 1))]
  let step = raw
  while (sentinels.includes(step) || extremes.includes(step)) step += step > 0 ? -1 : 1
  return step
}

function integerWords(raw: bigint, format: WordFormat): number[] {
  const view = new DataView(new ArrayBuffer(8))
  const count = wordCount(format)
  view.setBigUint64(0, BigInt.asUintN(64, raw << BigInt(64 - 16 * count)))
  return wordsIn(view, count)
}

function wordsIn(view: DataView, count: number): number[] {
  return Array.from({ length: count }, (_, i) => view.getUint16(2 * i))
}

function inOrder(words: number[], { order }: WordFormat): number[] {
  return order === 'msw' ? words : words.reverse()
}

function prefixOf(unit = ''): number {
  return unit.startsWith('k') ? 1000 : unit.startsWith('m') ? 0.001 : 1
}
