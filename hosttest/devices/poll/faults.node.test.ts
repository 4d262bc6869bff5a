/**
 * A line with every fault there is, over thousands of seeds: never a wrong value, and when the faults stop, every
 * device is read again. Each value carries its unit and the time at which it was read.
 */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import {
  type Arrival,
  answer,
  float,
  framed,
  ScriptedLine,
  type Slave,
} from '../../../tools/sim/modbus/scripted'
import { type Random, random } from '../../../tools/sim/random'
import { line8N1 } from './rounds'

const devices: DeviceConfig[] = [
  { model: 'eastron-sdm630', unit: 1, role: 'site' },
  { model: 'eastron-sdm120', unit: 2, role: 'resource' },
  // Two reads of the same length, which only their addresses tell apart: what a late answer could mix up.
  { model: 'alphaess-smile', unit: 3, role: 'resource', capacityWh: 10_000 },
]
const SEEDS = 2000
const FAULTY_ROUNDS = 5
/** Lost devices sit out up to 16 rounds. */
const CLEAN_ROUNDS = 20
const ROUND_MS = 4000
/** Values count time in these steps. */
const STEP_MS = 10

/** Every register of the device, as it would be at `now`. */
function registersAt(unit: number, now: number): Slave {
  const steps = Math.floor(now / STEP_MS)
  const registers = new Map<number, number>()
  const put = (at: number, words: number[]): void => {
    for (let i = 0; i < words.length; i++) registers.set(at + i, words[i])
  }
  if (unit === 3) {
    put(294, [steps % 0x7000])
    put(258, [Math.floor(now / 1000) % 1000])
  } else put(unit === 1 ? 52 : 12, float(unit * 100_000 + steps))
  return { unit, registers, latencyMs: 0 }
}

/** Draws what becomes of a request and its reply on the line. */
function faulty(draw: Random): (frame: Uint8Array, now: number) => Arrival[] {
  const echoes = draw.chance(0.3)
  return (frame, now) => {
    const arrivals: Arrival[] = []
    const bring = (afterMs: number, bytes: Uint8Array): void => {
      if (bytes.length > 0) arrivals.push({ afterMs, bytes })
    }
    if (echoes) bring(8, draw.chance(0.8) ? frame : part(frame, draw))
    if (draw.chance(0.1)) bring(draw.below(30), noise(draw))
    const unit = frame[0]
    const latencyMs = draw.chance(0.15) ? draw.below(1800) : 15 + draw.below(60)
    const reply = answer(registersAt(unit, now), frame)
    if (!reply || draw.chance(0.1)) return arrivals
    for (const one of spoil(reply, draw)) bring(latencyMs + 20, one)
    if (draw.chance(0.05)) bring(latencyMs + 25, noise(draw))
    return arrivals
  }
}

function spoil(reply: Uint8Array, draw: Random): Uint8Array[] {
  // Of units that are never asked: traffic of a second master with our units cannot be told from ours.
  const other = framed(4 + draw.below(4), reply[1], 4, 0x47, draw.below(256), 0, 0)
  switch (draw.below(14)) {
    case 0:
      return [reply.slice(0, draw.below(reply.length))]
    case 1:
      return [flipped(reply, draw)]
    case 2:
      return [other, reply]
    case 3:
      return [other]
    case 4:
      return [collided(reply, other, 1 + draw.below(reply.length))]
    case 5:
      return [framed(reply[0], reply[1] | 0x80, [4, 5, 6, 11][draw.below(4)])]
    case 6:
      return [noise(draw), reply]
    case 7: {
      const cut = draw.below(reply.length)
      return [reply.slice(0, cut), reply.slice(cut)]
    }
    default:
      return [reply]
  }
}

/** One to three bits, or a burst of up to 16: CRC-16 finds all of these. */
function flipped(frame: Uint8Array, draw: Random): Uint8Array {
  const bytes = frame.slice()
  const flip = (bit: number): void => {
    bytes[bit >> 3] ^= 0x80 >> (bit & 7)
  }
  const start = draw.below(8 * bytes.length - 16)
  const bits = new Set([start])
  if (draw.chance(0.5)) for (let i = 1; i < 16; i++) draw.chance(0.5) && bits.add(start + i)
  else for (let i = draw.below(3); i > 0; i--) bits.add(draw.below(8 * bytes.length))
  for (const bit of bits) flip(bit)
  return bytes
}

/** Two drivers at once, the second some characters later: a bit is low if either pulls it low. */
function collided(a: Uint8Array, b: Uint8Array, later: number): Uint8Array {
  const both = new Uint8Array(Math.max(a.length, later + b.length)).fill(0xff)
  a.forEach((byte, i) => {
    both[i] = byte
  })
  b.forEach((byte, i) => {
    both[later + i] &= byte
  })
  return both
}

function part(frame: Uint8Array, draw: Random): Uint8Array {
  const start = draw.below(frame.length)
  return frame.slice(start, start + draw.below(frame.length - start))
}

/** Hum, or a battery that speaks PACE's ASCII protocol on the same wires. */
function noise(draw: Random): Uint8Array {
  if (draw.chance(0.3))
    return Uint8Array.from('~25014642E00201FD30\r', (letter) => letter.charCodeAt(0))
  const bytes = new Uint8Array(draw.below(40))
  draw.fill(bytes)
  return bytes
}

interface Run {
  wrong: string[]
  measured: number
  measuredLast: number
}

function run(seed: number): Run {
  const draw = random(seed)
  const machine = new Bus({ line: line8N1(), devices })
  let respond = faulty(draw)
  const line = new ScriptedLine<BusOutput>(machine, (frame, now) => respond(frame, now))
  const log: Run = { wrong: [], measured: 0, measuredLast: 0 }
  /** When the last request to that unit and address went out. */
  const askedAt = (unit: number, address: number): number => {
    for (let i = line.sent.length - 1; i >= 0; i--) {
      const { at, bytes } = line.sent[i]
      if (bytes[0] === unit && (bytes[2] << 8) + bytes[3] === address) return at
    }
    return Number.POSITIVE_INFINITY
  }
  for (let round = 0; round < FAULTY_ROUNDS + CLEAN_ROUNDS; round++) {
    if (round === FAULTY_ROUNDS) respond = clean
    log.measuredLast = 0
    machine.measure(line.now as MonotonicMs)
    line.run((round + 1) * ROUND_MS, (output, now) => {
      if (output.kind !== 'measured') return
      log.measured++
      log.measuredLast++
      const unit = output.device + 1
      const [address, steps] =
        unit === 3 ? [294, -output.powerW] : [unit === 1 ? 52 : 12, output.powerW - unit * 100_000]
      const from = askedAt(unit, address)
      const readAt = steps * STEP_MS
      if (!(readAt > from - STEP_MS && readAt <= now))
        log.wrong.push(`seed ${seed}: unit ${unit} ${output.powerW} W, asked at ${from}`)
      if (output.stateOfChargeWh === undefined) return
      const second = output.stateOfChargeWh / 10
      if (!(second >= Math.floor(askedAt(3, 258) / 1000) && second * 1000 <= now))
        log.wrong.push(`seed ${seed}: ${output.stateOfChargeWh} Wh`)
    })
  }
  return log
}

function clean(frame: Uint8Array, now: number): Arrival[] {
  const reply = answer(registersAt(frame[0], now), frame)
  return reply ? [{ afterMs: 50, bytes: reply }] : []
}

describe('a line with every fault there is', () => {
  test(`${SEEDS} seeds: never a wrong value, and all devices are back in the end`, () => {
    const wrong: string[] = []
    let measured = 0
    let lost = 0
    for (let seed = 1; seed <= SEEDS; seed++) {
      const one = run(seed)
      wrong.push(...one.wrong)
      measured += one.measured
      if (one.measuredLast !== devices.length) lost++
    }
    expect(wrong).toEqual([])
    expect(lost).toBe(0)
    expect(measured).toBeGreaterThan(SEEDS * 50)
  })
})
