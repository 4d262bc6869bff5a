/** The one simulated line: the time that bits take, and what becomes of a frame on the way. */
import { describe, expect, test } from '@jest/globals'
import { crc16 } from '../../firmware/modbus/crc16'
import { random } from '../../tools/sim/random'
import { AskedLine, request, SETTINGS } from './line'

const ASK = request(1, 4, 0x34, 2)
const LATENCY_MS = 40
const CHARACTER_MS = 10_000 / 9600

function atFixedLatency(line: AskedLine): AskedLine {
  for (const meter of line.conditions.meters.values()) meter.latencyMs = [LATENCY_MS, LATENCY_MS]
  return line
}

test.each([1, 2, 3, 4, 5])(
  'bytes take their bits: 8 out, the latency, 9 back, whole or in two pieces (seed %i)',
  (seed) => {
    const line = atFixedLatency(new AskedLine({ random: random(seed) }))
    expect(line.answer(ASK)).toHaveLength(9)
    expect(line.log.length).toBeLessThanOrEqual(2)
    for (const [i, [at]] of line.log.entries()) {
      const before = line.log.slice(0, i + 1).reduce((sum, [, ...bytes]) => sum + bytes.length, 0)
      const due = (8 + before) * CHARACTER_MS + LATENCY_MS
      expect(at).toBeGreaterThanOrEqual(due - 1e-9)
      // The second piece comes when the UART's driver runs again.
      expect(at).toBeLessThan(due + 1)
    }
  },
)

test('a parity bit and a second stop bit take their time too', () => {
  const line = atFixedLatency(new AskedLine())
  const at = (settings: typeof SETTINGS): number => {
    line.open(settings)
    const start = line.agenda.now
    line.answer(ASK)
    return line.log[line.log.length - 1][0] - start
  }
  const plain = at(SETTINGS)
  const longer = at({ ...SETTINGS, parity: 'even', stopBits: 2 })
  expect(longer - plain).toBeGreaterThan(17 * 2 * (1000 / 9600) - 1)
  expect(longer - plain).toBeLessThan(17 * 2 * (1000 / 9600) + 1)
})

describe('meters that are set to 9600 baud without parity', () => {
  const meterSettings = { baud: 9600, parity: 'none' } as const

  test('answer a dongle that is set likewise', () => {
    expect(new AskedLine({ meterSettings }).answer(ASK)).toHaveLength(9)
  })

  test.each([
    ['another speed', { ...SETTINGS, baud: 2400 }],
    ['another parity', { ...SETTINGS, parity: 'even' as const }],
  ])('%s is not understood', (_why, other) => {
    const line = new AskedLine({ meterSettings })
    line.open(other)
    expect(line.answer(ASK)).toBeUndefined()
  })
})

test('the writer may reuse its buffer, and nothing comes after close', () => {
  const line = new AskedLine()
  const stream = line.open()
  const reused = ASK.slice()
  stream.write(reused)
  reused.fill(0)
  line.pass(1000)
  expect(line.log.flatMap(([, ...bytes]) => bytes)).toHaveLength(9)
  line.log.length = 0
  stream.write(ASK)
  line.pass(10)
  stream.close()
  line.pass(1000)
  expect([line.log, line.closed]).toEqual([[], []])
})

test('an adapter that is unplugged closes the line, which cannot be opened until it is back', () => {
  const line = new AskedLine()
  line.open()
  line.conditions.line = false
  line.line.unplug()
  expect(line.closed).toEqual(['the adapter was unplugged'])
  expect(() => line.open()).toThrow('no such device')
  line.conditions.line = true
  line.open()
  expect(line.answer(ASK)).toHaveLength(9)
})

test('of two frames at once no meter understands the second', () => {
  const line = new AskedLine()
  const stream = line.open()
  stream.write(ASK)
  stream.write(request(2, 4, 0x0c, 2))
  line.pass(2000)
  const units = new Set(line.log.map(([, unit]) => unit))
  expect([...units]).not.toContain(2)
})

test.each([1, 2, 3, 4, 5])(
  'noise damages, and never so that another frame with a good checksum comes of it (seed %i)',
  (seed) => {
    const truth = [...new AskedLine().answer(ASK)!]
    const line = new AskedLine({ random: random(seed) })
    line.conditions.noise = 0.5
    let damaged = 0
    for (let i = 0; i < 100; i++) {
      const bytes = line.answer(ASK) ?? new Uint8Array(0)
      if (bytes.join() !== truth.join()) damaged++
      for (let end = 5; end <= bytes.length; end++) {
        if (bytes[0] !== 1 || crc16(bytes, 0, end) !== 0) continue
        expect([...bytes.subarray(0, end)]).toEqual(truth)
      }
    }
    expect(damaged).toBeGreaterThan(40)
    expect(damaged).toBeLessThan(100)
  },
)
