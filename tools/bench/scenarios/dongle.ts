/** The whole firmware: a tick of 4 s, its start, and reading its settings. */
import { boot } from '../../../firmware/dongle/boot'
import { loadSettings, saveSettings } from '../../../firmware/settings/record'
import { PERIOD_MS } from '../../../firmware/telemetry/grid'
import { BenchBoard, settingsOf } from '../board'
import type { Scenario } from '../scenario'

/** By then the broker has acknowledged a few ticks, and everything that is made once has been made. */
const SETTLED_MS = 20_000
const MAX_WAIT_TICKS = 100
const ignore = () => {}

/** As long as the certificates of a site's own authorities get; made up, but base64 in PEM. */
const CA_BYTES = 8 * 1024
const CA = Array.from({ length: 4 }, () => {
  const lines = 'MIIB9TCCAVqgAwIBAgIUC0ffee0ffee0ffee0ffee0ffee0ffee0ffee0ffeeAAA\n'
  const body = lines.repeat(Math.floor(CA_BYTES / 4 / lines.length) - 1)
  return `-----BEGIN CERTIFICATE-----\n${body}-----END CERTIFICATE-----\n`
}).join('')

function stored(streams: number, ca?: string): BenchBoard {
  const settings = { ...settingsOf(streams), ...(ca && { ca }) }
  const board = new BenchBoard(settings)
  saveSettings(board.store, settings)
  return board
}

function tick(streams: number): Scenario {
  return {
    name: `a tick, ${streams} stream${streams > 1 ? 's' : ''}`,
    // Between two questions to the time server there are at least so many.
    times: 2,
    warmUp: 0,
    prepare: () => {
      const board = stored(streams)
      boot(board, ignore)
      board.advance(SETTLED_MS)
      let asked = board.asked
      for (let i = 0; i < MAX_WAIT_TICKS && board.asked === asked; i++) board.advance(PERIOD_MS)
      asked = board.asked
      return () => {
        const before = board.acknowledged
        board.advance(PERIOD_MS)
        if (board.acknowledged !== before + streams) throw new Error('a sample is missing')
        if (board.asked !== asked) throw new Error('the time server was asked: no plain tick')
      }
    },
  }
}

function start(name: string, ca?: string): Scenario {
  return {
    name,
    times: 1,
    warmUp: 0,
    prepare: () => {
      const board = stored(3, ca)
      board.answersTime = false
      return () => {
        boot(board, ignore)
      }
    },
  }
}

export const scenarios: Scenario[] = [
  tick(1),
  tick(3),
  tick(11),
  {
    name: 'loading settings, 3 streams',
    prepare: () => {
      const { store } = stored(3)
      return () => {
        const loaded = loadSettings(store)
        if (!loaded || 'wrong' in loaded) throw new Error('no settings')
      }
    },
  },
  start('boot to the first poll, 3 streams'),
  start('boot to the first poll, 3 streams, 8 KB of ca', CA),
]
