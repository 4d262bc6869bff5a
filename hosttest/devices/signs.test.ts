/**
 * Every model from raw registers to W. The rows were made from the makers' register maps and from what they say about
 * the sign, not from the catalogue. Import, consumption and charging are positive.
 */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { findDevice, listDevices } from '../../firmware/devices/catalogue/find'
import { checkDevice, type DeviceConfig } from '../../firmware/devices/config'
import type { Quantity } from '../../firmware/devices/model'
import { Bus, type BusOutput } from '../../firmware/devices/poll/bus'
import { widthOf } from '../../firmware/devices/value'
import { bus, Line, slave } from '../../tools/sim/modbus/line'
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
  ['growatt-sph', 'site', 4, { 1021: [0, 0x012c], 1029: [0, 0x03e8] }, -70],
  ['growatt-sph', 'battery', 4, { 1009: [0, 0x05dc], 1011: [0, 0x00c8] }, -130],
  ['deye-3p', 'site', 3, { 625: [0xfc18] }, -1000],
  ['deye-3p', 'battery', 3, { 590: [0x03e8] }, -1000],
  ['deye-1p', 'site', 3, { 169: [0xfc18] }, -1000],
  ['deye-1p', 'battery', 3, { 190: [0x03e8] }, -1000],
  ['goodwe-et', 'site', 3, { 36025: [0xffff, 0xfc18] }, 1000],
  ['goodwe-et', 'battery', 3, { 35182: [0, 0x03e8] }, -1000],
  ['solax-x1x3', 'site', 4, { 70: [0xfc18, 0xffff] }, 1000],
  ['solax-x1x3', 'battery', 4, { 22: [0x03e8] }, 1000],
  ['solis-hybrid', 'site', 4, { 33263: [0xffff, 0xfc18] }, 1000],
  ['solis-hybrid', 'battery', 4, { 33135: [0], 33149: [0, 0x01f4] }, 500],
  ['solis-hybrid', 'battery', 4, { 33135: [1], 33149: [0, 0x01f4] }, -500],
  ['solis-hybrid', 'pv', 4, { 33057: [0, 0x03e8] }, -1000],
  ['foxess-h3', 'site', 3, { 31026: [0x0064], 31027: [0x00c8], 31028: [0xffce] }, -250],
  ['foxess-h3', 'battery', 3, { 31036: [0x03e8] }, -1000],
  ['sofar-g3', 'site', 3, { 1160: [0xfc18] }, 10000],
  ['sofar-g3', 'battery', 3, { 1542: [0x03e8] }, 10000],
  ['alphaess-smile', 'site', 3, { 33: [0xffff, 0xfc18] }, -1000],
  ['alphaess-smile', 'battery', 3, { 294: [0x03e8] }, -1000],
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
  const line = new Line<BusOutput>(machine, bus([{ ...slave(1, registers), codes: [code] }]))
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

  test('of every model but SunSpec, which has its own suite', () => {
    const models = new Set(ROWS.map(([model]) => model))
    expect(listDevices().filter((id) => !models.has(id))).toEqual(['sunspec'])
  })

  test('a magnitude without its direction is no reading', () => {
    expect(powerOf(configOf('solis-hybrid', 'battery'), 4, { 33149: [0, 500] })).toBe('failed')
  })
})
