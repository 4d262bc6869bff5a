import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { later, type MonotonicMs } from '../../firmware/core/time'
import type { Store } from '../../firmware/ports/store'
import { NodeAlarm, nodeClock } from '../../tools/node/clock'
import { hostNetwork } from '../../tools/node/network'
import { FileStore } from '../../tools/node/store'
import { Flash } from '../../tools/sim/flash'

describe('in virtual time', () => {
  beforeEach(() => {
    jest.useFakeTimers()
  })
  afterEach(() => {
    jest.useRealTimers()
  })

  const elapsed = () => {
    const start = performance.now()
    return () => Math.round((performance.now() - start) * 1000) / 1000
  }

  describe('the alarm', () => {
    const DAY_MS = 86_400_000

    test.each([0, 4, 3.2, 30 * DAY_MS])('rings %d ms from now, once and never early', (ms) => {
      const log: number[] = []
      const since = elapsed()
      new NodeAlarm().set(later(nodeClock.now(), ms), () => log.push(since()))
      jest.advanceTimersByTime(ms + DAY_MS)
      expect(log).toHaveLength(1)
      expect(log[0]).toBeGreaterThanOrEqual(ms)
      expect(log[0]).toBeLessThan(ms + 2)
    })

    test('set again, only the last counts; cleared, none does', () => {
      const log: string[] = []
      const alarm = new NodeAlarm()
      alarm.set(later(nodeClock.now(), 5), () => log.push('first'))
      alarm.set(later(nodeClock.now(), 9), () => log.push('second'))
      jest.advanceTimersByTime(20)
      alarm.set(later(nodeClock.now(), 5), () => log.push('third'))
      alarm.clear()
      jest.advanceTimersByTime(20)
      expect(log).toEqual(['second'])
    })

    test('what is overdue rings at once', () => {
      const log: number[] = []
      new NodeAlarm().set(-1 as MonotonicMs, () => log.push(1))
      jest.advanceTimersByTime(1)
      expect(log).toEqual([1])
    })
  })
})

describe('the store', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wattbeat-store-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })
  const stores: [string, () => Store][] = [
    ['in memory', () => new Flash()],
    ['in files', () => new FileStore(folder)],
  ]

  test.each(stores)('%s keeps, replaces and erases', (_where, make) => {
    const store = make()
    const bytes = Uint8Array.of(1, 2, 3)
    store.write('settings.0', bytes)
    bytes[0] = 9
    expect(store.read('settings.0')).toEqual(Uint8Array.of(1, 2, 3))
    store.write('settings.0', Uint8Array.of(4))
    expect(store.read('settings.0')).toEqual(Uint8Array.of(4))
    store.erase('settings.0')
    store.erase('settings.0')
    expect(store.read('settings.0')).toBeUndefined()
  })

  test.each(stores)(
    '%s takes only names that the device takes, and none that leads elsewhere',
    (_where, make) => {
      const store = make()
      for (const name of ['', 'a-name-too-long-', '../x', '..', 'a/b']) {
        expect(() => store.write(name, new Uint8Array(1))).toThrow()
      }
    },
  )

  test('files outlive the store, only their owner reads them, and none is left half-written', () => {
    new FileStore(folder).write('time', Uint8Array.of(1))
    expect(new FileStore(folder).read('time')).toEqual(Uint8Array.of(1))
    expect(readdirSync(folder)).toEqual(['time'])
    expect(statSync(join(folder, 'time')).mode & 0o777).toBe(0o600)
  })
})

test.each(['192.0.2.7', '2001:db8::7'])('the literal address %s needs no resolver', (host) => {
  const answers: unknown[] = []
  hostNetwork.resolve(host, (...answer) => answers.push(answer))
  expect(answers).toEqual([[host, '']])
})

test('a name that does not exist has no address, and says so', async () => {
  const [address, why] = await new Promise<[string | undefined, string]>((resolve) =>
    hostNetwork.resolve('no-such-host.invalid', (...answer) => resolve(answer)),
  )
  expect(address).toBeUndefined()
  expect(why).toContain('no-such-host.invalid')
})
