/** How far a device is known, and the reads that follow: identified first, its SunSpec map walked next, then read. */
import type { ReadCost } from '../../modbus/plan'
import type { LineTiming } from '../../modbus/timing'
import { checkFlow, chooseEnergyRule, chooseFlow, type DeviceConfig } from '../config'
import { Gates, wantedByGates } from '../gates/gates'
import type { Movement } from '../gates/still'
import type { Identification } from '../identify/identification'
import { SunSpecWalk } from '../identify/sunspec'
import type { Device } from '../model'
import { PowerFormula } from './formula'
import { ReadPlan } from './reads'
import { requiredRegisters } from './required'

/** The latency that reads are planned with: a logged SDM630 answers after 51 ms. */
const LATENCY_MS = 50
/** As much silence before it is asked as any model of the catalogue needs. */
const UNKNOWN_QUIET_MS = 120
/** Registers in a round: most meters and batteries take fewer. */
const UNKNOWN_COUNT = 20

export type Stage =
  | { kind: 'identifying'; sequence: Identification; device: undefined; formula: undefined }
  | { kind: 'walking'; sequence: SunSpecWalk; device: Device; formula: undefined }
  | { kind: 'reading'; sequence: ReadPlan; device: Known; formula: PowerFormula; gates: Gates }

/** What is kept of a device that is read: its map and its flows are in the plan, the formula and the gates. */
type Known = Pick<Device, 'id' | 'quietMs'>

export interface StageOptions {
  config: DeviceConfig
  master: { timing: LineTiming }
  /** A power that took longer than this to read is no reading. */
  maxSpanMs: number
  movement: Movement
  /** Whether the device is known to be silent on longer reads. */
  isPlain?: boolean
  /** Whether it is known to be silent on reads with registers that it does not have. */
  isCut?: boolean
  /** How many batteries it is known to have. */
  present?: number
}

/** Of a device whose model is known. Throws if checkDevice() would have found a fault. */
export function stageOf(device: Device, options: StageOptions): Stage {
  return device.kind === 'sunspec'
    ? { kind: 'walking', sequence: new SunSpecWalk(device), device, formula: undefined }
    : readingOf(device, options)
}

/** Of a SunSpec device whose map is known; in words, if the configuration does not fit it. */
export function stageAfterWalk(device: Device, options: StageOptions): Stage | string {
  const { config } = options
  if (!chooseFlow(device, config)) return 'no SunSpec model for this role'
  // What checkDevice() could not know before the walk.
  const fault = checkFlow(device, config)
  return fault ? `${fault.field}: ${fault.expected}` : readingOf(device, options)
}

/** Silence on the line before the device is asked. */
export function quietMsOf(stage: Stage): number {
  return stage.device?.quietMs ?? UNKNOWN_QUIET_MS
}

/** How long its reads are expected to take, or will take once it is known. */
export function expectedMsOf(stage: Stage, timing: LineTiming): number {
  const quietMs = Math.max(timing.silenceMs, stage.device?.quietMs ?? 0)
  let ms = 0
  const counts = stage.kind === 'reading' ? stage.sequence.counts : [UNKNOWN_COUNT]
  for (let i = 0; i < counts.length; i++)
    ms += timing.frameMs(8 + 5 + 2 * counts[i]) + quietMs + LATENCY_MS
  return ms
}

export function costOf({ quietMs }: Device, timing: LineTiming): ReadCost {
  return {
    turnaroundMs: timing.frameMs(8 + 5) + 2 * timing.silenceMs + quietMs + LATENCY_MS,
    registerMs: timing.frameMs(2),
  }
}

function readingOf(device: Device, options: StageOptions): Stage {
  const { config, maxSpanMs, movement, isPlain, isCut, present = 0 } = options
  const { timing } = options.master
  const flow = chooseFlow(device, config)
  if (!flow) throw new Error(`${device.id}: no power for role ${config.role}`)
  const energy = chooseEnergyRule(device, flow, config)
  const registers = requiredRegisters(device, flow, energy, config)
  const cost = costOf(device, timing)
  const beside = wantedByGates(device, flow, config)
  const map = device.registers
  const sequence = new ReadPlan(registers, {
    limits: device,
    cost,
    maxSpanMs,
    map,
    beside,
    isPlain,
    isCut,
  })
  const known = sequence.registers
  const formula = new PowerFormula(known, flow, energy, config)
  formula.present = present
  const gates = new Gates({ device, flow, energy, config, registers: known, formula, movement })
  const { id, quietMs } = device
  return { kind: 'reading', sequence, device: { id, quietMs }, formula, gates }
}
