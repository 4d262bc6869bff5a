/** Without a site there is nothing to run but the LED, the button and the cable, by which an installer brings one. */
import { earliest, FOREVER, later } from '../core/time'
import type { Board } from '../ports/board'
import type { Store } from '../ports/store'
import { eraseSettings, saveSettings } from '../settings/record'
import type { Settings } from '../settings/schema'
import type { LedPattern } from './blinker'
import { openCable } from './cablepump'
import { PanelPump } from './panelpump'
import type { Report } from './report'
import { TimeRecord } from './timerecord'

/** A store that cannot be read is read again so much later. */
const READ_AGAIN_MS = 30_000

interface WaitingOptions {
  board: Board
  watch(report: Report): void
  serial: string
  /** Why there is no site. */
  why: string
  first: LedPattern
  /** To boot once more in a while, if the settings may be there then. */
  again: (() => void) | undefined
}

/** Answers with what ends it. */
export function waitForSite(options: WaitingOptions): () => void {
  const { board, serial, why, first, again } = options
  const { clock, alarm, store, system } = board
  const againAt = again ? later(clock.now(), READ_AGAIN_MS) : FOREVER
  let over = false
  let settings: Settings | undefined
  const watch = (report: Report): void => {
    cable?.note(report)
    options.watch(report)
  }
  const run = (): void => {
    if (over) return
    const now = clock.now()
    if (again && now >= againAt) {
      stop()
      return again()
    }
    if (cable && now >= cable.until) cable.run(now)
    panel?.run(now)
    const until = earliest(againAt, cable?.until ?? FOREVER, panel?.until ?? FOREVER)
    if (!over && until < FOREVER) alarm.set(until, run)
  }
  const stop = (): void => {
    over = true
    alarm.clear()
    cable?.stop()
  }
  const restart = (reason: string): void => {
    stop()
    system.restart(reason)
  }
  const reset = (reason: string): void => {
    stop()
    try {
      eraseSite(store)
    } catch (error) {
      watch({ kind: 'log', text: `not erased: ${String(error)}` })
    }
    system.restart(reason)
  }
  const panel =
    board.led || board.button ? new PanelPump({ board, first, watch, reset }, run) : undefined
  const cable = openCable({
    board,
    serial,
    why,
    watch: options.watch,
    restart,
    reset,
    // What is being stored is in force after the restart that follows.
    settings: () => settings,
    health: () => undefined,
    save(changed) {
      saveSettings(store, changed)
      settings = changed
      return true
    },
    forgetRetired() {},
    identify(now, ms) {
      panel?.identify(now, ms)
      return board.led !== undefined
    },
    enter(event, bytes = NO_BYTES) {
      if (over) return
      try {
        event(bytes)
        run()
      } catch (error) {
        restart(error instanceof Error ? (error.stack ?? error.message) : String(error))
      }
    },
  })
  watch({ kind: 'state', state: 'unprovisioned', why })
  run()
  return stop
}

const NO_BYTES: Uint8Array = new Uint8Array(0)

/** A reset: the site's settings with their secrets, and the time. What the factory stored stays; a restart has to follow. */
export function eraseSite(store: Store): void {
  eraseSettings(store)
  new TimeRecord(store).erase()
}
