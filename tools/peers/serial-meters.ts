/** Modbus slaves by npm modbus-serial: an implementation of the other side that is none of ours. */
import { ServerSerial } from 'modbus-serial'

/** Registers by unit and address; what is not there reads as 0. */
export interface Units {
  input: Readonly<Record<number, Readonly<Record<number, number>>>>
  holding: Readonly<Record<number, Readonly<Record<number, number>>>>
}

export async function startSerialMeters(
  path: string,
  units: Units,
): Promise<{ stop(): Promise<void> }> {
  const from = (table: Units['input']) => (address: number, unit: number) =>
    table[unit]?.[address] ?? 0
  const server = new ServerSerial(
    { getInputRegister: from(units.input), getHoldingRegister: from(units.holding) },
    { path, baudRate: 9600, unitID: 255 },
  )
  await new Promise<void>((resolve, reject) => {
    server.once('initialized', resolve)
    server.once('error', reject)
  })
  return { stop: () => new Promise((resolve) => server.close(() => resolve())) }
}
