/** Who feeds the platform's watchdog: the alarm's turn of the pump, every ten seconds at least. */
import { describe, expect, test } from '@jest/globals'
import { boot } from '../../firmware/dongle/boot'
import type { Board } from '../../firmware/ports/board'
import type { NetworkEvents } from '../../firmware/ports/network'
import { saveSettings } from '../../firmware/settings/record'
import { Flash } from '../../tools/sim/flash'
import { random } from '../../tools/sim/random'
import { drawSite } from '../../tools/sim/site/drawn'
import { MINUTE } from '../../tools/sim/world'
import { story } from './site'

/** A board on which nothing happens but what a test makes happen. */
function board(site: boolean) {
  const store = new Flash()
  if (site) saveSettings(store, drawSite(3).settings)
  const seen = { now: 0, fed: 0, restarts: [] as string[], due: 0, ring: () => {} }
  let events: NetworkEvents | undefined
  const network = {
    join: (_: unknown, given: NetworkEvents) => void (events = given),
    leave() {},
    resolve() {},
  }
  const running = boot(
    {
      clock: { now: () => seen.now, setSystemTime() {} },
      alarm: {
        set(due: number, ring: () => void) {
          Object.assign(seen, { due, ring })
        },
        clear() {},
      },
      serialLine: { open: () => ({ write() {}, close() {} }) },
      datagrams: () => ({ ask() {}, closeSocket() {} }),
      network,
      store,
      entropy: random(1),
      system: {
        serial: 'WB1',
        builtAt: 1.7e12,
        lastReset: () => ({ cause: 'power on', words: '' }),
        feedWatchdog: () => void seen.fed++,
        restart: (why: string) => void seen.restarts.push(why),
      },
    } as unknown as Board,
    () => {},
  )
  return { seen, network, running, lost: () => events?.onLost('no access point') }
}

describe('the watchdog', () => {
  test('is fed by the alarm at the start, and then after five seconds or ten at most', () => {
    const { seen } = board(true)
    const fedAt = [0]
    expect(seen.fed).toBe(1)
    while (fedAt.length < 50) {
      seen.now = seen.due
      seen.ring()
      if (seen.fed > fedAt.length) fedAt.push(seen.now)
    }
    const gaps = fedAt.slice(1).map((at, i) => at - fedAt[i])
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5000)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000)
  })

  test('is not fed by what a port does, nor put off by it: a timer that is lost ends in a restart', () => {
    const { seen, lost } = board(true)
    for (seen.now = 1000; seen.now < 9000; seen.now += 100) {
      lost()
      expect(seen.due).toBeLessThanOrEqual(10_000)
    }
    expect(seen.fed).toBe(1)
  })

  test('is not fed by a turn that ends in an exception, nor after it', () => {
    const { seen, network } = board(true)
    network.join = () => {
      throw new Error('no radio')
    }
    seen.now = 35_000
    seen.ring()
    expect([seen.fed, seen.restarts.length]).toEqual([2, 0])
    seen.now = 65_000
    seen.ring()
    seen.ring()
    expect([seen.fed, seen.restarts.length]).toEqual([2, 1])
  })

  test('is not asked for while there is no site: the engine alone is watched then', () => {
    expect(board(false).seen.fed).toBe(0)
  })

  test('is fed in every state, a hold-off of an hour and an outage included', () => {
    const { world } = story({ watchdog: true })
    const { agenda, conditions, dongle } = world
    let longestMs = 0
    const look = () => {
      longestMs = Math.max(longestMs, dongle.unfedMs)
      agenda.after(100, look)
    }
    look()
    expect(world.run(5 * MINUTE)).toBeUndefined()
    conditions.wifi = 'silent'
    agenda.runUntil(15 * MINUTE, () => {})
    for (let i = 1; i <= 10; i++) {
      dongle.reset('panic')
      agenda.runUntil(15 * MINUTE + 1000 * i, () => {})
    }
    agenda.runUntil(60 * MINUTE, () => {})
    expect(dongle.health?.state).toBe('holding')
    expect(longestMs).toBeGreaterThan(9000)
    expect(longestMs).toBeLessThan(10_100)
  })
})
