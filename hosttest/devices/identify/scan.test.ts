import { describe, expect, test } from '@jest/globals'
import { findDevice, listDevices } from '../../../firmware/devices/catalogue/find'
import { listFingerprints } from '../../../firmware/devices/identify/fingerprint'
import { BusScan, type FoundDevice, type ScanOutput } from '../../../firmware/devices/identify/scan'
import { bus, float, ScriptedLine, type Slave, slave } from '../../../tools/sim/modbus/scripted'

interface Device {
  baud: number
  parity: 'none' | 'even' | 'odd'
  slave: Slave
}

/** Scans a line with these devices, each of which hears only its own line settings. */
function scan(devices: Device[], options: ConstructorParameters<typeof BusScan>[0] = {}) {
  const machine = new BusScan(options)
  const found: FoundDevice[] = []
  const progress: number[] = []
  let present: Device[] = []
  let baud = 9600
  const line = new ScriptedLine<ScanOutput>(machine, (frame, now) =>
    bus(
      present.map((one) => one.slave),
      baud,
    )(frame, now),
  )
  line.run(10 * 60_000, (output) => {
    if (output.kind === 'found') found.push(output)
    if (output.kind === 'progress') progress.push(output.done)
    if (output.kind === 'open') {
      baud = output.line.baud
      present = devices.filter((one) => one.baud === baud && one.parity === output.line.parity)
      machine.opened()
    }
    return output.kind === 'done'
  })
  return { found, progress, tookMs: line.now, line }
}

const at9600 = (one: Slave): Device => ({ baud: 9600, parity: 'none', slave: one })
const zeros = (count: number): number[] => new Array(count).fill(0)

const sdm630 = slave(1, {
  0: [...float(231), ...float(229), ...float(230), ...float(4), ...float(2), ...float(1)],
  12: [...float(900), ...float(400), ...float(-200), ...zeros(62)],
  52: float(1100),
  70: [...float(50), ...float(1), ...float(2)],
  342: float(3),
})
const em24: Slave = { ...slave(2, { 0: zeros(94), 11: [72], 40: [5000, 0] }), maxRegisters: 11 }
const sdm120 = slave(5, { 0: zeros(86), 64514: [0x20] })
const pace = slave(7, { 0: [0x10000 - 2500, 5120, 60, 100, 6000, 10000, 10000, 12] })
/** Answers every address with 0, as an SDM630 does for holding registers. */
const zeroed = slave(9, { 0: zeros(0x4000) })

describe('a scan', () => {
  test('identifies by identification registers, says by which, and gives a live reading', () => {
    const { found } = scan([at9600(em24), { baud: 2400, parity: 'none', slave: sdm120 }])
    expect(
      found.map(({ unit, model, matchedBy, certain, line }) => [
        unit,
        model,
        matchedBy,
        certain,
        line.baud,
      ]),
    ).toEqual([
      [2, 'cg-em24-rs485', 'register 11: 72', true, 9600],
      [5, 'eastron-sdm120', 'register 64514: 32', true, 2400],
    ])
    expect(found[0].readings.find(({ what }) => what === 'power')?.value).toBe(500)
  })

  test('does not ask for a model that has too few quantities to be guessed by', () => {
    const { line } = scan([at9600(slave(4, { 0: [1, 2] }))])
    const asked = line.sent.map(({ bytes }) => bytes[1] * 65_536 + bytes[2] * 256 + bytes[3])
    // The first read of a PACE battery, and of a FoxESS H1, which has a state of charge and nothing else to be guessed by.
    expect(asked).toContain(3 * 65_536 + 1)
    expect(asked).not.toContain(4 * 65_536 + 11_021)
  })

  test('guesses by several quantities together if a model has no identification', () => {
    const { found } = scan([at9600(sdm630), at9600(pace)])
    const models = (at: number) =>
      found.filter(({ unit }) => unit === at).map(({ model = 'unknown' }) => model)
    expect(models(1)).toContain('eastron-sdm630')
    expect(models(1)).toContain('eastron-sdm230')
    expect(models(7)).toEqual(['pace-modbus'])
    // Whatever else the catalogue knows with the same map.
    for (const model of models(1)) {
      const voltage = findDevice(model)?.registers.find(({ what }) => what === 'voltage')
      expect([model, voltage?.at, voltage?.type]).toEqual([model, 0, 'f32'])
    }
    expect(found.filter(({ certain }) => certain)).toEqual([])
    expect(found[0].matchedBy).toBe('plausible voltage, frequency, power within voltage x current')
  })

  test('a device that answers zeros, or a voltage and nothing else, stays unknown', () => {
    const voltageOnly = slave(3, { 0: float(230) })
    const { found } = scan([at9600(zeroed), at9600(voltageOnly)])
    expect(found.map(({ unit, model, matchedBy }) => [unit, model, matchedBy])).toEqual([
      [3, undefined, 'it answers'],
      [9, undefined, 'it answers'],
    ])
  })

  test('of a silent line, with the defaults, is over within two minutes', () => {
    const { found, progress, tookMs } = scan([])
    expect(found).toEqual([])
    expect(tookMs).toBeLessThan(120_000)
    expect(progress[0]).toBe(0)
    expect(progress[progress.length - 1]).toBe(1)
    expect(progress.every((done, i) => i === 0 || done >= progress[i - 1])).toBe(true)
  })

  test('is told which lines and units to try', () => {
    const lines = [{ baud: 19_200, parity: 'even', stopBits: 1 }] as const
    const { found, line } = scan([{ baud: 19_200, parity: 'even', slave: em24 }], {
      lines,
      units: [2],
    })
    expect(found.map(({ model }) => model)).toEqual(['cg-em24-rs485'])
    expect(line.sent.every(({ bytes }) => bytes[0] === 2)).toBe(true)
  })

  test('is bounded for a device that is silent on what it does not have', () => {
    const shy: Slave = { ...slave(4, { 0: [1, 2] }), codes: [3] }
    const respond = bus([shy])
    const machine = new BusScan({
      lines: [{ baud: 9600, parity: 'none', stopBits: 1 }],
      units: [4],
    })
    const line = new ScriptedLine<ScanOutput>(machine, (frame, now) =>
      frame[1] === 3 && frame[2] === 0 && frame[3] === 0 ? respond(frame, now) : [],
    )
    let over = false
    line.run(5 * 60_000, (output) => {
      if (output.kind === 'open') machine.opened()
      return (over = output.kind === 'done')
    })
    expect(over).toBe(true)
    // The two that met it, each identification register once, and one for each other model.
    const identifying = new Set(listFingerprints().map(({ code, at }) => `${code} ${at}`)).size
    const others = listDevices().filter((id) => !findDevice(id)?.identification.length).length
    const questions = 2 + identifying + others
    expect(line.sent.length).toBeLessThanOrEqual(questions)
    expect(line.now).toBeLessThan(1500 * questions)
  })
})
