import { afterEach, expect, test } from '@jest/globals'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import type { Running } from '../../firmware/dongle/boot'
import type { Report } from '../../firmware/dongle/report'
import type { Board } from '../../firmware/ports/board'
import { saveSettings } from '../../firmware/settings/record'
import { drawSite } from '../../tools/sim/site/drawn'
import { engineOnXs } from '../../tools/xs/engine'

const running: Running[] = []
afterEach(() => {
  for (const one of running.splice(0)) one.stop()
})

/** A board that is asked for its store, and never for anything else. */
function boardWith(store: Board['store'], onRestart: (why: string) => void): Board {
  return {
    clock: { now: () => 1000 as MonotonicMs, setSystemTime() {} },
    alarm: { set() {}, clear() {} },
    datagrams: () => ({ ask() {}, closeSocket() {} }),
    network: { leave() {} },
    store,
    system: {
      serial: 'test',
      builtAt: 0 as UnixMs,
      lastReset: () => ({ cause: 'power on', words: '' }),
      restart: onRestart,
    },
    // biome-ignore lint/suspicious/noExplicitAny: the rest is not reached.
  } as any
}

function wornOut(): never {
  throw new Error('worn out')
}

const empty = { read: () => undefined, write() {}, erase() {} }

test('the firmware boots inside XS, asks for its settings, and reports', async () => {
  const boot = await engineOnXs()
  const names: string[] = []
  const store = { ...empty, read: (name: string) => void names.push(name) }
  const report = await new Promise<Report>((resolve, reject) => {
    running.push(
      boot(
        boardWith(store, (why) => reject(new Error(why))),
        resolve,
      ),
    )
  })
  expect(report).toMatchObject({ kind: 'state', state: 'unprovisioned' })
  expect(names.some((name) => name.startsWith('settings'))).toBe(true)
})

test('a store that throws on Node throws in XS, and is a reason to be unprovisioned there', async () => {
  const boot = await engineOnXs()
  const store = { ...empty, read: wornOut }
  const report = await new Promise<Report>((resolve, reject) => {
    running.push(
      boot(
        boardWith(store, (why) => reject(new Error(why))),
        resolve,
      ),
    )
  })
  expect(report).toMatchObject({ state: 'unprovisioned', why: expect.stringContaining('worn out') })
})

test('a port that throws on Node throws in XS, where the stack is the firmware’s own', async () => {
  const boot = await engineOnXs()
  const blobs = new Map<string, Uint8Array>()
  const store = {
    read: (name: string) => blobs.get(name),
    write: (name: string, bytes: Uint8Array) => void blobs.set(name, bytes.slice()),
    erase: (name: string) => void blobs.delete(name),
  }
  saveSettings(store, drawSite(1).settings)
  const why = await new Promise<string>((resolve) => {
    const board = boardWith(store, resolve)
    board.network.join = wornOut
    running.push(boot(board, () => {}))
  })
  expect(why).toMatch(/worn out/)
  expect(why).toMatch(/firmware\/dongle\/\w+\.ts:\d+/)
})

test.each(['stack overflow', 'too much computation', 'memory full'])(
  'an engine that dies of %s says so, with the tick and the command, and leaves no port open',
  async (death) => {
    const boot = await engineOnXs('hosttest/support/dying-firmware.ts')
    const left: string[] = []
    const leave = (what: string) => () => void left.push(what)
    const why = await new Promise<string>((resolve) => {
      const board = {
        clock: { now: () => 1000 as MonotonicMs },
        alarm: {
          set: (_due: MonotonicMs, run: () => void) => void setImmediate(run),
          clear: leave('alarm'),
        },
        serialLine: { open: () => ({ write() {}, close: leave('line') }) },
        datagrams: () => ({
          ask() {},
          closeSocket: (slot: number) => void left.push(`slot ${slot}`),
        }),
        network: { leave: leave('network') },
        system: {
          serial: death,
          builtAt: 0 as UnixMs,
          lastReset: () => ({ cause: 'power on', words: '' }),
          restart: resolve,
        },
        // biome-ignore lint/suspicious/noExplicitAny: the rest is not reached.
      } as any
      running.push(boot(board, () => {}))
    })
    expect(why).toBe(`XS: ${death}, in tick 7, at command 'alarm'`)
    expect(left).toEqual(['alarm', 'line', 'slot 3', 'network'])
  },
)
