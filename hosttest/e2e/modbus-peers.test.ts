/** The master and the bus against two independent slaves: libmodbus (Debian) and modbus-serial (npm). */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { ServerSerial } from 'modbus-serial'
import type { DeviceConfig } from '../../firmware/devices/config'
import { Bus, type BusOutput } from '../../firmware/devices/poll/bus'
import type { Answer, Result } from '../../firmware/modbus/exchange'
import { Master } from '../../firmware/modbus/master'
import type { Request } from '../../firmware/modbus/rtu'
import { Peer, type Scratch, scratchFolder } from '../../tools/peers/peer'
import { SerialCable } from '../../tools/peers/socat'
import { float } from '../../tools/sim/modbus/scripted'
import { ModbusPump, now } from './modbus-pump'

const UNIT = 1
/** Both answer in a millisecond, but on a busy machine. */
const REPLY_MS = 10_000

/** What both slaves hold: an SDM630 in the input registers, a PACE battery in the holding ones, and some bits. */
const INPUTS = new Map<number, number>()
float(-1234.5).forEach((word, i) => {
  INPUTS.set(52 + i, word)
})
const HOLDING = new Map([0x10000 - 2500, 5120, 60, 100, 6000, 10000].map((word, i) => [i, word]))
const COILS = new Map([
  [3, 1],
  [10, 1],
])

const LINE = { baud: 19_200, parity: 'none', stopBits: 1 } as const
const site: DeviceConfig = { model: 'eastron-sdm630', unit: UNIT, role: 'site' }
const battery: DeviceConfig = { model: 'pace-modbus', unit: UNIT, role: 'resource' }
const absent: DeviceConfig = { model: 'eastron-sdm120', unit: 9, role: 'resource' }

interface SlavePeer {
  start(path: string): Promise<void>
  stop(): Promise<void>
}

class LibModbus implements SlavePeer {
  #peer: Peer | undefined
  readonly #scratch: Scratch = scratchFolder()

  async start(path: string): Promise<void> {
    const binary = join(this.#scratch.path, 'slave')
    const flags = execFileSync('pkg-config', ['--cflags', '--libs', 'libmodbus'], {
      encoding: 'utf8',
    })
    const source = join(process.cwd(), 'hosttest/e2e/modbus-slave.c')
    execFileSync('gcc', ['-o', binary, source, ...flags.trim().split(/\s+/)])
    const values = [
      ...Array.from(INPUTS, ([at, value]) => `i:${at}=${value}`),
      ...Array.from(HOLDING, ([at, value]) => `h:${at}=${value}`),
      ...Array.from(COILS, ([at, value]) => `c:${at}=${value}`),
      ...Array.from(COILS, ([at, value]) => `d:${at}=${value}`),
    ]
    this.#peer = await Peer.start({
      program: binary,
      debianPackage: 'libmodbus-dev',
      arguments: [path, String(UNIT), ...values],
      ready: (output) => output.includes('ready'),
    })
  }

  async stop(): Promise<void> {
    await this.#peer?.stop()
    this.#scratch.remove()
  }
}

class ModbusSerial implements SlavePeer {
  #server: ServerSerial | undefined

  async start(path: string): Promise<void> {
    const holding = new Map(HOLDING)
    const coils = new Map(COILS)
    const vector = {
      getInputRegister: (at: number) => INPUTS.get(at) ?? 0,
      getHoldingRegister: (at: number) => holding.get(at) ?? 0,
      getCoil: (at: number) => coils.get(at) === 1,
      getDiscreteInput: (at: number) => coils.get(at) === 1,
      setRegister: (at: number, value: number) => void holding.set(at, value),
      setCoil: (at: number, on: boolean) => void coils.set(at, on ? 1 : 0),
      readDeviceIdentification: () => ({ 0: 'Maker', 1: 'Meter', 2: '1.0' }),
    }
    await new Promise<void>((resolve) => {
      this.#server = new ServerSerial(vector, { path, baudRate: 19_200, unitID: UNIT })
      this.#server.on('initialized', () => resolve())
    })
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#server?.close(() => resolve()))
  }
}

describe.each<[string, SlavePeer]>([
  ['libmodbus', new LibModbus()],
  ['modbus-serial', new ModbusSerial()],
])('against %s', (name, peer) => {
  let cable: SerialCable
  let pump: ModbusPump
  const master = new Master(LINE)

  beforeAll(async () => {
    cable = await SerialCable.start()
    await peer.start(cable.ends[1])
    pump = await ModbusPump.open(cable.ends[0])
  })

  afterAll(async () => {
    await pump?.close()
    await peer.stop()
    await cable?.stop()
  })

  async function ask(request: Request): Promise<Result> {
    let answer: Answer | undefined
    master.submit({ request, timeoutMs: REPLY_MS }, now())
    await pump.run(master, (output) => {
      if (output.kind === 'answer') answer = output
      return answer !== undefined
    })
    return answer?.result ?? { kind: 'silent' }
  }

  async function data(request: Request): Promise<number[]> {
    const result = await ask(request)
    return result.kind === 'data' ? Array.from(result.bytes.slice(result.start, result.end)) : [-1]
  }

  test('measures a meter and a battery, while a third is absent', async () => {
    const bus = new Bus({ line: LINE, devices: [site, battery, absent] })
    const reports: BusOutput[] = []
    bus.measure(now())
    await pump.run(bus, (output) => reports.push(output) === 3)
    expect(reports[0]).toMatchObject({ kind: 'measured', device: 0, powerW: -1234.5 })
    expect(reports[1]).toMatchObject({ device: 1, powerW: -1280, stateOfChargeWh: 3072 })
    expect(reports[2]).toMatchObject({ kind: 'failed', device: 2 })
    expect(bus.traffic(0).traffic.requests).toBe(1)
  })

  test('reads bits and registers with functions 1 to 4', async () => {
    expect(await data({ unit: UNIT, code: 1, address: 0, count: 11 })).toEqual([8, 4])
    expect(await data({ unit: UNIT, code: 2, address: 3, count: 1 })).toEqual([1])
    expect(await data({ unit: UNIT, code: 3, address: 1, count: 2 })).toEqual([0x14, 0, 0, 60])
    expect(await data({ unit: UNIT, code: 4, address: 52, count: 2 })).toEqual([
      0xc4, 0x9a, 0x50, 0,
    ])
    expect(await data({ unit: UNIT, code: 3, address: 0, count: 125 })).toHaveLength(250)
  })

  test('writes with functions 5, 6, 15 and 16, and reads it back', async () => {
    const written = { kind: 'written' }
    expect(await ask({ unit: UNIT, code: 5, address: 100, on: true })).toEqual(written)
    expect(await ask({ unit: UNIT, code: 6, address: 200, value: 0xbeef })).toEqual(written)
    const bits = [true, false, true, true, false, true, false, false, true]
    expect(await ask({ unit: UNIT, code: 15, address: 101, bits })).toEqual(written)
    expect(await ask({ unit: UNIT, code: 16, address: 201, values: [1, 2, 3] })).toEqual(written)
    expect(await data({ unit: UNIT, code: 1, address: 100, count: 10 })).toEqual([0b0101_1011, 2])
    expect(await data({ unit: UNIT, code: 3, address: 200, count: 4 })).toEqual([
      0xbe, 0xef, 0, 1, 0, 2, 0, 3,
    ])
  })

  // Only libmodbus has function 23, only modbus-serial has function 43.
  if (name === 'libmodbus')
    test('writes and reads with function 23, and is refused beyond the map', async () => {
      const values = [0x1234, 0x5678]
      expect(
        await data({ unit: UNIT, code: 23, address: 300, count: 2, writeAddress: 300, values }),
      ).toEqual([0x12, 0x34, 0x56, 0x78])
      expect(await ask({ unit: UNIT, code: 3, address: 65_535, count: 2 })).toEqual({
        kind: 'exception',
        code: 2,
      })
    })
  else
    test('reads the identification with function 43, and is refused function 23', async () => {
      expect(await ask({ unit: UNIT, code: 43, level: 1, object: 0 })).toMatchObject({
        kind: 'identification',
        objects: [
          { id: 0, text: 'Maker' },
          { id: 1, text: 'Meter' },
          { id: 2, text: '1.0' },
        ],
      })
      const values = [1]
      expect(
        await ask({ unit: UNIT, code: 23, address: 0, count: 1, writeAddress: 0, values }),
      ).toEqual({ kind: 'exception', code: 1 })
    })
})
