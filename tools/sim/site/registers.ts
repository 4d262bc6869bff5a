/**
 * The registers of the simulated models during one moment of their site: what a read of them answers.
 * https://github.com/nmakel/sdm_modbus/tree/master/documents (SDM630 v2.0, SDM120 v2.5),
 * https://github.com/elfabriceu/DTSU666-Modbus/blob/master/dtsu666_series.pdf,
 * https://github.com/syssi/esphome-pace-bms/blob/main/docs/PACE-BMS-Modbus-Protocol-for-RS485-V1.3-20170627.pdf
 */
import {
  float,
  ILLEGAL_ADDRESS,
  ILLEGAL_FUNCTION,
  ILLEGAL_VALUE,
  READ_HOLDING,
  READ_INPUT,
  type ReadRegisters,
} from '../modbus/slave'
import { BATTERY, type Moment } from './signal'

export const SIMULATED_MODELS = [
  'eastron-sdm630',
  'eastron-sdm120',
  'pace-modbus',
  'chint-dtsu666',
  'sunspec',
] as const
export type SimulatedModel = (typeof SIMULATED_MODELS)[number]

export function isSimulated(model: string): model is SimulatedModel {
  return (SIMULATED_MODELS as readonly string[]).includes(model)
}

/** What a model first scales its power by: the ratio of a DTSU666, the scale factor of a SunSpec inverter. */
export function firstScale(model: SimulatedModel): number {
  return model === 'chint-dtsu666' ? FIRST_RATIO : 0
}

export function registersOf(
  model: SimulatedModel,
  moment: Moment,
  scale = firstScale(model),
): ReadRegisters {
  switch (model) {
    case 'eastron-sdm630':
      return sdm630(moment)
    case 'eastron-sdm120':
      return sdm120(moment)
    case 'pace-modbus':
      return pace(moment)
    case 'chint-dtsu666':
      return dtsu666(moment, scale)
    case 'sunspec':
      return sunspec(moment, scale)
  }
}

const MAINS_V = 230
const MAINS_HZ = 50
const PHASES = [0.5, 0.3, 0.2] as const
const SDM_LAST_INPUT_REGISTER = 0x181

/** The grid meter, three-phase. */
function sdm630({ gridW, importWh, exportWh }: Moment): ReadRegisters {
  const image = new Map<number, number>()
  PHASES.forEach((share, phase) => {
    image.set(0x00 + 2 * phase, MAINS_V)
    image.set(0x06 + 2 * phase, Math.abs(gridW * share) / MAINS_V)
    image.set(0x0c + 2 * phase, gridW * share)
  })
  image.set(0x34, gridW)
  image.set(0x46, MAINS_HZ)
  image.set(0x48, importWh / 1000)
  image.set(0x4a, exportWh / 1000)
  image.set(0x156, (importWh + exportWh) / 1000)
  return eastron(image, { maxRegisters: 80, serial: 6_300_001 })
}

/** The meter of the panels, single-phase: what they generate flows against the arrow, so it reads negative. */
function sdm120({ pvW, generatedWh }: Moment): ReadRegisters {
  const image = new Map([
    [0x00, MAINS_V],
    [0x06, pvW / MAINS_V],
    [0x0c, -pvW],
    [0x46, MAINS_HZ],
    [0x48, 0],
    [0x4a, generatedWh / 1000],
    [0x156, generatedWh / 1000],
  ])
  return eastron(image, { maxRegisters: 20, serial: 1_200_001, meterCode: 0x20 })
}

/** Floats in register pairs, high word first: an odd start or count would cut one in half, and is refused. */
function eastron(
  image: Map<number, number>,
  device: { maxRegisters: number; serial: number; meterCode?: number },
): ReadRegisters {
  return (functionCode, start, count) => {
    // Serial number and code of the meter are whole numbers, each in registers of its own.
    const isIdentity = functionCode === READ_HOLDING && start >= IDENTITY
    if (isIdentity && count <= device.maxRegisters) return holding(start, count, device)
    if (start % 2 || start + count - 1 > 0xffff) return ILLEGAL_ADDRESS
    if (count % 2 || count > device.maxRegisters) return ILLEGAL_VALUE
    if (functionCode === READ_HOLDING) return holding(start, count, device)
    if (start + count - 1 > SDM_LAST_INPUT_REGISTER) return ILLEGAL_ADDRESS
    const values: number[] = []
    for (let at = start; at < start + count; at += 2) values.push(...float(image.get(at) ?? 0))
    return values
  }
}

const IDENTITY = 0xfc00

/** These meters answer zeros, not an exception, to holding registers that they do not have. */
function holding(start: number, count: number, device: { serial: number; meterCode?: number }) {
  const known = new Map([
    [IDENTITY, device.serial >>> 16],
    [IDENTITY + 1, device.serial & 0xffff],
    [IDENTITY + 2, device.meterCode ?? 0],
  ])
  return Array.from({ length: count }, (_, i) => known.get(start + i) ?? 0)
}

/** Of the DTSU666 as it was first installed. */
const FIRST_RATIO = 40

/** What is behind the current transformers, in W: the meter shows this times its ratio. */
export function secondaryW({ gridW }: Moment): number {
  return gridW / FIRST_RATIO
}

/** A grid meter behind current transformers: it tells its ratio, and the power without it. */
function dtsu666(moment: Moment, ratio: number): ReadRegisters {
  const [high, low] = float(10 * secondaryW(moment))
  const known = new Map([
    [0x0006, ratio],
    [0x0007, 10],
    [0x2012, high],
    [0x2013, low],
  ])
  // What else it measures lies in between.
  return holdingOnly((at) => known.get(at) ?? (at >= 0x2000 && at <= 0x2045 ? 0 : undefined), 125)
}

const SUNSPEC_MAP = 40_000
/** Behind the marker and a common model of 65 registers. */
const INVERTER_MODEL = SUNSPEC_MAP + 2 + 67
const INVERTER_LENGTH = 153
const END_MODEL = INVERTER_MODEL + 2 + INVERTER_LENGTH
/** Too few for the inverter's power and its scale factor at once. */
const SUNSPEC_MAX_REGISTERS = 100

/** The power in W that the inverter shows, as its scale factor rounds it: positive while it generates. */
export function scaledW({ pvW }: Moment, factor: number): number {
  return Math.round(pvW / 10 ** factor) * 10 ** factor
}

/** An inverter that tells its power only. https://github.com/sunspec/models, 1 and 701. */
function sunspec(moment: Moment, factor: number): ReadRegisters {
  const known = new Map([
    [SUNSPEC_MAP, 0x5375],
    [SUNSPEC_MAP + 1, 0x6e53],
    [SUNSPEC_MAP + 2, 1],
    [SUNSPEC_MAP + 3, 65],
    [INVERTER_MODEL, 701],
    [INVERTER_MODEL + 1, INVERTER_LENGTH],
    [INVERTER_MODEL + 10, Math.round(moment.pvW / 10 ** factor) & 0xffff],
    [INVERTER_MODEL + 116, factor],
    [END_MODEL, 0xffff],
  ])
  return holdingOnly(
    (at) => (at < SUNSPEC_MAP || at > END_MODEL + 1 ? undefined : (known.get(at) ?? 0)),
    SUNSPEC_MAX_REGISTERS,
  )
}

function holdingOnly(
  valueAt: (at: number) => number | undefined,
  maxRegisters: number,
): ReadRegisters {
  return (functionCode, start, count) => {
    if (functionCode === READ_INPUT) return ILLEGAL_FUNCTION
    if (count > maxRegisters) return ILLEGAL_VALUE
    const values: number[] = []
    for (let at = start; at < start + count; at++) {
      const value = valueAt(at)
      if (value === undefined) return ILLEGAL_ADDRESS
      values.push(value)
    }
    return values
  }
}

/** The battery's BMS: whole numbers in hundredths, charging current positive. */
function pace({ batteryA, batteryV, stateOfChargeWh }: Moment): ReadRegisters {
  const filled = stateOfChargeWh / BATTERY.capacityWh
  const measured = [
    Math.round(batteryA * 100) & 0xffff,
    Math.round(batteryV * 100),
    Math.round(filled * 100),
    100,
    Math.round(filled * BATTERY.capacityAh * 100),
    BATTERY.capacityAh * 100,
    BATTERY.capacityAh * 100,
    12,
    ...[0, 0, 0, 0],
  ]
  const named = [...text('P16S200A-SIM-1.0'), ...text('WATTBEAT-SIM-0001')]
  return (functionCode, start, count) => {
    if (functionCode === READ_INPUT) return ILLEGAL_FUNCTION
    if (start + count <= measured.length) return measured.slice(start, start + count)
    if (start >= 150 && start + count <= 170) return named.slice(start - 150, start - 150 + count)
    return ILLEGAL_ADDRESS
  }
}

/** Ten registers of ASCII, filled up with spaces. */
function text(characters: string): number[] {
  const padded = characters.padEnd(20)
  return Array.from(
    { length: 10 },
    (_, i) => (padded.charCodeAt(2 * i) << 8) | padded.charCodeAt(2 * i + 1),
  )
}
