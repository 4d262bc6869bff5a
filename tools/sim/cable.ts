/** The other end of the dongle's cable, on a line that takes no time. */
import type { Cable } from '../../firmware/ports/cable'
import type { Agenda } from './agenda'
import type { Life } from './life'
import type { Stall } from './stall'

export class CableEnd {
  /** What the dongle sent. */
  onBytes: ((bytes: Uint8Array) => void) | undefined
  /** Whether the dongle's port takes what it is given. A UART always does, USB only if a host reads. */
  takes = true
  #dongle: ((bytes: Uint8Array) => void) | undefined
  readonly #agenda: Agenda

  constructor(agenda: Agenda) {
    this.#agenda = agenda
  }

  /** The dongle's port in one life: what was sent to the last one never reaches the next. */
  of(life: Life, stall: Stall): Cable {
    return {
      open: (onBytes) => {
        const take = (bytes: Uint8Array): void =>
          stall.pass(() => {
            if (life.alive && this.#dongle === take) onBytes(bytes)
          })
        this.#dongle = take
        return {
          write: (bytes) => {
            if (!life.alive || !this.takes) return 0
            const sent = bytes.slice()
            // Behind the turn of the dongle in which it is written.
            this.#agenda.after(1, () => this.onBytes?.(sent))
            return bytes.length
          },
          close: () => {
            if (this.#dongle === take) this.#dongle = undefined
          },
        }
      },
    }
  }

  /** What the other end says. */
  heard(bytes: Uint8Array): void {
    this.#agenda.after(1, () => this.#dongle?.(bytes))
  }
}
