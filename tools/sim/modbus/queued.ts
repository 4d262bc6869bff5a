/**
 * The streams of one inverter, all behind one unit, read through what brings replies late, twice or in a queue: how many
 * of the powers are of another stream, or of an earlier request.
 */
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { type Random, random } from '../random'
import { type Arrival, answer, ScriptedLine } from './scripted'

export const LATENESS = ['second copies', 'late replies', 'a queue'] as const
export type Lateness = (typeof LATENESS)[number]

interface Power {
  at: number
  /** Of the read that brings it. */
  read: number
  /** Which of its words counts time: the other one tells the stream. */
  timeWord: 0 | 1
}

const power = (at: number, timeWord: 0 | 1, read = at): Power => ({ at, timeWord, read })

/** The powers of the grid, the battery and the panels, and what else is read with them. */
const INVERTER_MAPS = {
  'sungrow-sh': {
    powers: [power(13009, 0), power(5213, 0)],
    others: { 13022: [500], 5638: [1000] },
  },
  'huawei-sun2000': {
    powers: [power(37113, 1), power(37765, 1, 37760), power(32064, 1)],
    others: { 37758: [0, 10_000, 500] },
  },
  'alphaess-smile': {
    powers: [power(33, 1), power(294, 0)],
    others: { 258: [500] },
  },
} as const
export type SimulatedInverter = keyof typeof INVERTER_MAPS
export const SIMULATED_INVERTERS = Object.keys(INVERTER_MAPS) as SimulatedInverter[]

export interface Tally {
  due: number
  measured: number
  wrong: number
}

const ROUNDS = 20
const ROUND_MS = 4000
const STEP_MS = 10
const MAX_COPY_MS = 1500
const MAX_LATE_MS = 8000
const CHARACTER_MS = 10_000 / 9600

/** Of one seed, in rounds of four seconds. */
export function tallyQueued(model: SimulatedInverter, lateness: Lateness, seed: number): Tally {
  const { powers } = INVERTER_MAPS[model]
  const devices: DeviceConfig[] = [
    { model, unit: 1, role: 'site' },
    { model, unit: 1, role: 'resource', ...(model === 'alphaess-smile' && { capacityWh: 10_000 }) },
  ]
  if (powers.length > 2) devices.push({ model, unit: 1, role: 'resource', part: 'pv' })
  const bus = new Bus({ line: { baud: 9600, parity: 'none', stopBits: 1 }, devices })
  const passage = new Passage(lateness, random(seed))
  const askedAt = new Map<number, number>()
  const line = new ScriptedLine<BusOutput>(bus, (frame, now) => {
    askedAt.set((frame[2] << 8) + frame[3], now)
    const { readAt, afterMs } = passage.pass(now)
    const registers = registersAt(model, readAt)
    const reply = answer({ unit: 1, registers, latencyMs: 0 }, frame)
    if (!reply) return []
    const linesMs = (frame.length + reply.length) * CHARACTER_MS
    return afterMs.map((ms): Arrival => ({ afterMs: linesMs + ms, bytes: reply }))
  })
  const total: Tally = { due: ROUNDS * devices.length, measured: 0, wrong: 0 }
  for (let round = 0; round < ROUNDS; round++) {
    bus.measure(line.now as MonotonicMs)
    line.run((round + 1) * ROUND_MS, (output) => {
      if (output.kind !== 'measured') return
      total.measured++
      const { at, read } = powers[output.device]
      const raw = Math.abs(output.powerW)
      // A power of one register has no room for its stream, and then no other stream has its length.
      const isOwn = raw >> 16 === (at === 294 ? 0 : output.device + 1)
      const isOld = (raw & 0xffff) * STEP_MS < (askedAt.get(read) ?? 0) - STEP_MS
      if (!isOwn || isOld) total.wrong++
    })
  }
  return total
}

/** What lies between the dongle and the inverter. */
class Passage {
  readonly #lateness: Lateness
  readonly #random: Random
  #freeAt = 0

  constructor(lateness: Lateness, random: Random) {
    this.#lateness = lateness
    this.#random = random
  }

  /** When the registers are read that answer a request, and after how long its reply comes, or its replies. */
  pass(now: number): { readAt: number; afterMs: number[] } {
    const { chance, below } = this.#random
    const latencyMs = 20 + below(60)
    if (this.#lateness === 'second copies') {
      const copyMs = latencyMs + below(MAX_COPY_MS)
      return { readAt: now, afterMs: chance(0.2) ? [latencyMs, copyMs] : [latencyMs] }
    }
    if (this.#lateness === 'late replies')
      return { readAt: now, afterMs: [chance(0.15) ? 300 + below(MAX_LATE_MS - 300) : latencyMs] }
    const readAt = Math.max(this.#freeAt, now) + (chance(0.08) ? below(MAX_LATE_MS) : 0)
    // What it cannot pass on in time it forgets.
    if (readAt + latencyMs > now + MAX_LATE_MS) return { readAt, afterMs: [] }
    this.#freeAt = readAt + latencyMs
    return { readAt, afterMs: [this.#freeAt - now] }
  }
}

/** Every register at `now`. */
function registersAt(model: SimulatedInverter, now: number): Map<number, number> {
  const { powers, others } = INVERTER_MAPS[model]
  const registers = new Map<number, number>()
  const put = (at: number, words: readonly number[]): void =>
    words.forEach((word, i) => {
      registers.set(at + i, word)
    })
  // What lies behind a register that is read is there too.
  for (const at of Object.keys(others)) put(Number(at), new Array(12).fill(0))
  for (const { at } of powers) put(at, new Array(12).fill(0))
  for (const [at, words] of Object.entries(others)) put(Number(at), words)
  const steps = Math.floor(now / STEP_MS)
  powers.forEach(({ at, timeWord }, i) => {
    const stream = i + 1
    put(at, at === 294 ? [steps] : timeWord === 0 ? [steps, stream] : [stream, steps])
  })
  return registers
}
