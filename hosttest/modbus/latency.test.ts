import { describe, expect, test } from '@jest/globals'
import { Latency } from '../../firmware/modbus/latency'

describe('the latency of a device', () => {
  test('brings the timeout down to what the device takes, never below 100 ms', () => {
    const latency = new Latency(500)
    expect(latency.timeoutMs).toBe(500)
    for (let i = 0; i < 50; i++) latency.answered(80)
    expect(latency.timeoutMs).toBeGreaterThan(150)
    expect(latency.timeoutMs).toBeLessThan(200)
    for (let i = 0; i < 50; i++) latency.answered(5)
    expect(latency.timeoutMs).toBe(100)
  })

  test('doubles the timeout of a silent device, never above 2 s', () => {
    const latency = new Latency(500)
    const timeouts: number[] = []
    for (let i = 0; i < 3; i++) {
      latency.timedOut()
      timeouts.push(latency.timeoutMs)
    }
    expect(timeouts).toEqual([1000, 2000, 2000])
  })

  test('keeps its percentiles within a factor of the square root of two', () => {
    const latency = new Latency(500)
    expect(latency.percentile(0.5)).toBe(0)
    for (let ms = 1; ms <= 100; ms++) latency.answered(ms)
    expect(latency.percentile(0.5)).toBeGreaterThanOrEqual(50)
    expect(latency.percentile(0.5)).toBeLessThan(50 * 1.5)
    expect(latency.percentile(0.99)).toBeGreaterThanOrEqual(99)
    expect(latency.percentile(0.99)).toBeLessThan(99 * 1.5)
  })
})
