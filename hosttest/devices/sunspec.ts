/** A SunSpec device on the simulated line: its map of models in registers. */
import type { Slave } from '../../tools/sim/modbus/scripted'

export interface Block {
  id: number
  length: number
  points: { [offset: number]: number }
}

/** A SunSpec device of these models, with registers from `base` on. */
export function sunspec(base: number, maker: string, blocks: Block[]): Slave {
  const registers = new Map<number, number>()
  let at = base
  const put = (...words: number[]): void => {
    for (const word of words) registers.set(at++, word & 0xffff)
  }
  put(0x5375, 0x6e53)
  const common: Block = { id: 1, length: 65, points: {} }
  for (let i = 0; i < 16; i++)
    common.points[2 + i] = (maker.charCodeAt(2 * i) << 8) | maker.charCodeAt(2 * i + 1)
  for (const { id, length, points } of [common, ...blocks]) {
    const start = at
    put(id, length)
    for (let offset = 2; offset < length + 2; offset++) put(points[offset] ?? 0)
    at = start + 2 + length
  }
  put(0xffff, 0)
  return { unit: 1, registers, latencyMs: 10 }
}
