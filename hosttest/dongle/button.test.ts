import { expect, test } from '@jest/globals'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { boot } from '../../firmware/dongle/boot'
import type { Report } from '../../firmware/dongle/report'
import type { Board } from '../../firmware/ports/board'
import { loadSettings, saveSettings } from '../../firmware/settings/record'
import { Flash } from '../../tools/sim/flash'
import { drawSite } from '../../tools/sim/site/drawn'

/** A board on which nothing answers; only its time, its LED and its button are there. */
class Bench {
  readonly store = new Flash()
  readonly reports: Report[] = []
  readonly restarts: string[] = []
  /** The button is pressed from the start. */
  isStuck = false
  now = 0
  isLit: boolean | undefined
  press: (isPressed: boolean) => void = () => {}
  #due = Number.POSITIVE_INFINITY
  #run = () => {}

  run(): () => void {
    const clock = { now: () => this.now as MonotonicMs, setSystemTime() {} }
    const alarm = {
      set: (due: MonotonicMs, run: () => void) => {
        this.#due = due
        this.#run = run
      },
      clear: () => {
        this.#due = Number.POSITIVE_INFINITY
      },
    }
    const board = {
      clock,
      alarm,
      store: this.store,
      entropy: { fill: (bytes: Uint8Array) => bytes.fill(7) },
      network: { join() {}, leave() {}, resolve() {} },
      datagrams: () => ({ ask() {}, closeSocket() {} }),
      serialLine: { open: () => ({ write() {}, close() {} }) },
      secureLayer: {},
      tcp: {},
      system: {
        serial: 'A1',
        lastReset: () => ({ cause: 'power on', words: '' }),
        builtAt: 1.7e12 as UnixMs,
        restart: (why: string) => this.restarts.push(why),
      },
      led: { set: (isLit: boolean) => (this.isLit = isLit) },
      button: {
        watch: (onChange: (isPressed: boolean) => void) => {
          this.press = onChange
          return this.isStuck
        },
      },
    }
    return boot(board as unknown as Board, (report) => this.reports.push(report)).stop
  }

  pass(ms: number): void {
    const end = this.now + ms
    while (this.#due <= end) {
      this.now = Math.max(this.now, this.#due)
      this.#due = Number.POSITIVE_INFINITY
      this.#run()
    }
    this.now = end
  }

  hold(ms: number): void {
    this.pass(100)
    this.press(true)
    this.pass(ms)
    this.press(false)
    this.pass(100)
  }

  get presses(): string[] {
    return this.reports.flatMap((report) => (report.kind === 'pressed' ? [report.press] : []))
  }
}

test('without a site the LED blinks, and a press is told', () => {
  const bench = new Bench()
  const stop = bench.run()
  expect(bench.isLit).toBe(true)
  bench.pass(150)
  expect(bench.isLit).toBe(false)
  bench.hold(3500)
  expect(bench.presses).toEqual(['provisioning'])
  stop()
  const { isLit } = bench
  bench.pass(5000)
  expect(bench.isLit).toBe(isLit)
})

test('a button that is pressed from the start means nothing until it was let go', () => {
  const bench = new Bench()
  bench.isStuck = true
  bench.run()
  bench.pass(20_000)
  bench.hold(4000)
  expect([bench.presses, bench.restarts]).toEqual([[], []])
  bench.hold(4000)
  expect(bench.presses).toEqual(['provisioning'])
})

test('with a site the button does the same, and held for ten seconds it erases the site and restarts', () => {
  const bench = new Bench()
  saveSettings(bench.store, drawSite(1).settings)
  bench.run()
  bench.hold(200)
  bench.hold(3500)
  expect(loadSettings(bench.store)).toBeDefined()
  bench.hold(12_000)
  expect(bench.presses).toEqual(['identify', 'provisioning', 'reset'])
  expect(bench.restarts).toEqual(['reset by the button'])
  expect(loadSettings(bench.store)).toBeUndefined()
})

test('settings that are wrong can be erased by the button too', () => {
  const bench = new Bench()
  const { settings } = drawSite(1)
  saveSettings(bench.store, { ...settings, line: { ...settings.line, baud: 1 } })
  bench.run()
  expect(bench.reports[0]).toMatchObject({ kind: 'state', state: 'unprovisioned' })
  bench.hold(12_000)
  expect(bench.restarts).toEqual(['reset by the button'])
  expect(bench.store.blobs.size).toBe(0)
})
