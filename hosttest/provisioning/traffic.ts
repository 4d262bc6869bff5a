/** What the suites of the line share. */
import { utf8 } from '../../firmware/core/bytes'
import type { MonotonicMs } from '../../firmware/core/time'
import type { LineReader } from '../../firmware/provisioning/line'
import { inShort } from '../../tools/sim/tool-end'

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

export function read(reader: LineReader, ...parts: readonly (string | Uint8Array)[]): string[] {
  return inShort(
    parts.flatMap((part) => reader.take(typeof part === 'string' ? utf8(part) : part, at(0))),
  )
}
