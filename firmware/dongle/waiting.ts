/**
 * While no site runs, the LED, the button, the cable and the radio: an installer brings a site, or a site's installer wants to
 * use a phone.
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import type { Board } from '../ports/board'
import type { Store } from '../ports/store'
import { eraseSettings, saveSettings } from '../settings/record'
import type { Settings } from '../settings/schema'
import type { LedPattern } from './blinker'
import { openCable } from './cablepump'
import { leaveErrand, type TestedSite } from './errand'
import { PanelPump } from './panelpump'
import { openRadio } from './radiopump'
import type { Report } from './report'
import type { Idle } from './service'
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
  again?: (() => void) | undefined
  /** There is one, and it is to run once the phone is not needed any more. */
  site?: Settings | undefined
  tested?: TestedSite | undefined
}

/** Answers with what ends it. */
export function waitForInstaller(options: WaitingOptions): () => void {
  const { board, serial, why, first, again, site } = options
  const { clock, alarm, store, system } = board
  const startedAt = clock.now()
  let againAt = again ? later(startedAt, READ_AGAIN_MS) : FOREVER
  let over = false
  let settings = site
  const watch = (report: Report): void => {
    cable?.note(report)
    options.watch(report)
  }
  const run = (): void => {
    if (over) return
    const now = clock.now()
    if (again && now >= againAt) {
      againAt = later(now, READ_AGAIN_MS)
      // It would end their channels.
      if (!cable?.isOpen && !radio?.isOpen) {
        stop()
        return again()
      }
    }
    for (const side of sides) if (!over && side && now >= side.until) side.run(now)
    // Without a radio that works there will be no phone.
    const phoneUntil = radio ? radio.endAt : site ? startedAt : FOREVER
    const siteAt = settings ? phoneUntil : FOREVER
    if (now >= siteAt) return restart('no phone any more')
    let until = earliest(againAt, siteAt)
    for (const side of sides) if (side) until = earliest(until, side.until)
    if (!over && until < FOREVER) alarm.set(until, run)
  }
  const stop = (): void => {
    over = true
    alarm.clear()
    cable?.stop()
    radio?.stop()
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
  const idle: Idle = site ? { state: 'provisioning', why } : { state: 'unprovisioned', why }
  const save = (changed: Settings): void => {
    try {
      saveSettings(store, changed)
    } catch (error) {
      // One copy may hold them: what was refused must not be in force after the next start.
      if (settings) saveSettings(store, settings)
      else eraseSettings(store)
      throw error
    }
    settings = changed
  }
  const served = {
    board,
    serial,
    idle,
    watch: options.watch,
    restart,
    reset,
    // What is being stored is in force after the restart that follows.
    settings: () => settings,
    health: () => undefined,
    isStored: () => true,
    forgetRetired() {},
    identify(now: MonotonicMs, ms: number) {
      panel?.identify(now, ms)
      return board.led !== undefined
    },
    enter(event: (bytes: Uint8Array) => void, bytes = NO_BYTES) {
      if (over) return
      try {
        event(bytes)
        run()
      } catch (error) {
        restart(error instanceof Error ? (error.stack ?? error.message) : String(error))
      }
    },
  }
  const cable = openCable({
    ...served,
    // A test brings a site back here with nobody at its button.
    wasPressed: site !== undefined && options.tested === undefined,
    save(changed) {
      save(changed)
      return true
    },
  })
  const radio = openRadio({
    ...served,
    // The cable has the log.
    watch,
    errands: { tested: options.tested, leave: (errand) => leaveErrand(store, errand) },
    // The phone stays: what it wants to be tested comes next.
    save(changed) {
      save(changed)
      return false
    },
  })
  const sides = [cable, radio, panel]
  watch({ kind: 'state', ...idle })
  run()
  return stop
}

const NO_BYTES: Uint8Array = new Uint8Array(0)

/** A reset: the site's settings with their secrets, and the time. What the factory stored stays; a restart has to follow. */
export function eraseSite(store: Store): void {
  eraseSettings(store)
  new TimeRecord(store).erase()
}
