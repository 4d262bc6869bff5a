import { expect, test } from '@jest/globals'
import { clientId, phaseMs } from '../../firmware/core/identity'

test('a serial that fits is readable in the client id', () => {
  expect(clientId('a4cf12b3c4d5')).toBe('wattbeata4cf12b3c4d5')
})

test.each([['A4:CF:12:B3:C4:D5'], ['x'.repeat(40)], ['']])(
  '%j becomes letters and digits, at most 23',
  (serial) => {
    const id = clientId(serial)
    expect(id).toMatch(/^[0-9a-zA-Z]{9,23}$/)
    expect(clientId(serial)).toBe(id)
  },
)

test('a thousand neighbours have a thousand ids and spread over the period', () => {
  const ids = new Set<string>()
  const seconds = [0, 0, 0, 0]
  for (let i = 0; i < 1000; i++) {
    const serial = `A4:CF:12:B3:${(i >> 8).toString(16)}:${(i & 255).toString(16)}`
    ids.add(clientId(serial))
    seconds[Math.floor(phaseMs(serial, 4000) / 1000)]++
  }
  expect(ids.size).toBe(1000)
  for (const count of seconds) expect(count).toBeGreaterThan(150)
})
