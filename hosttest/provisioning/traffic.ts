/** What the suites of the line share. */
import { utf8 } from '../../firmware/core/bytes'
import type { MonotonicMs } from '../../firmware/core/time'
import {
  encodeFragment,
  fragmentCount,
  type LineItem,
  type LineReader,
} from '../../firmware/provisioning/line'

export const at = (ms: number): MonotonicMs => ms as MonotonicMs

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const part of parts) {
    all.set(part, end)
    end += part.length
  }
  return all
}

/** Hexadecimal digits, with or without spaces. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(' ', '')
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  )
}

/** All lines of a frame. */
export function encodeFrame(frame: Uint8Array, number = 0): Uint8Array {
  const count = fragmentCount(frame.length)
  return join(...Array.from({ length: count }, (_, i) => encodeFragment(frame, number, i)))
}

/** The items in short: texts as they are, packets by type and data, frames by their length. */
export function inShort(items: readonly LineItem[]): string[] {
  return items.map((item) => {
    if (item.kind === 'text') return `text ${String.fromCharCode(...item.bytes)}`
    if (item.kind === 'frame') return `frame of ${item.bytes.length}`
    return item.packet ? `improv ${item.packet.type} ${item.packet.data.join(' ')}` : 'damaged'
  })
}

export function read(reader: LineReader, ...parts: readonly (string | Uint8Array)[]): string[] {
  return inShort(
    parts.flatMap((part) => reader.take(typeof part === 'string' ? utf8(part) : part, at(0))),
  )
}
