/** The other end of a dongle's cable in virtual time: a tool that opens a channel and calls, and hears all that comes. */
import type { MonotonicMs } from '../../firmware/core/time'
import type { ChannelOptions } from '../../firmware/provisioning/frames'
import { LineReader } from '../../firmware/provisioning/line'
import { ChannelEnd } from './channel-end'
import { encodeFrame, inShort } from './traffic'

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
