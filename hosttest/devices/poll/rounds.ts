/** What the suites of the bus share: three devices, and rounds of a bus over a line of slaves as a timed log. */
import type { MonotonicMs } from '../../../firmware/core/time'
import type { DeviceConfig } from '../../../firmware/devices/config'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import type { LineSettings } from '../../../firmware/ports/bytestream'
import { bus, float, ScriptedLine, type Slave, slave } from '../../../tools/sim/modbus/scripted'

export function line8N1(baud = 9600): LineSettings {
  return { baud, parity: 'none', stopBits: 1 }
}

export const grid: DeviceConfig = { model: 'eastron-sdm630', unit: 1, role: 'site' }
export const pv: DeviceConfig = { model: 'eastron-sdm120', unit: 2, role: 'resource' }
export const battery: DeviceConfig = { model: 'pace-modbus', unit: 3, role: 'resource' }

export const zeros = (from: number, to: number): { [address: number]: number[] } => ({
  [from]: new Array(to - from).fill(0),
})
export const sdm630 = (powerW: number): Slave => slave(1, { ...zeros(0, 80), 52: float(powerW) })
export const sdm120 = (powerW: number): Slave => slave(2, { ...zeros(0, 20), 12: float(powerW) })
/** -25.00 A, 51.20 V, 60 %, 100 %, 60.00 Ah of 100.00 Ah. */
export const pace = (): Slave =>
  slave(3, { 0: [0x10000 - 2500, 5120, 60, 100, 6000, 10000, 10000, 12] })

export type Entry = [number, ...unknown[]]

export function rounds(
  devices: DeviceConfig[],
  slaves: Slave[],
  count: number,
  everyMs = 4000,
  before: (round: number) => void = () => {},
) {
  const machine = new Bus({ line: line8N1(), devices })
  const line = new ScriptedLine<BusOutput>(machine, bus(slaves))
  const log: Entry[] = []
  for (let round = 0; round < count; round++) {
    before(round)
    machine.measure(line.now as MonotonicMs)
    line.run((round + 1) * everyMs, (output, at) => {
      if (output.kind === 'measured')
        log.push([Math.round(at), output.device, output.powerW, output.stateOfChargeWh])
      if (output.kind === 'failed') log.push([Math.round(at), output.device, output.why])
    })
  }
  return { machine, line, log }
}
