import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { Attempts, MAX_WAIT_MS } from '../../firmware/provisioning/attempts'
import { Flash } from '../../tools/sim/flash'

const at = (ms: number) => ms as MonotonicMs

describe('attempts that come to nothing', () => {
  test('make the next wait twice as long, up to a minute', () => {
    const attempts = new Attempts(new Flash(), 'radio', at(0))
    const waits = [attempts.waitMs(at(0))]
    for (let i = 0; i < 10; i++) {
      attempts.failed(at(0))
      waits.push(attempts.waitMs(at(0)))
    }
    expect(waits.map((ms) => ms / 1000)).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60])
    expect([at(59_999), at(60_000), at(1e9)].map((now) => attempts.waitMs(now))).toEqual([1, 0, 0])
  })

  test('are forgotten after one that succeeds', () => {
    const flash = new Flash()
    const attempts = new Attempts(flash, 'radio', at(0))
    attempts.failed(at(0))
    attempts.failed(at(0))
    attempts.succeeded()
    expect(flash.blobs.size).toBe(0)
    attempts.failed(at(5000))
    expect(attempts.waitMs(at(5000))).toBe(1000)
  })

  test('that never came cost the flash nothing: each channel would erase', () => {
    const flash = new Flash()
    let erased = 0
    flash.erase = () => void erased++
    new Attempts(flash, 'radio', at(0)).succeeded()
    expect(erased).toBe(0)
  })

  test('are remembered over a restart, from which on the wait begins anew', () => {
    const flash = new Flash()
    const before = new Attempts(flash, 'cable', at(0))
    for (let i = 0; i < 4; i++) before.failed(at(0))
    const after = new Attempts(flash, 'cable', at(100))
    expect(after.waitMs(at(100))).toBe(8000)
    after.failed(at(8100))
    expect(after.waitMs(at(8100))).toBe(16_000)
  })

  test('by radio do not delay a cable', () => {
    const flash = new Flash()
    const radio = new Attempts(flash, 'radio', at(0))
    for (let i = 0; i < 100; i++) radio.failed(at(0))
    expect([radio, new Attempts(flash, 'cable', at(0))].map((each) => each.waitMs(at(0)))).toEqual([
      MAX_WAIT_MS,
      0,
    ])
  })

  test('by the thousand neither lock the dongle nor wear its flash', () => {
    let writes = 0
    const flash = new Flash({ onWrite: () => void writes++ })
    const attempts = new Attempts(flash, 'radio', at(0))
    for (let i = 0; i < 5000; i++) attempts.failed(at(i * MAX_WAIT_MS))
    expect([attempts.waitMs(at(5000 * MAX_WAIT_MS)), writes]).toEqual([0, 7])
  })

  test('count without a flash that takes them, until the next restart: whoever sent a hello must not restart the dongle', () => {
    const none = (): never => {
      throw new Error('no room')
    }
    const attempts = new Attempts(
      { read: () => undefined, write: none, erase: none },
      'cable',
      at(0),
    )
    attempts.failed(at(0))
    attempts.failed(at(1000))
    expect(attempts.waitMs(at(1000))).toBe(2000)
    attempts.succeeded()
    expect(attempts.waitMs(at(3000))).toBe(0)
  })

  test('are as good as none if their record is damaged', () => {
    const flash = new Flash()
    new Attempts(flash, 'radio', at(0)).failed(at(0))
    for (const [name, blob] of flash.blobs) {
      blob[blob.length - 1] ^= 1
      flash.write(name, blob)
    }
    expect(new Attempts(flash, 'radio', at(0)).waitMs(at(0))).toBe(0)
  })
})
