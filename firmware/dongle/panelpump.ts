/** Drains the panel's outputs into the board's LED, and tells of presses. */
import type { MonotonicMs } from '../core/time'
import type { Board } from '../ports/board'
import type { LedPattern } from './blinker'
import { Panel } from './panel'
import type { Report } from './report'

const RESET = 'reset by the button'
const PROVISION = 'provisioning by the button'

interface PanelPumpOptions {
  board: Pick<Board, 'clock' | 'led' | 'button'>
  /** What the LED shows until a state is reported. */
  first: LedPattern
  watch(report: Report): void
  /** The person wants the site's settings gone. */
  reset(why: string): void
  /** The person wants to use a phone. */
  provision?: ((why: string) => void) | undefined
}

export class PanelPump {
  readonly #options: PanelPumpOptions
  readonly #panel: Panel

  /** `onInput`: to run it after the button was touched. */
  constructor(options: PanelPumpOptions, onInput: () => void) {
    this.#options = options
    const { board, first } = options
    this.#panel = new Panel(first)
    const isPressed = board.button?.watch((is) => {
      this.#panel.button(is, board.clock.now())
      onInput()
    })
    if (isPressed === false) this.#panel.button(false, board.clock.now())
  }

  get until(): MonotonicMs {
    return this.#panel.until
  }

  note(report: Report): void {
    this.#panel.note(report, this.#options.board.clock.now())
  }

  identify(now: MonotonicMs, ms: number): void {
    this.#panel.identify(now, ms)
  }

  run(now: MonotonicMs): void {
    const { board, watch, reset, provision } = this.#options
    for (;;) {
      const output = this.#panel.poll(now)
      if (output.kind === 'wait') return
      if (output.kind === 'light') board.led?.set(output.isLit)
      else {
        watch(output)
        if (output.press === 'reset') reset(RESET)
        if (output.press === 'provisioning') provision?.(PROVISION)
      }
    }
  }
}
