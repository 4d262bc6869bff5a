/**
 * What values are scaled by, changing at any time: transformer ratios of a meter that is swapped or set anew, and scale
 * factors of a SunSpec inverter that move with its power. Never a value by the scale of another moment.
 */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { bus, float, ScriptedLine, type Slave, slave } from '../../../tools/sim/modbus/scripted'
import { type Random, random } from '../../../tools/sim/random'
import { type Block, sunspec } from '../sunspec'
import { line8N1 } from './rounds'

const ROUND_MS = 4000
/** A reading may be of the scale that was right within so many milliseconds of its time. */
const NEAR_MS = 1000

interface Life {
  measured: number
  wrong: string[]
}

/** A factor that moves twice between two reads cannot be told; an inverter renews its registers once a second. */
const REFRESH_MS = 500

/** What the device shows and when it showed something else. */
class Shown {
  readonly #from: { at: number; powerW: number }[] = []

  set(at: number, powerW: number): void {
    this.#from.push({ at, powerW })
  }

  /** Whether it showed this power within NEAR_MS of `at`. */
  has(powerW: number, at: number): boolean {
    return this.#from.some(
      (one, i) =>
        one.at <= at + NEAR_MS &&
        (this.#from[i + 1]?.at ?? Number.POSITIVE_INFINITY) >= at - NEAR_MS &&
        Math.abs(one.powerW - powerW) <= Math.abs(one.powerW) * 1e-6,
    )
  }
}

interface Story {
  seed: number
  config: DeviceConfig
  device: Slave
  rounds: number
  /** Changes the device before it hears a request; false if it is silent. */
  live(now: number, draw: Random, shown: Shown): boolean
}

function play({ seed, config, device, rounds, live }: Story): Life {
  const draw = random(seed)
  const shown = new Shown()
  const life: Life = { measured: 0, wrong: [] }
  const machine = new Bus({ line: line8N1(), devices: [config], maxSpanMs: 1000 })
  const respond = bus([device])
  const line = new ScriptedLine<BusOutput>(machine, (frame, now) =>
    live(now, draw, shown) ? respond(frame, now) : [],
  )
  for (let round = 1; round <= rounds; round++) {
    machine.measure(line.now as MonotonicMs)
    line.run(round * ROUND_MS, (output) => {
      if (output.kind !== 'measured') return
      life.measured++
      if (!shown.has(output.powerW, output.at))
        life.wrong.push(`seed ${seed}, round ${round}: ${output.powerW} W`)
    })
  }
  return life
}

describe('the ratio of a DTSU666', () => {
  const RATIOS = [1, 10, 40, 80]
  const config: DeviceConfig = { model: 'chint-dtsu666', unit: 1, role: 'site' }

  /** `silentMs`: up to how long it is without power while it is swapped. */
  function swapped(seed: number, silentMs: number, rounds: number): Life {
    const device = slave(1, { 6: [40, 10], 8210: float(1000) })
    let swapAt = 0
    let backAt = 0
    let ratio = 40
    return play({
      seed,
      config,
      device,
      rounds,
      live(now, draw, shown) {
        while (now >= swapAt) {
          ratio = RATIOS[draw.below(RATIOS.length)]
          device.registers.set(6, ratio)
          shown.set(swapAt, 100 * ratio)
          backAt = swapAt + silentMs * draw.next()
          swapAt = backAt + 60_000 * draw.next()
        }
        return now >= backAt
      },
    })
  }

  test.each([
    ['set anew while it is read', 0],
    ['swapped in a moment', 1000],
    ['swapped in half a minute', 30_000],
  ])('%s: no reading by the old one', (_, silentMs) => {
    const wrong: string[] = []
    let measured = 0
    for (let seed = 1; seed <= 100; seed++) {
      const life = swapped(seed, silentMs, 60)
      wrong.push(...life.wrong)
      measured += life.measured
    }
    expect(wrong).toEqual([])
    expect(measured).toBeGreaterThan(2000)
  })
})

describe('a scale factor that moves, 18,000 rounds', () => {
  const inverter = (points: Block['points']): Block => ({ id: 701, length: 153, points })
  /** Its storage, and four inputs: two strings, charge and discharge. */
  const hybrid = (charge: number, factor: number): Block[] => [
    { id: 103, length: 50, points: { 14: 512, 15: 1 } },
    { id: 124, length: 24, points: { 8: 5050, 22: -2 } },
    { id: 160, length: 88, points: { 4: factor, 8: 4, 61: charge, 81: 0 } },
  ]
  const storage: DeviceConfig = {
    model: 'sunspec',
    unit: 1,
    role: 'resource',
    capacityWh: 10_000,
  }
  const panels: DeviceConfig = { model: 'sunspec', unit: 1, role: 'resource', part: 'pv' }

  function moving(seed: number, which: 160 | 701, most: number | undefined, rounds: number): Life {
    const blocksOf = (value: number, factor: number): Block[] =>
      which === 701 ? [inverter({ 10: value, 116: factor })] : hybrid(value, factor)
    const device = { ...sunspec(40_000, 'Fronius', blocksOf(500, 0)), most }
    let moveAt = 0
    return play({
      seed,
      config: which === 701 ? panels : storage,
      device,
      rounds,
      live(now, draw, shown) {
        while (now >= moveAt) {
          const factor = draw.below(3) - 1
          const value = 100 + draw.below(20_000)
          const { registers } = sunspec(40_000, 'Fronius', blocksOf(value, factor))
          for (const [at, word] of registers) device.registers.set(at, word)
          shown.set(moveAt, (which === 701 ? -value : value) * 10 ** factor)
          moveAt += REFRESH_MS + 500 * draw.next()
        }
        return true
      },
    })
  }

  test.each([
    [160, undefined],
    [160, 40],
    [701, undefined],
    [701, 40],
  ] as const)('model %d, %s registers at once: no reading by another', (which, most) => {
    const wrong: string[] = []
    let measured = 0
    for (let seed = 1; seed <= 45; seed++) {
      const life = moving(seed, which, most, 100)
      wrong.push(...life.wrong)
      measured += life.measured
    }
    expect(wrong).toEqual([])
    expect(measured).toBeGreaterThan(3500)
  })
})
