/** The whole firmware on a board: loads the settings, runs the dongle, and lets `watch` see what it does. */
import { earliest, FOREVER, later } from '../core/time'
import type { Board } from '../ports/board'
import type { Store } from '../ports/store'
import { readFactoryData } from '../settings/factory'
import { explain, type ParsedSettings, type WrongField } from '../settings/parse'
import { eraseSettings, loadSettings, saveSettings } from '../settings/record'
import type { LedPattern } from './blinker'
import { Dongle } from './dongle'
import type { Health } from './health'
import { PanelPump } from './panelpump'
import { Pump } from './pump'
import type { Report } from './report'
import { RestartRecord } from './restarts'
import { TimeRecord } from './timerecord'
import { wrongDevices } from './validate'

/** A store that cannot be read is read again so much later. */
const READ_AGAIN_MS = 30_000
/** What is not written down may be a loop. */
const UNCOUNTED_HOLD_MS = 60_000
const LOST = 'settings lost: flash was damaged'
const RESET = 'reset by the button'

export interface Running {
  /** Undefined while there is no site to run. */
  health(): Health | undefined
  /** Sends DISCONNECT, closes every port and clears the alarm. */
  stop(): void
}

export function boot(board: Board, watch: (report: Report) => void): Running {
  const { clock, entropy, secureLayer, store, system } = board
  /** A flash that takes nothing any more is no reason to stop streaming. */
  const keep = (write: () => void): boolean => {
    try {
      write()
      return true
    } catch (error) {
      watch({ kind: 'log', text: `not stored: ${String(error)}` })
      return false
    }
  }
  const isLost = system.storeWasErased?.() === true
  // Among the reasons of restarts, so that health still says it once there are settings again.
  if (isLost) keep(() => new RestartRecord(store).end(LOST))
  const loaded = loadSettings(store, system.chip)
  const wrong = whatIsWrong(loaded)
  if (loaded === undefined || 'wrong' in loaded || wrong.length > 0) {
    const none = isLost ? LOST : 'no settings yet'
    const why = wrong.length > 0 ? wrong.map(explain).join('; ') : none
    watch({ kind: 'state', state: 'unprovisioned', why })
    let next: Running | undefined
    const again = loaded?.isUnreadable ? () => void (next = boot(board, watch)) : undefined
    const stop = runPanel(board, watch, wrong.length > 0 ? 'fault' : 'unprovisioned', again)
    return { health: () => next?.health(), stop: () => (next ? next.stop() : stop()) }
  }
  let { settings } = loaded
  let isStored = true
  const storeSettings = (): void => {
    isStored = keep(() => saveSettings(store, settings))
  }
  if (loaded.note) {
    watch({ kind: 'log', text: loaded.note })
    // What could not be read may be newer.
    if (!loaded.isUnreadable) storeSettings()
  }
  const restarts = new RestartRecord(store)
  const reset = system.lastReset()
  restarts.noteReset(reset)
  let { holdMs, holdWhy } = restarts
  const { isAfterCrash } = restarts
  const isCounted = keep(() => restarts.begin()) && !restarts.isUnreadable
  if (!isCounted && reset.cause !== 'power on' && holdMs === 0) {
    holdMs = UNCOUNTED_HOLD_MS
    holdWhy = 'restarts cannot be counted'
  }
  const time = new TimeRecord(store)
  const known = time.read(system.builtAt)
  const dongle = new Dongle({
    settings,
    serial: readFactoryData(system.factoryRecord?.())?.serial ?? system.serial,
    entropy,
    secureLayer,
    floor: system.builtAt,
    rememberedUtc: known?.utc,
    driftPpm: known?.driftPpm,
    holdMs,
    holdWhy,
    isAfterCrash,
  })
  let over = false
  const restart = (why: string, lastly?: () => void): void => {
    // What failed may fail again while it is stopped: that must neither come back here nor keep it from ending.
    if (over) return
    over = true
    keep(() => restarts.end(why))
    try {
      pump.stop()
    } finally {
      if (lastly) keep(lastly)
      system.restart(why)
    }
  }
  const pump = new Pump({
    board,
    dongle,
    watch,
    remember(now) {
      keep(() => time.write(now))
      if (!isStored) storeSettings()
    },
    storeCredentials(change) {
      settings = { ...settings, ...change }
      storeSettings()
    },
    lasted: (ms) => keep(() => restarts.lasted(ms)),
    restart: (why) => restart(why),
    // Last of all: while it is stopped, credentials may still be stored.
    reset: () => restart(RESET, () => eraseSite(store)),
  })
  pump.start()
  return {
    health: () => ({
      ...dongle.health(clock.now(), restarts),
      signalDbm: board.network.signalDbm,
      freeMemoryBytes: system.freeMemoryBytes?.(),
    }),
    stop: () => pump.stop(),
  }
}

/**
 * Without a site there is nothing to run but the LED and the button. Answers with what ends it. `again`: to boot once more in
 * a while, if the settings may be there then.
 */
function runPanel(
  board: Board,
  watch: (report: Report) => void,
  first: LedPattern,
  again: (() => void) | undefined,
): () => void {
  const { clock, alarm, store, system } = board
  if (!board.led && !board.button && !again) return () => {}
  const againAt = again ? later(clock.now(), READ_AGAIN_MS) : FOREVER
  let over = false
  const run = (): void => {
    if (over) return
    const now = clock.now()
    if (again && now >= againAt) {
      stop()
      return again()
    }
    panel?.run(now)
    if (!over) alarm.set(panel ? earliest(panel.until, againAt) : againAt, run)
  }
  const stop = (): void => {
    over = true
    alarm.clear()
  }
  const reset = (): void => {
    stop()
    try {
      eraseSite(store)
    } catch (error) {
      watch({ kind: 'log', text: `not erased: ${String(error)}` })
    }
    system.restart(RESET)
  }
  const hasPanel = board.led || board.button
  const panel = hasPanel && new PanelPump({ board, first, watch, reset }, run)
  run()
  return stop
}

/** A reset: the site's settings with their secrets, and the time. What the factory stored stays; a restart has to follow. */
export function eraseSite(store: Store): void {
  eraseSettings(store)
  new TimeRecord(store).erase()
}

function whatIsWrong(loaded: ParsedSettings | undefined): WrongField[] {
  if (loaded === undefined) return []
  return 'wrong' in loaded ? loaded.wrong : wrongDevices(loaded.settings)
}
