/** The whole firmware on a board: loads the settings, runs the dongle, and lets `watch` see what it does. */
import type { Board } from '../ports/board'
import { readFactoryData } from '../settings/factory'
import { explain, type ParsedSettings, type WrongField } from '../settings/parse'
import { loadSettings, saveSettings } from '../settings/record'
import { Dongle } from './dongle'
import { type Errand, leaveErrand, takeErrand } from './errand'
import type { Health } from './health'
import { Pump } from './pump'
import type { Report } from './report'
import { RestartRecord } from './restarts'
import { TimeRecord } from './timerecord'
import { wrongDevices } from './validate'
import { eraseSite, waitForInstaller } from './waiting'

/** What is not written down may be a loop. */
const UNCOUNTED_HOLD_MS = 60_000
const LOST = 'settings lost: flash was damaged'

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
  const serial = readFactoryData(system.factoryRecord?.())?.serial ?? system.serial
  const isLost = system.storeWasErased?.() === true
  // Among the reasons of restarts, so that health still says it once there are settings again.
  if (isLost) keep(() => new RestartRecord(store).end(LOST))
  // Without a radio there is nobody to leave one.
  const errand = board.radio && takeErrand(store)
  const loaded = loadSettings(store, system)
  const wrong = whatIsWrong(loaded)
  if (loaded === undefined || 'wrong' in loaded || wrong.length > 0) {
    const none = isLost ? LOST : 'no settings yet'
    const why = wrong.length > 0 ? wrong.map(explain).join('; ') : none
    let next: Running | undefined
    const again = loaded?.isUnreadable ? () => void (next = boot(board, watch)) : undefined
    const first = wrong.length > 0 ? 'fault' : 'unprovisioned'
    const stop = waitForInstaller({ board, watch, serial, why, first, again })
    return { health: () => next?.health(), stop: () => (next ? next.stop() : stop()) }
  }
  let { settings } = loaded
  if (errand?.kind === 'provisioning') {
    const { tested } = errand
    const first = 'provisioning'
    const stop = waitForInstaller({ board, watch, serial, why: '', first, site: settings, tested })
    return { health: () => undefined, stop }
  }
  let isStored = true
  const storeSettings = (): void => {
    isStored = keep(() => saveSettings(store, settings))
  }
  if (loaded.note) {
    watch({ kind: 'log', text: loaded.note })
    // What could not be read may be newer.
    if (!loaded.isUnreadable) storeSettings()
  }
  board.radio?.release()
  const restarts = new RestartRecord(store)
  const reset = system.lastReset()
  restarts.noteReset(reset)
  let { holdMs, holdWhy } = restarts
  const { isAfterCrash } = restarts
  // A run that was asked for is no part of a loop.
  const isCounted = !!errand || (keep(() => restarts.begin()) && !restarts.isUnreadable)
  if (!isCounted && reset.cause !== 'power on' && holdMs === 0) {
    holdMs = UNCOUNTED_HOLD_MS
    holdWhy = 'restarts cannot be counted'
  }
  const time = new TimeRecord(store)
  const known = time.read(system.builtAt)
  const dongle = new Dongle({
    settings,
    serial,
    entropy,
    secureLayer,
    floor: system.builtAt,
    rememberedUtc: known?.utc,
    driftPpm: known?.driftPpm,
    holdMs,
    holdWhy,
    isAfterCrash,
  })
  const health = (): Health => ({
    ...dongle.health(clock.now(), restarts),
    signalDbm: board.network.signalDbm,
    freeMemoryBytes: system.freeMemoryBytes?.(),
  })
  let isReplaced = false
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
  const leave = (next: Errand, why: string): void => {
    if (keep(() => leaveErrand(store, next))) restart(why)
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
      // A restart follows; what the dongle knows of its credentials is older.
      if (isReplaced) return
      settings = { ...settings, ...change }
      storeSettings()
    },
    lasted: (ms) => keep(() => restarts.lasted(ms)),
    restart: (why) => restart(why),
    // Last of all: while it is stopped, credentials may still be stored.
    reset: (why) => restart(why, () => eraseSite(store)),
    provision: board.radio && ((why) => leave({ kind: 'provisioning' }, why)),
    tested: errand && ((tested) => leave({ kind: 'provisioning', tested }, 'a test is over')),
    served: {
      serial,
      settings: () => settings,
      health,
      meters: dongle.meters,
      save(changed) {
        try {
          saveSettings(store, changed)
        } catch (error) {
          // One copy may hold them: what was refused must not be in force after the next start.
          storeSettings()
          throw error
        }
        isStored = true
        settings = changed
        isReplaced ||= !dongle.change(changed, clock.now())
        return isReplaced
      },
      isStored: () => isStored,
      forgetRetired() {
        dongle.forgetRetired()
      },
    },
  })
  pump.start()
  return {
    health,
    stop: () => pump.stop(),
  }
}

function whatIsWrong(loaded: ParsedSettings | undefined): WrongField[] {
  if (loaded === undefined) return []
  return 'wrong' in loaded ? loaded.wrong : wrongDevices(loaded.settings)
}
