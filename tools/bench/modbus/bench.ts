/**
 * `npm run bench -- modbus`: what a 4 s cycle costs on a 9600 baud line, for every device of the catalogue, beside
 * one read per register, beside the exhaustive optimum, and beside the same reads without padding (modbus/late.ts); how
 * many readings are wrong on lines that bring what was not asked for; and transactions per second beside modbus-serial.
 * Fails if the cycle of any device takes more than 1.05 x the optimum, or one with all on one line more than 1.15 x what
 * bytes, latencies and silences take, which is what the optimum is made of; if padding takes more than 3 % of the line's
 * time; or if a reading is wrong.
 */
import { EventEmitter } from 'node:events'
import ModbusRTU from 'modbus-serial'
import type { MonotonicMs } from '../../../firmware/core/time'
import { findDevice, listDevices } from '../../../firmware/devices/catalogue/find'
import { checkDevice, type DeviceConfig } from '../../../firmware/devices/config'
import type { Device } from '../../../firmware/devices/model'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { widthOf } from '../../../firmware/devices/value'
import { Master } from '../../../firmware/modbus/master'
import type { ReadCost, Span } from '../../../firmware/modbus/plan'
import { LineTiming } from '../../../firmware/modbus/timing'
import { framed, ScriptedLine } from '../../sim/modbus/scripted'
import { cheapest } from './exhaustive'
import { benchValues } from './values'

const BAUD = 9600
const LATENCY_MS = 50
const MAX_EACH = 1.05
const MAX_TOGETHER = 1.15
/** A first one, in which what is fixed is read too, and some that are counted: an even number, as lengths alternate. */
const CYCLES = 5
const CYCLE_MS = 20_000
const MAX_PADDING_SHARE = 0.03
const TRANSACTIONS = 20_000

interface Cost {
  registers: number
  transactions: number
  ms: number
  /** What of it takes the padding. */
  paddingMs: number
  /** Frames, latencies and silences of the cheapest reads there are: nothing can be faster. */
  optimumMs: number
  singleMs: number
}

const LINE = { baud: BAUD, parity: 'none', stopBits: 1 } as const
const timing = new LineTiming(LINE)

function setupOf(device: Device): DeviceConfig {
  const setup: DeviceConfig = {
    model: device.id,
    unit: 1,
    role: device.battery || !device.power ? 'resource' : 'site',
  }
  const fault = checkDevice(setup)?.field
  if (fault === 'capacityWh') return { ...setup, capacityWh: 10_000 }
  return fault === 'direction' ? { ...setup, direction: 'import' } : setup
}

interface Cycle {
  /** On average. */
  ms: number
  paddingMs: number
  /** Of each counted cycle, without padding. */
  sent: Uint8Array[][]
}

/** Runs the bus itself in virtual time, against devices that answer any read after LATENCY_MS. */
function cycle(devices: readonly Device[]): Cycle {
  const setups = devices.map((device, i) => ({ ...setupOf(device), unit: i + 1 }))
  const bus = new Bus({ line: LINE, devices: setups })
  const line = new ScriptedLine<BusOutput>(bus, (frame) => {
    const size = 2 * frame[5]
    // 1 in every register: no sentinel, no scale factor that explodes.
    const words = Array.from({ length: size }, (_, i) => i & 1)
    const reply = framed(frame[0], frame[1], size, ...words)
    return [{ afterMs: timing.frameMs(frame.length + reply.length) + LATENCY_MS, bytes: reply }]
  })
  let ms = 0
  let reported = 0
  const cycles: Uint8Array[][] = []
  for (let round = 0; round < CYCLES; round++) {
    line.now = round * CYCLE_MS
    line.sent.length = 0
    bus.measure(line.now as MonotonicMs)
    let endedAt = 0
    line.run(line.now + CYCLE_MS - 1, (_, at) => {
      reported++
      endedAt = at - round * CYCLE_MS
    })
    if (round === 0) continue
    ms += endedAt / (CYCLES - 1)
    cycles.push(line.sent.map(({ bytes }) => bytes))
  }
  if (reported !== CYCLES * devices.length) throw new Error(`${reported} reports`)
  const sent = shortest(cycles)
  const registers = (all: readonly (readonly Uint8Array[])[]): number =>
    all.flat().reduce((sum, { 5: n }) => sum + n, 0)
  const padding = (registers(cycles) - registers(sent)) / cycles.length
  return { ms, paddingMs: timing.frameMs(2 * padding), sent }
}

/** Each read, which has a unit, function and address, as the frame that asks for the fewest registers. */
function shortest(cycles: readonly (readonly Uint8Array[])[]): Uint8Array[][] {
  const nameOf = (frame: Uint8Array): string => frame.subarray(0, 4).join()
  const reads = new Map<string, Uint8Array>()
  for (const frame of cycles.flat()) {
    const known = reads.get(nameOf(frame))
    if (!known || frame[5] < known[5]) reads.set(nameOf(frame), frame)
  }
  return cycles.map((frames) => frames.map((frame) => reads.get(nameOf(frame)) ?? frame))
}

function measure(device: Device): Cost {
  const { ms, paddingMs, sent } = cycle([device])
  // The silence behind the last frame is part of a cycle; the one before the first has been kept long since.
  const transactions = sent.flat().length / sent.length
  return { ...reckon(device, sent), transactions, ms: ms + quietMs(device), paddingMs }
}

function quietMs(device: Device): number {
  return Math.max(timing.silenceMs, device.quietMs)
}

/** On average of the cycles: of what is fixed one read is checked in each, in turn. */
function reckon(
  device: Device,
  cycles: readonly (readonly Uint8Array[])[],
): Pick<Cost, 'registers' | 'optimumMs' | 'singleMs'> {
  const cost: ReadCost = {
    turnaroundMs: timing.frameMs(8 + 5) + LATENCY_MS + quietMs(device),
    registerMs: timing.frameMs(2),
  }
  const limits = { maxRegisters: device.maxRegisters, barriers: device.barriers }
  const sum = { registers: 0, optimumMs: 0, singleMs: 0 }
  for (const frames of cycles) {
    const asked = new Set<number>()
    for (const frame of frames)
      for (let i = 0; i < frame[5]; i++) asked.add((frame[2] << 8) + frame[3] + i)
    const wanted = wantedOf(device).filter(({ at }) => asked.has(at))
    sum.registers += wanted.length / cycles.length
    sum.optimumMs += cheapest(wanted, limits, cost) / cycles.length
    for (const { width } of wanted)
      sum.singleMs += (cost.turnaroundMs + width * cost.registerMs) / cycles.length
  }
  return sum
}

/** The registers that the setup is about, by the flows of the device. */
function wantedOf(device: Device): Span[] {
  const flow = device.battery ?? device.power ?? device.pv
  if (!flow) return []
  const energy = ['stateOfCharge', 'fullEnergy', 'remainingCapacity', 'batteryVoltage']
  const names = new Set<string>([...flow.plus, ...flow.minus, ...flow.times])
  if (flow.sign) names.add(flow.sign.what)
  if (device.battery) for (const what of energyOf(device, energy)) names.add(what)
  return device.registers
    .filter(({ what }) => names.has(what))
    .map(({ at, type }) => ({ at, width: widthOf(type) }))
}

function energyOf(device: Device, names: readonly string[]): readonly string[] {
  const has = (name: string): boolean => device.registers.some(({ what }) => what === name)
  const [percent, full, remaining, voltage] = names
  if (has(full) && has(percent)) return [percent, full]
  return has(remaining) && has(voltage) ? [remaining, voltage] : [percent]
}

function row(...cells: (string | number)[]): void {
  const widths = [24, 10, 6, 9, 10, 9, 9, 10, 9]
  console.log(
    cells
      .map((cell, i) => (i ? String(cell).padStart(widths[i]) : String(cell).padEnd(widths[0])))
      .join(''),
  )
}

function benchCycles(): boolean {
  console.log(`one cycle at ${BAUD} baud, a device latency of ${LATENCY_MS} ms, in virtual time`)
  row(
    'device',
    'registers',
    'reads',
    'ms',
    'unpadded',
    'single',
    'optimum',
    'x optimum',
    'x single',
  )
  const total: Cost = {
    registers: 0,
    transactions: 0,
    ms: 0,
    paddingMs: 0,
    optimumMs: 0,
    singleMs: 0,
  }
  // A SunSpec map is known only once it is walked.
  const devices = listDevices()
    .map((id) => findDevice(id))
    .filter((device): device is Device => device !== undefined && device.kind !== 'sunspec')
  let worst = 0
  for (const device of devices) {
    const cost = measure(device)
    worst = Math.max(worst, cost.ms / cost.optimumMs)
    for (const key of Object.keys(total) as (keyof Cost)[]) total[key] += cost[key]
    print(device.id, cost)
  }
  print('all, each alone', total)
  const together = cycle(devices)
  print('all on one line', { ...total, ...together })
  const share = total.paddingMs / (total.ms - total.paddingMs)
  console.log(`padding takes ${(100 * share).toFixed(2)} % more of the line's time, each alone`)
  return (
    worst <= MAX_EACH && together.ms <= MAX_TOGETHER * total.optimumMs && share <= MAX_PADDING_SHARE
  )
}

function print(name: string, cost: Cost): void {
  const { registers, transactions, ms, paddingMs, singleMs, optimumMs } = cost
  row(
    name,
    registers.toFixed(0),
    transactions.toFixed(0),
    ms.toFixed(1),
    (ms - paddingMs).toFixed(1),
    singleMs.toFixed(1),
    optimumMs.toFixed(1),
    (ms / optimumMs).toFixed(3),
    (ms / singleMs).toFixed(3),
  )
}

/** A port that answers at once: what is left is the library. */
class InstantPort extends EventEmitter {
  isOpen = true
  readonly #reply: Buffer

  constructor(reply: Uint8Array) {
    super()
    this.#reply = Buffer.from(reply)
  }

  open(done: (error?: Error) => void): void {
    done()
  }

  write(): void {
    this.emit('data', this.#reply)
  }
}

async function benchTransactions(): Promise<void> {
  const reply = framed(1, 3, 20, ...new Array(20).fill(7))
  const master = new Master({ baud: 115_200 })
  const ask = { request: { unit: 1, code: 3, address: 0, count: 10 }, timeoutMs: 100 } as const
  const oursMs = stopwatch(() => {
    for (let i = 0, now = 10; i < TRANSACTIONS; i++, now += 10) {
      master.submit(ask, now as MonotonicMs)
      master.poll(now as MonotonicMs)
      master.receive(reply, (now + 5) as MonotonicMs)
      master.poll((now + 5) as MonotonicMs)
    }
  })
  const client = new ModbusRTU(new InstantPort(reply))
  client.setID(1)
  await new Promise<void>((resolve) => client.open(() => resolve()))
  const start = performance.now()
  for (let i = 0; i < TRANSACTIONS; i++) await client.readHoldingRegisters(0, 10)
  const theirsMs = performance.now() - start
  const perSecond = (ms: number): string =>
    Math.round((2000 * TRANSACTIONS) / ms).toLocaleString('en')
  console.log(`frames per second, encoded and decoded, 10 registers (node ${process.version}):`)
  console.log(`  wattbeat ${perSecond(oursMs)}   modbus-serial ${perSecond(theirsMs)}`)
}

function stopwatch(run: () => void): number {
  run()
  const start = performance.now()
  run()
  return performance.now() - start
}

const isFast = benchCycles()
const isRight = benchValues()
await benchTransactions()
if (!isFast)
  console.error(
    `more than ${MAX_EACH} x the optimum, ${MAX_TOGETHER} x the limit or ${MAX_PADDING_SHARE} for padding`,
  )
if (!isRight) console.error('a reading was wrong')
process.exit(isFast && isRight ? 0 : 1)
