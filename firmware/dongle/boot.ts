/** The whole firmware on a board: loads the settings, runs the dongle, and lets `watch` see what it does. */
import type { Board } from '../ports/board'
import type { Store } from '../ports/store'
import { readFactoryData } from '../settings/factory'
import { explain, type ParsedSettings, type WrongField } from '../settings/parse'
import { eraseSettings, loadSettings, saveSettings } from '../settings/record'
import { Dongle } from './dongle'
import type { Health } from './health'
import { Pump } from './pump'
import type { Report } from './report'
import { RestartRecord } from './restarts'
import { TimeRecord } from './timerecord'
import { wrongDevices } from './validate'

export interface Running {
  /** Undefined while there is no site to run. */
  health(): Health | undefined
  /** Sends DISCONNECT, closes every port and clears the alarm. */
  stop(): void
}

export function boot(board: Board, watch: (report: Report) => void): Running {
  const { clock, entropy, secureLayer, store, system } = board
  const loaded = loadSettings(store, system.chip)
  const wrong = whatIsWrong(loaded)
  if (loaded === undefined || 'wrong' in loaded || wrong.length > 0) {
    const why = wrong.length > 0 ? wrong.map(explain).join('; ') : 'no settings yet'
    watch({ kind: 'state', state: 'unprovisioned', why })
    return { health: () => undefined, stop() {} }
  }
  /** A flash that takes nothing any more is no reason to stop streaming. */
  const keep = (write: () => void): void => {
    try {
      write()
    } catch (error) {
      watch({ kind: 'log', text: `not stored: ${String(error)}` })
    }
  }
  let { settings } = loaded
  if (loaded.note) {
    watch({ kind: 'log', text: loaded.note })
    keep(() => saveSettings(store, loaded.settings))
  }
  const restarts = new RestartRecord(store)
  restarts.noteReset(system.lastReset())
  const { holdMs, holdWhy } = restarts
  keep(() => restarts.begin())
  const time = new TimeRecord(store)
  const known = time.read(system.builtAt)
  const dongle = new Dongle({
    settings,
    serial: readFactoryData(store)?.serial ?? system.serial,
    entropy,
    secureLayer,
    floor: system.builtAt,
    rememberedUtc: known?.utc,
    driftPpm: known?.driftPpm,
    holdMs,
    holdWhy,
  })
  let over = false
  const pump = new Pump({
    board,
    dongle,
    watch,
    remember: (now) => keep(() => time.write(now)),
    storeCredentials(change) {
      settings = { ...settings, ...change }
      keep(() => saveSettings(store, settings))
    },
    lasted: (ms) => keep(() => restarts.lasted(ms)),
    restart(why) {
      // What failed may fail again while it is stopped: that must neither come back here nor keep it from ending.
      if (over) return
      over = true
      keep(() => restarts.end(why))
      try {
        pump.stop()
      } finally {
        system.restart(why)
      }
    },
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

/** A reset: the site's settings with their secrets, and the time. What the factory stored stays; a restart has to follow. */
export function eraseSite(store: Store): void {
  eraseSettings(store)
  new TimeRecord(store).erase()
}

function whatIsWrong(loaded: ParsedSettings | undefined): WrongField[] {
  if (loaded === undefined) return []
  return 'wrong' in loaded ? loaded.wrong : wrongDevices(loaded.settings)
}
