/** Devices as they answer while they are identified, on a line in virtual time. */
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import {
  bus,
  float,
  framed,
  type Responder,
  ScriptedLine,
  type Slave,
  slave,
} from '../../../tools/sim/modbus/scripted'
import { type Entry, line8N1, zeros } from '../poll/rounds'

export const auto: DeviceConfig = { model: 'auto', unit: 5, role: 'site' }
export const PERIOD_MS = 4000

/** Refuses what it does not have, as most do. */
export const sdm120 = (powerW = 700): Slave =>
  slave(5, {
    0: float(230),
    ...zeros(2, 80),
    6: float(3.1),
    12: float(powerW),
    70: float(50),
    64514: [0x20],
  })
export const em24 = (): Slave => ({
  ...slave(5, {
    0: [2300, 0, 2310, 0, 2290, 0],
    ...zeros(6, 80),
    11: [72],
    40: [5000, 0],
    55: [500],
  }),
  maxRegisters: 11,
})
/** Its current in 10 mA is at the address of the type of Deye's inverters, and 12.80 A reads as one of those types. */
export const pace = (): Slave => slave(5, { 0: [1280, 5120, 60, 100, 6000, 10000, 10000, 12] })
/** It cannot tell import from export. */
export const orno = (): Slave =>
  slave(5, { 11: [162], 284: [1], 304: [5000, 23_000], 313: [0, 2170], 320: [0, 500] })
export const seplos = (): Slave =>
  slave(5, { 5888: [0x585a, 0x482d, 0x456c, 0x6563, 0x5465, 0x6368, 0, 0, 0, 0] })

interface Story {
  devices: DeviceConfig[]
  slaves: Slave[]
  count: number
  /** Before that round. */
  change?: (round: number, slaves: Slave[], machine: Bus) => void
  /** What becomes of a frame and its replies on the line. */
  through?: (respond: Responder) => Responder
  baud?: number
}

export function play({ devices, slaves, count, change, through, baud = 9600 }: Story) {
  const machine = new Bus({ line: line8N1(baud), devices })
  const respond: Responder = (frame, now) => bus(slaves, baud)(frame, now)
  const line = new ScriptedLine<BusOutput>(machine, through ? through(respond) : respond)
  const log: Entry[] = []
  for (let round = 0; round < count; round++) {
    change?.(round, slaves, machine)
    machine.measure(line.now as MonotonicMs)
    line.run((round + 1) * PERIOD_MS, (output, at) => {
      if (output.kind === 'measured') log.push([at, output.device, output.powerW])
      if (output.kind === 'failed') log.push([at, output.device, output.why])
    })
  }
  /** What each round of that device came to. */
  const of = (device: number): unknown[] =>
    log.filter(([, one]) => one === device).map(([, , what]) => what)
  const asked = (unit: number): number[] =>
    line.sent.filter(({ bytes }) => bytes[0] === unit).map(({ at }) => Math.floor(at / PERIOD_MS))
  return { machine, line, log, of, asked }
}

export const exception = ([unit, code]: Uint8Array, why: number): Uint8Array =>
  framed(unit, (code & 0x7f) | 0x80, why)
