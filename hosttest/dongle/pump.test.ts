/** What the pump does with its ports. */
import { expect, test } from '@jest/globals'
import { boot } from '../../firmware/dongle/boot'
import type { Board } from '../../firmware/ports/board'
import type { ByteStreamEvents, LineSettings } from '../../firmware/ports/bytestream'
import { saveSettings } from '../../firmware/settings/record'
import { Flash } from '../../tools/sim/flash'
import { random } from '../../tools/sim/random'
import { drawSite } from '../../tools/sim/site/drawn'

test('a line that is over is neither written to nor closed, and another is opened', () => {
  const store = new Flash()
  saveSettings(store, drawSite(3).settings)
  const alarm = { due: 0, ring: () => {} }
  const lines: { events: ByteStreamEvents; isOver: boolean; used: number }[] = []
  let now = 0
  const board = {
    clock: { now: () => now, setSystemTime() {} },
    alarm: {
      set: (due: number, ring: () => void) => Object.assign(alarm, { due, ring }),
      clear() {},
    },
    serialLine: {
      open(_: LineSettings, events: ByteStreamEvents) {
        const line = { events, isOver: false, used: 0 }
        const use = () => void (line.used += line.isOver ? 1 : 0)
        lines.push(line)
        return { write: use, close: use }
      },
    },
    datagrams: () => ({ ask() {}, closeSocket() {} }),
    network: { join() {}, leave() {}, resolve() {} },
    store,
    entropy: random(1),
    system: {
      serial: 'WB1',
      builtAt: 1.7e12,
      lastReset: () => ({ cause: 'power on', words: '' }),
      restart: (why: string) => {
        throw new Error(why)
      },
    },
  }
  boot(board as unknown as Board, () => {})
  expect(lines).toHaveLength(1)
  lines[0].isOver = true
  lines[0].events.onClosed('unplugged')
  for (let turns = 0; turns < 20 && lines.length === 1; turns++) {
    now = alarm.due
    alarm.ring()
  }
  expect([lines.length, lines[0].used]).toEqual([2, 0])
})
