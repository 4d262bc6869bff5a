/** One device as the bus reads it, without a line: values -> registers -> the reads of a round -> gates. */
import { putU16 } from '../../../firmware/core/bytes'
import { FOREVER, type MonotonicMs } from '../../../firmware/core/time'
import { findDevice } from '../../../firmware/devices/catalogue/find'
import type { DeviceConfig } from '../../../firmware/devices/config'
import type { Gates } from '../../../firmware/devices/gates/gates'
import type { Movement } from '../../../firmware/devices/gates/still'
import { SunSpecWalk } from '../../../firmware/devices/identify/sunspec'
import type { Device, Quantity, Register } from '../../../firmware/devices/model'
import type { PowerFormula } from '../../../firmware/devices/poll/formula'
import type { ReadPlan } from '../../../firmware/devices/poll/reads'
import { stageOf } from '../../../firmware/devices/poll/stage'
import { widthOf } from '../../../firmware/devices/value'
import { LineTiming } from '../../../firmware/modbus/timing'

/** What a device shows by quantity, in the quantity's unit; by phase if it is a list. */
export type Shown = { readonly [what in Quantity]?: number | readonly number[] }
/** Changes registers before they are read. */
export type Disturb = (words: number[], register: Register) => void

export class BenchDevice {
  readonly gates: Gates
  readonly plan: ReadPlan
  readonly #formula: PowerFormula

  constructor(
    device: Device,
    config: Omit<DeviceConfig, 'model' | 'unit'>,
    movement: Movement = { count: 0 },
    baud = 9600,
  ) {
    const timing = new LineTiming({ baud, parity: 'none', stopBits: 1 })
    const stage = stageOf(device, {
      config: { model: device.id, unit: 1, ...config },
      master: { timing },
      maxSpanMs: FOREVER,
      movement,
    })
    if (stage.kind !== 'reading') throw new Error(`${device.id} is not read yet`)
    this.plan = stage.sequence
    this.gates = stage.gates
    this.#formula = stage.formula
  }

  /** Why `shown` is no reading; '' if it is one. Throws if the device lacks a value. */
  check(shown: Shown, at: number, disturb: Disturb = () => {}): string {
    const { plan } = this
    plan.begin()
    for (let read = plan.request; read; read = plan.request) {
      const bytes = new Uint8Array(2 * read.count)
      for (const register of plan.registers) {
        const { at: address, code, type } = register
        const end = address + widthOf(type)
        if (code !== read.code || address < read.address || end > read.address + read.count)
          continue
        const words = wordsOf(register, shown)
        disturb(words, register)
        for (let i = 0; i < words.length; i++)
          putU16(bytes, 2 * (address - read.address + i), words[i])
      }
      plan.take(bytes, 0, at as MonotonicMs, at as MonotonicMs)
    }
    const powerW = this.#formula.powerW(plan.values)
    const energyWh = this.#formula.stateOfChargeWh(plan.values)
    if (Number.isNaN(powerW) || Number.isNaN(energyWh)) return 'no reading (sentinel)'
    return this.gates.check(plan.values, powerW, energyWh, at as MonotonicMs)
  }
}

export function catalogued(id: string): Device {
  const device = findDevice(id)
  if (!device) throw new Error(`no ${id} in the catalogue`)
  return device
}

/** A SunSpec device with one model at 40002. */
export function sunspec(id: number, length: number): Device {
  const walk = new SunSpecWalk(catalogued('sunspec'))
  walk.begin()
  for (const words of [
    [0x5375, 0x6e53],
    [id, length],
    [0xffff, 0],
  ]) {
    const bytes = new Uint8Array(4)
    words.forEach((word, i) => {
      putU16(bytes, 2 * i, word)
    })
    walk.take(bytes, 0)
  }
  if (!walk.device) throw new Error(walk.why)
  return { ...walk.device, kind: 'meter' }
}

function wordsOf(register: Register, shown: Shown): number[] {
  const { what, phase, type, exponent, offset, order } = register
  const all = shown[what] ?? 0
  const value = typeof all === 'number' ? all : all[phase - 1]
  const view = new DataView(new ArrayBuffer(8))
  const raw = Math.round(value / 10 ** exponent) - offset
  if (type === 'f32') view.setFloat32(0, value / 10 ** exponent)
  else if (widthOf(type) === 1) return [raw & 0xffff]
  else if (widthOf(type) === 2) view.setUint32(0, raw >>> 0)
  else throw new Error(`no ${type} here`)
  const words = [view.getUint16(0), view.getUint16(2)]
  return order === 'msw' ? words : words.reverse()
}
