/** The other end of a dongle's cable in virtual time: a tool that opens a channel and calls, and hears all that comes. */
import type { MonotonicMs } from '../../firmware/core/time'
import type { ChannelOptions } from '../../firmware/provisioning/frames'
import {
  encodeFragment,
  fragmentCount,
  type LineItem,
  LineReader,
} from '../../firmware/provisioning/line'
import { ChannelEnd } from './channel-end'

export class ToolEnd extends ChannelEnd {
  /** Texts and packets. */
  readonly heard: string[] = []
  readonly #reader = new LineReader()

  constructor(options: ChannelOptions, send: (bytes: Uint8Array) => void) {
    let number = 0
    super(options, (frame) => send(encodeFrame(frame, number++ & 0xff)))
  }

  receive(bytes: Uint8Array, now: MonotonicMs): void {
    for (const item of this.#reader.take(bytes, now)) {
      if (item.kind === 'frame') this.hear(item.bytes, now)
      else this.heard.push(...inShort([item]))
    }
  }
}

/** All lines of a frame. */
export function encodeFrame(frame: Uint8Array, number = 0): Uint8Array {
  const lines: number[] = []
  for (let i = 0; i < fragmentCount(frame.length); i++)
    lines.push(...encodeFragment(frame, number, i))
  return Uint8Array.from(lines)
}

/** The items in short: texts as they are, packets by type and data, frames by their length. */
export function inShort(items: readonly LineItem[]): string[] {
  return items.map((item) => {
    if (item.kind === 'text') return `text ${String.fromCharCode(...item.bytes)}`
    if (item.kind === 'frame') return `frame of ${item.bytes.length}`
    return item.packet ? `improv ${item.packet.type} ${item.packet.data.join(' ')}` : 'damaged'
  })
}
