/**
 * Every model from raw registers to W. The rows were made from the makers' register maps and from what they say about
 * the sign, not from the catalogue. Every flow is checked against its own entry besides. Import, consumption and charging
 * are positive.
 */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import type { Entry, RegisterEntry } from '../../firmware/devices/catalogue/entry'
import { findDevice } from '../../firmware/devices/catalogue/find'
import { ENTRIES } from '../../firmware/devices/catalogue/makers'
import { checkDevice, type DeviceConfig } from '../../firmware/devices/config'
import type { Flow, Quantity } from '../../firmware/devices/model'
import { Bus, type BusOutput } from '../../firmware/devices/poll/bus'
import { type NumberType, type WordOrder, widthOf } from '../../firmware/devices/value'
import { bus, ScriptedLine, slave } from '../../tools/sim/modbus/scripted'
import { line8N1 } from './poll/rounds'

type Part = 'site' | 'battery' | 'pv' | { direction: 'import' }
type Registers = { [address: number]: number[] }

/** Model, part, the function that it answers, registers, W. */
const ROWS: [string, Part, number, Registers, number][] = [
  ['eastron-sdm630', 'site', 4, { 52: [0xc47a, 0] }, -1000],
  ['eastron-sdm72dm-v2', 'site', 4, { 52: [0xc47a, 0] }, -1000],
  ['eastron-sdm72dm-v1', 'site', 4, { 1280: [0x4396, 0], 1282: [0x447a, 0] }, -700],
  ['eastron-sdm120', 'site', 4, { 12: [0xc47a, 0] }, -1000],
  ['eastron-sdm230', 'site', 4, { 12: [0xc47a, 0] }, -1000],
  ['cg-em24-rs485', 'site', 4, { 40: [0xfc18, 0xffff] }, -100],
  ['cg-em100-et112', 'site', 4, { 4: [0xfc18, 0xffff] }, -100],
  ['cg-em330-em340', 'site', 4, { 40: [0xfc18, 0xffff] }, -100],
  ['cg-em530-em540', 'site', 4, { 40: [0xfc18, 0xffff] }, -100],
  ['chint-dtsu666', 'site', 3, { 6: [0x0028], 7: [0x000a], 8210: [0xc47a, 0] }, -4000],
  ['chint-ddsu666', 'site', 3, { 8196: [0xc47a, 0] }, -1000000],
  ['abb-b23-b24', 'site', 3, { 23316: [0xffff, 0xfc18] }, -10],
  ['abb-b21', 'site', 3, { 23316: [0xffff, 0xfc18] }, -10],
  ['schneider-iem3000', 'site', 3, { 3059: [0xc47a, 0] }, -1000000],
  ['janitza-umg', 'site', 3, { 19026: [0xc47a, 0] }, -1000],
  ['janitza-b23', 'site', 3, { 19026: [0xc47a, 0] }, -1000],
  ['socomec-countis-diris', 'site', 3, { 50536: [0xffff, 0xfc18] }, -10000],
  ['siemens-pac2200', 'site', 3, { 65: [0xc47a, 0] }, -1000],
  ['orno-we504', { direction: 'import' }, 3, { 3: [0x03e8] }, 1000],
  ['orno-we514', { direction: 'import' }, 3, { 320: [0, 0x03e8] }, 1000],
  ['orno-we516', 'site', 3, { 28: [0xc47a, 0] }, -1000000],
  ['orno-we525', 'site', 4, { 260: [0xffff, 0xfc18] }, -1000],
  ['inepro-pro380', 'site', 3, { 20498: [0xc47a, 0] }, -1000000],
  ['finder-7m', 'site', 4, { 2536: [0xc47a, 0] }, -1000],
  ['lovato-dmg610', 'site', 4, { 57: [0xffff, 0xfc18] }, -10],
  ['peacefair-pzem016', { direction: 'import' }, 4, { 3: [0x03e8, 0] }, 100],
  ['huawei-dtsu666-h', 'site', 3, { 2126: [0xc47a, 0] }, -1000],
  ['acrel-adl400', 'site', 3, { 141: [2], 142: [10], 362: [0xffff, 0xfc18] }, -20000],
  ['sungrow-dtsu666', 'site', 3, { 362: [0xffff, 0xfc18] }, -1000],
  ['eastron-sdm54', 'site', 4, { 52: [0xc47a, 0] }, -1000],
  ['eastron-x96', 'site', 4, { 52: [0xc47a, 0] }, -1000],
  ['eltako-dsz15', 'site', 4, { 52: [0xffff, 0xfc18] }, -1000],
  ['eltako-dsz16w', 'site', 4, { 52: [0xffff, 0xfc18] }, -1000],
  ['eltako-wsz16', 'site', 4, { 12: [0xffff, 0xfc18] }, -1000],
  ['bg-ds100', 'site', 3, { 1056: [0xffff, 0xfc18] }, -1000],
  ['bg-ws100', 'site', 3, { 260: [0xffff, 0xfc18] }, -1000],
  ['bg-drt428m', 'site', 3, { 28: [0xc47a, 0] }, -1000000],
  ['solaredge-mtr-3y', 'site', 4, { 1008: [0, 0xc47a] }, -1000],
  ['wago-879', 'site', 3, { 20498: [0xc47a, 0] }, -1000000],
  ['inepro-pro1', 'site', 3, { 20498: [0xc47a, 0] }, -1000000],
  ['algodue-uem', 'site', 4, { 4134: [0xc47a, 0] }, -1000],
  ['bernecker-mpm3pm', 'site', 4, { 38: [0xffff, 0xfc18] }, -10],
  ['siemens-pac1600', 'site', 4, { 57: [0xffff, 0xfc18] }, -10],
  ['hiking-dds238', 'site', 3, { 14: [0xfc18] }, -1000],
  ['hiking-dts238', 'site', 3, { 134: [0xffff, 0xfc18] }, -1000],
  ['sbc-ale3', { direction: 'import' }, 3, { 50: [0x0064] }, 1000],
  ['fronius-ts65a', 'site', 3, { 262: [0xfc18, 0xffff] }, -100],
  ['cg-em580', 'site', 4, { 40: [0xfc18, 0xffff] }, -100],
  ['socomec-countis-e3-e4', 'site', 3, { 50536: [0xffff, 0xfc18] }, -10000],
  ['peacefair-pzem017', { direction: 'import' }, 4, { 2: [0x2710, 0] }, 1000],
  ['jk-pb', 'battery', 3, { 4752: [0, 0x01f4], 4760: [0, 0x03e8] }, 0.5],
  ['daly-d2', 'battery', 3, { 40: [0x01f4], 41: [0x7918] }, 5000],
  ['pace-modbus', 'battery', 3, { 0: [0x03e8], 1: [0x01f4] }, 50],
  ['seplos-v3', 'battery', 4, { 4096: [0x01f4], 4097: [0x03e8] }, 50],
  ['pylontech-rt', 'battery', 3, { 4118: [0x01f4], 4119: [0x03e8] }, 500],
  ['renogy', 'battery', 3, { 5042: [0x03e8], 5043: [0x01f4] }, 500],
  ['felicity', 'battery', 3, { 4870: [0x01f4], 4871: [0x03e8] }, -500],
  ['huawei-sun2000', 'site', 3, { 37113: [0xffff, 0xfc18] }, 1000],
  ['huawei-sun2000', 'battery', 3, { 37765: [0, 0x03e8] }, 1000],
  ['huawei-sun2000', 'pv', 3, { 32064: [0, 0x03e8] }, -1000],
  ['sungrow-sh', 'site', 4, { 13009: [0xfc18, 0xffff] }, 1000],
  ['sungrow-sh', 'battery', 4, { 5213: [0x03e8, 0] }, -1000],
  ['sungrow-sg', 'site', 4, { 5082: [0xfc18, 0xffff] }, -1000],
  ['sungrow-sg', 'pv', 4, { 5030: [0x03e8, 0] }, -1000],
  ['sungrow-ihm', 'site', 4, { 8156: [0xff9c, 0xffff] }, -1000],
  ['sungrow-ihm', 'battery', 4, { 8160: [0x0064, 0] }, -1000],
  ['sungrow-ihm', 'pv', 4, { 8154: [0x0064, 0] }, -1000],
  ['growatt-sph', 'site', 4, { 1021: [0, 0x012c], 1029: [0, 0x03e8] }, -70],
  ['growatt-sph', 'battery', 4, { 1009: [0, 0x05dc], 1011: [0, 0x00c8] }, -130],
  ['growatt-sph', 'pv', 4, { 1: [0, 0x2710] }, -1000],
  ['growatt-tlxh', 'site', 4, { 3041: [0, 0x012c], 3043: [0, 0x03e8] }, -70],
  ['growatt-tlxh', 'battery', 4, { 3178: [0, 0x05dc], 3180: [0, 0x00c8] }, -130],
  ['growatt-tlxh', 'pv', 4, { 3001: [0, 0x2710] }, -1000],
  ['growatt-string', 'pv', 4, { 35: [0, 0x2710] }, -1000],
  ['deye-3p', 'site', 3, { 622: [0xfe0c, 0xfe0c, 0, 0xfc18] }, -1000],
  ['deye-3p', 'battery', 3, { 590: [0x03e8] }, -1000],
  ['deye-3p', 'pv', 3, { 672: [0x03e8] }, -1000],
  ['deye-3p-hv', 'site', 3, { 622: [0x4000, 0x4000, 0x4000, 0xc000] }, 49_152],
  ['deye-3p-hv', 'battery', 3, { 590: [0x0064] }, -1000],
  ['deye-3p-hv', 'pv', 3, { 672: [0x0064, 0x0064] }, -2000],
  ['deye-string', 'pv', 3, { 86: [0x2710, 0] }, -1000],
  ['deye-micro', 'pv', 3, { 86: [0x2710, 0] }, -1000],
  ['deye-1p', 'pv', 3, { 186: [0x03e8, 0x01f4] }, -1500],
  ['deye-1p', 'site', 3, { 169: [0xfc18] }, -1000],
  ['deye-1p', 'battery', 3, { 190: [0x03e8] }, -1000],
  ['goodwe-et', 'site', 3, { 36025: [0xffff, 0xfc18] }, 1000],
  ['goodwe-et', 'battery', 3, { 35182: [0, 0x03e8] }, -1000],
  ['goodwe-et', 'pv', 3, { 35105: [0, 0x03e8], 35109: [0, 0x01f4] }, -1500],
  ['goodwe-dt', 'pv', 3, { 781: [0x03e8] }, -1000],
  ['solaredge-battery', 'battery', 3, { 57716: [0, 0x447a] }, 1000],
  ['solax-g3', 'site', 4, { 70: [0xfc18, 0xffff] }, 1000],
  ['solax-g3', 'battery', 4, { 22: [0x03e8] }, 1000],
  ['solax-g3', 'pv', 4, { 10: [0x03e8, 0x01f4] }, -1500],
  ['solax-g5', 'site', 4, { 70: [0xfc18, 0xffff] }, 1000],
  ['solax-g5', 'battery', 4, { 22: [0x03e8], 297: [0x01f4] }, 1500],
  ['solax-g5', 'pv', 4, { 10: [0x03e8, 0x01f4], 292: [0x0064] }, -1600],
  ['solax-mic-g2', 'pv', 4, { 1038: [0x03e8] }, -1000],
  ['solax-x1x3', 'pv', 4, { 10: [0x03e8, 0x01f4] }, -1500],
  ['solax-x1x3', 'site', 4, { 70: [0xfc18, 0xffff] }, 1000],
  ['solax-x1x3', 'battery', 4, { 22: [0x03e8] }, 1000],
  ['solis-hybrid', 'site', 4, { 33263: [0xffff, 0xfc18] }, 1000],
  ['solis-hybrid', 'battery', 4, { 33135: [0], 33149: [0, 0x01f4] }, 500],
  ['solis-hybrid', 'battery', 4, { 33135: [1], 33149: [0, 0x01f4] }, -500],
  ['solis-hybrid', 'pv', 4, { 33057: [0, 0x03e8] }, -1000],
  ['solis-string', 'site', 4, { 3262: [0xffff, 0xfc18] }, 1000],
  ['solis-string', 'pv', 4, { 3004: [0, 0x03e8] }, -1000],
  ['foxess-h1', 'site', 4, { 11021: [0xfc18] }, 1000],
  ['foxess-h1', 'battery', 4, { 11008: [0x03e8] }, -1000],
  ['foxess-h1', 'pv', 4, { 11002: [0x03e8], 11005: [0x01f4] }, -1500],
  ['foxess-h1-g2', 'site', 3, { 31014: [0xfc18] }, 1000],
  ['foxess-h1-g2', 'battery', 3, { 31022: [0x03e8] }, -1000],
  ['foxess-h1-g2', 'pv', 3, { 31002: [0x03e8], 31005: [0x01f4] }, -1500],
  ['foxess-h3-smart', 'site', 3, { 38816: [0xffff, 0xfc18, 0, 0, 0, 0x00c8] }, 80],
  ['foxess-h3-smart', 'battery', 3, { 39237: [0, 0x03e8] }, -1000],
  ['foxess-h3-smart', 'pv', 3, { 39279: [0, 0x03e8], 39281: [0, 0x01f4] }, -1500],
  ['foxess-mq2200', 'battery', 3, { 39237: [0, 0x03e8] }, 1000],
  ['foxess-mq2200', 'pv', 3, { 39118: [0, 0x03e8] }, -1000],
  ['foxess-h3', 'pv', 3, { 31002: [0x03e8], 31005: [0x01f4] }, -1500],
  ['foxess-h3', 'site', 3, { 31026: [0x0064], 31027: [0x00c8], 31028: [0xffce] }, -250],
  ['foxess-h3', 'battery', 3, { 31036: [0x03e8] }, -1000],
  ['sofar-g3', 'pv', 3, { 1414: [0x0064], 1417: [0x0064] }, -2000],
  ['sofar-hyd-es', 'site', 3, { 530: [0xff9c] }, 1000],
  ['sofar-hyd-es', 'battery', 3, { 525: [0x0064] }, 1000],
  ['sofar-hyd-es', 'pv', 3, { 533: [0x0064] }, -1000],
  ['sofar-string', 'pv', 3, { 12: [0x0064] }, -1000],
  ['sofar-g3', 'site', 3, { 1160: [0xfc18] }, 10000],
  ['sofar-g3', 'battery', 3, { 1542: [0x03e8] }, 10000],
  ['sungrow-sh', 'pv', 4, { 5016: [0x03e8, 0] }, -1000],
  ['alphaess-smile', 'pv', 3, { 1055: [0, 0x03e8], 1059: [0, 0x01f4] }, -1500],
  ['alphaess-smile', 'site', 3, { 33: [0xffff, 0xfc18] }, -1000],
  ['alphaess-smile', 'battery', 3, { 294: [0x03e8] }, -1000],
  ['marstek-venus-e3', 'battery', 3, { 30006: [0x03e8] }, -1000],
  ['marstek-venus-a', 'battery', 3, { 30001: [0x03e8] }, 1000],
  ['marstek-venus-a', 'pv', 3, { 30037: [0x2710, 0x1388] }, -1500],
  ['saj-h2', 'site', 3, { 16557: [0xfc18] }, -1000],
  ['saj-h2', 'battery', 3, { 16550: [0x03e8] }, -1000],
  ['saj-h2', 'pv', 3, { 16549: [0x03e8] }, -1000],
  ['saj-r5', 'pv', 3, { 275: [0x03e8] }, -1000],
  ['solinteg-gen3', 'site', 3, { 11000: [0xffff, 0xfc18] }, 1000],
  ['solinteg-gen3', 'battery', 3, { 30258: [0, 0x03e8] }, -1000],
  ['solinteg-gen3', 'pv', 3, { 11028: [0, 0x03e8] }, -1000],
  ['solinteg-gen2', 'site', 3, { 11000: [0xffff, 0xfc18] }, 1000],
  ['solinteg-gen2', 'battery', 3, { 40258: [0, 0x03e8] }, -1000],
  ['solinteg-gen2', 'pv', 3, { 11028: [0, 0x03e8] }, -1000],
  ['afore-hybrid', 'site', 4, { 535: [0xffff, 0xfc18] }, -1000],
  ['afore-hybrid', 'battery', 4, { 2007: [0, 0x03e8] }, -1000],
  ['afore-hybrid', 'pv', 4, { 553: [0, 0x03e8] }, -1000],
  ['luxpower-lxp', 'site', 4, { 26: [0x03e8, 0x012c] }, -700],
  ['luxpower-lxp', 'battery', 4, { 10: [0x00c8, 0x05dc] }, -1300],
  ['luxpower-lxp', 'pv', 4, { 7: [0x03e8, 0x01f4] }, -1500],
  ['epever-tracer', 'battery', 4, { 12548: [0x0514], 13083: [0xfc18, 0xffff] }, -130],
  ['epever-tracer', 'pv', 4, { 12546: [0x2710, 0] }, -100],
  ['srne-hybrid', 'battery', 3, { 257: [0x01f4, 0x03e8] }, -5000],
  ['srne-hybrid', 'pv', 3, { 265: [0x03e8], 273: [0x01f4] }, -1500],
  ['marstek-venus-e2', 'battery', 3, { 32202: [0, 0x03e8] }, -1000],
]

function configOf(model: string, part: Part): DeviceConfig {
  const unit = 1
  if (typeof part === 'object') return { model, unit, role: 'site', ...part }
  if (part === 'site') return { model, unit, role: 'site' }
  const config: DeviceConfig = { model, unit, role: 'resource', part }
  return checkDevice(config)?.field === 'capacityWh' ? { ...config, capacityWh: 10_000 } : config
}

const ENERGY: readonly Quantity[] = [
  'stateOfCharge',
  'remainingEnergy',
  'fullEnergy',
  'remainingCapacity',
  'batteryVoltage',
]

/** Adds some energy at registers that the row does not give: a battery without it is no reading. */
function charged({ model, part }: DeviceConfig, given: Registers): Registers {
  const registers = { ...given }
  if (part !== 'battery') return registers
  for (const { what, at, type } of findDevice(model)?.registers ?? [])
    if (ENERGY.includes(what)) registers[at] ??= new Array(widthOf(type)).fill(1)
  return registers
}

function powerOf(config: DeviceConfig, code: number, given: Registers): unknown {
  const machine = new Bus({ line: line8N1(), devices: [config] })
  const registers = charged(config, given)
  const line = new ScriptedLine<BusOutput>(
    machine,
    bus([{ ...slave(1, registers), codes: [code] }]),
  )
  let power: unknown
  machine.measure(0 as MonotonicMs)
  line.run(10_000, (output) => {
    power = output.kind === 'measured' ? output.powerW : 'failed'
  })
  return power
}

describe('raw registers to W', () => {
  test.each(ROWS)('%s, %j, function %d: %j is %d W', (model, part, code, registers, powerW) => {
    expect(powerOf(configOf(model, part), code, registers)).toBeCloseTo(powerW, 3)
  })

  test('a magnitude without its direction is no reading', () => {
    expect(powerOf(configOf('solis-hybrid', 'battery'), 4, { 33149: [0, 500] })).toBe('failed')
  })
})

/** `raw` as the device has it on the wire. */
function encode(raw: number, type: NumberType, order: WordOrder): number[] {
  const view = new DataView(new ArrayBuffer(8))
  if (type === 'f32') view.setFloat32(0, raw)
  else if (type === 'f64') view.setFloat64(0, raw)
  else if (widthOf(type) === 1) view.setInt16(0, raw)
  else if (widthOf(type) === 2) view.setInt32(0, raw)
  else view.setInt32(4, raw)
  const words: number[] = []
  for (let i = 0; i < widthOf(type); i++) words.push(view.getUint16(2 * i))
  return order === 'msw' ? words : words.reverse()
}

const PREFIX: { [unit: string]: number } = { kW: 1000, mW: 0.001, mV: 0.001, mA: 0.001 }

/** Numbers in the registers of a flow, no two alike, and the W that the entry says they mean. */
function fill(entry: Entry, flow: Partial<Flow>): { registers: Registers; powerW: number } {
  const registers: Registers = {}
  let next = 100
  const write = (register: RegisterEntry): number => {
    const { type, scale = 1, offset = 0, unit = '', order = entry.order } = register
    let sum = 0
    for (const at of [register.at, register.also ?? []].flat()) {
      const raw = (next += 17) - offset / scale
      registers[at] = encode(raw, type, order)
      sum += (raw * scale + offset) * (PREFIX[unit] ?? 1)
    }
    return sum
  }
  const value = (what: Quantity): number =>
    entry.registers.filter((one) => one.what === what).reduce((sum, one) => sum + write(one), 0)
  const { plus = [], minus = [], times = [], sign, nearest } = flow
  let powerW = plus.reduce((sum, what) => sum + value(what), 0)
  for (const what of minus) powerW -= value(what)
  for (const what of times) powerW *= value(what)
  // The phases of that total: smaller numbers, which no other has.
  if (nearest) {
    next = 0
    value(nearest)
  }
  // Any number but the one that means negative.
  if (sign) value(sign.what)
  return { registers, powerW }
}

const FLOWS = ENTRIES.flatMap((entry) =>
  (['power', 'battery', 'pv'] as const).flatMap((name) => {
    const flow = entry[name]
    return flow ? [[entry.id, name, entry, flow] as const] : []
  }),
)

describe('what an entry says is what is measured', () => {
  test.each(FLOWS)('%s, %s', (model, name, entry, flow) => {
    const { registers, powerW } = fill(entry, flow)
    const part = name !== 'power' ? name : flow.unsigned ? { direction: 'import' as const } : 'site'
    expect(powerOf(configOf(model, part), entry.code, registers)).toBeCloseTo(powerW, 3)
  })
})
