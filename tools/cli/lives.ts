/** The firmware's runs on one board, one after the other: a dongle that an installer sets up starts anew for it, as a device does. */
import { setTimeout as sleep } from 'node:timers/promises'
import { printable } from '../../firmware/core/printable'
import type { Health } from '../../firmware/dongle/health'
import type { LastReset } from '../../firmware/ports/system'
import { loadSettings } from '../../firmware/settings/record'
import { streams } from '../../firmware/telemetry/site'
import { type NodeBoard, nodeBoard } from '../node/board'
import { nodeClock } from '../node/clock'
import type { Engine, OnEngine } from './engine'
import { LedInWords, STEADY_MS } from './led'
import type { Sources } from './sources'
import type { Tracing } from './tracing'
import { type Paint, View } from './view'

/** A chip starts no faster; firmware that dies at once must not keep this computer busy. */
const BOOT_MS = 300
/** Of a button that SIGUSR2 presses: asks for provisioning (firmware/dongle/presses.ts). */
const PRESS_MS = 5500

export interface LivesOptions extends Pick<Sources, 'store' | 'serial' | 'serialLine' | 'parts'> {
  engine: Engine
  tracing: Tracing
  paint: Paint
  print(lines: readonly string[]): void
  /** The firmware wants to start anew, and there is no installer for whom it would. */
  onGaveUp(): void
}

export class Lives {
  /** Of the present run. */
  view!: View
  readonly board: NodeBoard
  readonly #options: LivesOptions
  readonly #led = new LedInWords()
  #steady: NodeJS.Timeout | undefined
  #dongle!: OnEngine
  #lastReset: LastReset = { cause: 'power on', words: '' }
  #isRestarting = false
  #isOver = false

  constructor(options: LivesOptions) {
    const { store, serial, serialLine, parts } = options
    this.#options = options
    this.board = nodeBoard({
      ...{ serial, serialLine, store, ...parts },
      ...(parts ? { led: { set: (isLit) => this.#light(isLit) }, button } : {}),
      onRestart: (why) => this.#restart(why),
      lastReset: () => this.#lastReset,
    })
    this.#begin()
  }

  health(): Health | undefined {
    return this.#dongle.health()
  }

  /** What the last run cost the engine. */
  get cost(): readonly string[] {
    return this.#dongle.cost ?? []
  }

  stop(): void {
    this.#isOver = true
    clearTimeout(this.#steady)
    this.#dongle.stop()
  }

  #begin(): void {
    const { engine, tracing, paint, print } = this.#options
    const view = new View({ ...this.#names(), paint })
    this.view = view
    this.#dongle = engine(tracing.watch(this.board), (report) => {
      if (!this.#isOver) print(view.show(report))
    })
  }

  #restart(why: string): void {
    const { parts, paint, print, onGaveUp } = this.#options
    if (this.#isRestarting || this.#isOver) return
    if (!parts) {
      print([
        paint('bad', `the firmware gave up, and would start anew on a device: ${printable(why)}`),
      ])
      return onGaveUp()
    }
    this.#isRestarting = true
    print([paint('faint', `restart ${printable(why)}`)])
    void this.#again()
  }

  async #again(): Promise<void> {
    // It may want to while it is being made, and is no dongle yet.
    await sleep(BOOT_MS)
    await this.#dongle.stop()
    this.#isRestarting = false
    if (this.#isOver) return
    this.#lastReset = { cause: 'restart', words: '' }
    this.#begin()
  }

  #light(isLit: boolean): void {
    const tell = (line: string | undefined): void => {
      if (line !== undefined && !this.#isOver)
        this.#options.print([this.#options.paint('faint', line)])
    }
    clearTimeout(this.#steady)
    const now = nodeClock.now()
    if (isLit)
      this.#steady = setTimeout(() => tell(this.#led.steady(nodeClock.now())), STEADY_MS + 1)
    tell(this.#led.set(isLit, now))
  }

  /** A stream is called by its meters, as the installer knows them, and not by its topic's UUID. */
  #names(): { devices: string[]; streams: string[] } {
    const loaded = loadSettings(this.#options.store)
    if (!loaded || 'wrong' in loaded) return { devices: [], streams: [] }
    const { site, devices } = loaded.settings
    const meters = devices.map(({ model, unit }) => `${model}@${unit}`)
    return {
      devices: meters,
      streams: streams(site, devices).map((stream) =>
        stream.devices.map((device) => meters[device]).join(' + '),
      ),
    }
  }
}

/** Pressed by `kill -USR2`. */
const button = {
  watch(onChange: (isPressed: boolean) => void): boolean {
    process.removeAllListeners('SIGUSR2')
    process.on('SIGUSR2', () => {
      onChange(true)
      setTimeout(() => onChange(false), PRESS_MS)
    })
    return false
  },
}
