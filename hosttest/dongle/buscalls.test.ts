/** bus.scan and device.read through the cable, at the meters of a drawn site. */
import { describe, expect, test } from '@jest/globals'
import { CODE } from '../../firmware/provisioning/request'
import { startSecondMaster } from '../../tools/sim/modbus/second-master'
import { random } from '../../tools/sim/random'
import type { Asked, SimulatedMeter } from '../../tools/sim/site/meter'
import { CableSite, SECOND } from './cable-site'

const SEED = 3
const { site: SITE } = new CableSite({ seed: SEED })
const { settings, meters } = SITE
const { line: LINE, devices: DEVICES } = settings
const UNITS = meters.map(({ unit }) => unit).sort((a, b) => a - b)
const BAUDS = 10

/** The powers that the meter showed around now, as its device of the settings has them. */
function shownW(bench: CableSite, device: (typeof DEVICES)[number]): number[] {
  const meter = bench.site.meters.find(({ unit }) => unit === device.unit) as SimulatedMeter
  const { model, part, ctRatio = 1, inverted } = device
  const asked: Asked = { model, ...(device.role === 'site' ? { part: 'power' } : part && { part }) }
  const factor = ctRatio * (inverted ? -1 : 1)
  const powers: number[] = []
  for (const second of [bench.second - 1, bench.second])
    powers.push(...meter.powersAround(second, asked, 0))
  return powers.map((powerW) => powerW * factor)
}

function isNear(value: number, values: readonly number[]): boolean {
  return values.some((one) => Math.abs(value - one) <= 0.01 + 1e-4 * Math.abs(one))
}

describe('a dongle without a site', () => {
  test('scans all usual lines, finds the devices, and closes the line', () => {
    const bench = new CableSite({ seed: SEED, meterSettings: LINE }).open()
    const id = bench.call('bus.scan')
    const reply = bench.await(id)
    const progress = bench.progress(id)
    const found = progress.filter(({ unit }) => unit !== undefined)
    expect(reply.result).toEqual({ found: found.length })
    // The battery's unit is none of the usual ones.
    expect([...new Set(found.map(({ unit }) => unit))]).toEqual(UNITS.filter((unit) => unit <= 16))
    for (const one of found)
      expect(one['line']).toMatchObject({ baud: LINE.baud, parity: LINE.parity })
    const sdm120 = found.find(({ unit }) => unit === 2)
    expect(sdm120).toMatchObject({
      model: 'eastron-sdm120',
      certain: true,
      matchedBy: 'register 64514: 32',
    })
    // Of the others several models have the same map: no one is certain.
    const models = found.filter(({ unit }) => unit === 1).map(({ model }) => model)
    expect(models).toContain('eastron-sdm630')
    const shares = progress.flatMap(({ done }) => (typeof done === 'number' ? [done] : []))
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual(shares.slice().sort((a, b) => a - b))
    expect(bench.opened).toHaveLength(BAUDS)
    expect(bench.openLine).toBeUndefined()
  })

  test('scans one line and the named units only, if it is told so', () => {
    const bench = new CableSite({ seed: SEED, meterSettings: LINE }).open()
    const { baud, parity, stopBits } = LINE
    const id = bench.call('bus.scan', { units: [2, 9, 40], line: { baud, parity, stopBits } })
    expect(bench.await(id, 60 * SECOND).result).toEqual({ found: 2 })
    expect([...new Set(bench.asked.map(({ unit }) => unit))]).toEqual([2, 9, 40])
    const pace = bench.progress(id).find(({ unit }) => unit === 40)
    expect(pace).toMatchObject({ model: 'pace-modbus', certain: false })
    expect(pace?.['matchedBy']).toContain('plausible')
    expect(bench.opened).toEqual([LINE])
  })

  test('is done with a silent line within two minutes', () => {
    const bench = new CableSite({ seed: SEED, meterSettings: { baud: 300, parity: 'none' } }).open()
    const id = bench.call('bus.scan')
    const begin = bench.now
    expect(bench.await(id).result).toEqual({ found: 0 })
    expect(bench.now - begin).toBeLessThan(120 * SECOND)
  })

  // Seeds of masters that ask 0.5, 0.6 and 6 times a second.
  test.each([
    [1, [1, 2]],
    [12, [1, 2]],
    [13, [1]],
  ])('beside another master (seed %i) finds nothing that is not there', (seed, units) => {
    const bench = new CableSite({ seed: SEED, meterSettings: LINE }).open()
    const { agenda, line } = bench
    startSecondMaster({ agenda, line: () => line, random: random(seed), units: [1] })
    const id = bench.call('bus.scan', { line: LINE })
    expect(bench.await(id, 120 * SECOND).error).toBeUndefined()
    const found = bench.progress(id).filter(({ unit }) => unit !== undefined)
    expect([...new Set(found.map(({ unit }) => unit))].sort()).toEqual(units)
    for (const { unit, certain, model } of found)
      if (certain) expect(DEVICES.find((one) => one.unit === unit)?.model).toBe(model)
  })

  test('gives the line back when a call is cancelled, and when the channel ends', () => {
    const bench = new CableSite({ seed: SEED }).open()
    const scan = bench.call('bus.scan')
    bench.pass(5 * SECOND)
    expect(bench.openLine).toBeDefined()
    const busy = bench.call('device.read', { device: DEVICES[0] })
    expect(bench.await(busy).error).toMatchObject({ code: CODE.busy })
    bench.call('cancel', { id: scan })
    expect(bench.await(scan).error).toMatchObject({ code: CODE.cancelled })
    expect(bench.openLine).toBeUndefined()
    bench.call('device.read', { device: DEVICES[0], line: LINE, seconds: 600 })
    bench.pass(SECOND)
    expect(bench.openLine).toEqual(LINE)
    bench.open()
    expect(bench.tool.channel).toEqual(['open', 'open'])
    expect(bench.openLine).toBeUndefined()
    const { length } = bench.asked
    bench.pass(10 * SECOND)
    expect(bench.asked).toHaveLength(length)
  })

  test.each(DEVICES)('reads $model once, as it would be set up', (device) => {
    const bench = new CableSite({ seed: SEED }).open()
    const reply = bench.await(bench.call('device.read', { device, line: LINE }), 10 * SECOND)
    const reading = reply.result as Record<string, number>
    expect(isNear(reading['powerW'], shownW(bench, device))).toBe(true)
    expect(reading['volts']).toBeDefined()
    expect(reading['amperes']).toBeDefined()
    expect(bench.openLine).toBeUndefined()
  })

  test('shows phases that make the power, with its sign, whichever way the meter is mounted', () => {
    for (const change of [{}, { inverted: true }, { ctRatio: 40 }]) {
      const bench = new CableSite({ seed: SEED }).open()
      const device = { model: 'eastron-sdm630', unit: 1, role: 'site' as const, ...change }
      const reply = bench.await(bench.call('device.read', { device, line: LINE, seconds: 5 }))
      const reading = reply.result as { powerW: number; phasesW: number[]; volts: number[] }
      expect(reading.volts).toEqual([230, 230, 230])
      // The signal jumps each second, and the phases may be of the next.
      const whole = bench.progress(2).filter((one) => {
        const { powerW, phasesW } = one as typeof reading
        return isNear(phasesW[0] + phasesW[1] + phasesW[2], [powerW])
      })
      expect(whole.length).toBeGreaterThan(4)
    }
  })

  test('follows a battery twice a second, with its charge', () => {
    const bench = new CableSite({ seed: SEED }).open()
    const device = DEVICES.find(({ model }) => model === 'pace-modbus')!
    const id = bench.call('device.read', { device, line: LINE, seconds: 10 })
    const reply = bench.await(id, 20 * SECOND)
    const readings = bench.progress(id)
    expect(readings.length).toBeGreaterThanOrEqual(15)
    expect(readings.length).toBeLessThanOrEqual(21)
    expect(readings.at(-1)).toEqual(reply.result)
    for (const { volts, amperes, powerW, stateOfCharge, stateOfChargeWh } of readings as never[]) {
      expect(isNear(powerW, [volts[0] * amperes[0]])).toBe(true)
      expect(Math.abs(stateOfChargeWh / 102.4 - stateOfCharge)).toBeLessThan(3)
    }
  })

  test('reads a device that says itself what it is', () => {
    const bench = new CableSite({ seed: SEED }).open()
    const device = { model: 'auto', unit: 2, role: 'resource' }
    const reply = bench.await(bench.call('device.read', { device, line: LINE }), 60 * SECOND)
    expect(reply.result).toMatchObject({ model: 'eastron-sdm120' })
    const other = { ...device, unit: 40 }
    const refusal = bench.await(bench.call('device.read', { device: other, line: LINE }))
    expect(refusal.error?.code).toBe(CODE.failed)
    expect(refusal.error?.message).toContain('name it in device.model')
  })

  test('says why there is no reading', () => {
    const bench = new CableSite({ seed: SEED }).open()
    const read = (unit: number, more: object = {}) => {
      const device = { model: 'eastron-sdm120', unit, role: 'resource', ...more }
      return bench.await(bench.call('device.read', { device, line: LINE }), 20 * SECOND).error
    }
    const silent = read(99)
    expect(silent?.code).toBe(CODE.failed)
    expect(silent?.message).toMatch(/^no answer in \d+ ms$/)
    bench.conditions.meters.get(2)!.fault = 'exception'
    expect(read(2)?.message).toContain('exception')
    bench.conditions.meters.get(2)!.fault = undefined
    expect(read(2, { ratedW: 1 })?.message).toMatch(/W, and 2 W are possible$/)
    const shut = new CableSite({ seed: SEED, why: 'line.pins: missing' }).open()
    const device = { model: 'eastron-sdm120', unit: 2, role: 'resource' }
    for (const id of [shut.call('bus.scan'), shut.call('device.read', { device })])
      expect(shut.await(id).error).toMatchObject({
        code: CODE.failed,
        message: 'line.pins: missing',
      })
  })

  test('a line that is lost ends the call', () => {
    const bench = new CableSite({ seed: SEED }).open()
    const id = bench.call('bus.scan')
    bench.pass(SECOND)
    bench.line.unplug()
    expect(bench.await(id).error?.message).toBe('the line is closed: the adapter was unplugged')
  })
})

describe.each([
  ['without a site', undefined],
  ['with a site', settings],
])('%s', (_name, own) => {
  test('wrong parameters are refused by field', () => {
    const bench = new CableSite({ seed: SEED, settings: own }).open()
    const device = { model: 'eastron-sdm999', unit: 1, role: 'resource' }
    const pins = { transmit: 34, receive: 34 }
    const refusal = (method: string, params: object) => {
      const { code, data } = bench.await(bench.call(method, params)).error!
      expect(code).toBe(CODE.wrongParams)
      return (data as { wrong: { field: string }[] }).wrong.map(({ field }) => field)
    }
    expect(refusal('device.read', { device })).toEqual(['params.device.model'])
    expect(refusal('device.read', { device: { ...device, unit: 300 } })).toEqual([
      'params.device.unit',
    ])
    const meter = { model: 'eastron-sdm630', unit: 3, role: 'resource', capacityWh: 5000 }
    expect(refusal('device.read', { device: meter })).toEqual(['params.device.capacityWh'])
    const fields = ['params.line.pins.transmit', 'params.line.pins.receive']
    expect(refusal('bus.scan', { line: { pins } })).toEqual([
      ...fields,
      ...(own ? ['params.line'] : []),
    ])
    expect(refusal('bus.scan', { units: [1, 1] })).toEqual(['params.units[1]'])
  })
})

describe('a dongle with a site that knows no time yet', () => {
  test('reads its devices by themselves, and scans beside them', () => {
    const bench = new CableSite({ seed: SEED, settings }).open()
    for (const device of DEVICES) {
      const reply = bench.await(bench.call('device.read', { device }), 10 * SECOND)
      const { powerW } = reply.result as { powerW: number }
      expect(isNear(powerW, shownW(bench, device))).toBe(true)
    }
    const id = bench.call('bus.scan', { units: [1, 2, 3, 40] })
    expect(bench.await(id).result).toEqual({ found: 3 })
    expect(bench.progress(id).filter(({ unit }) => unit)).toEqual(
      DEVICES.map(({ unit, model }) => ({
        ...{ unit, model, certain: true, matchedBy: 'the settings' },
      })),
    )
    expect(bench.opened).toEqual([LINE])
    expect(bench.openLine).toEqual(LINE)
  })

  test('asks nobody any more once a scan is cancelled', () => {
    const bench = new CableSite({ seed: SEED, settings }).open()
    const id = bench.call('bus.scan')
    bench.pass(2 * SECOND)
    bench.call('cancel', { id })
    bench.pass(SECOND)
    const { length } = bench.asked
    expect(length).toBeGreaterThan(0)
    bench.pass(10 * SECOND)
    expect(bench.asked).toHaveLength(length)
  })

  test('refuses another line, and says why', () => {
    const bench = new CableSite({ seed: SEED, settings }).open()
    const line = { ...LINE, baud: 2400 }
    const { error } = bench.await(bench.call('bus.scan', { line }))
    expect(error).toMatchObject({
      code: CODE.wrongParams,
      data: { wrong: [{ field: 'params.line', found: 'another line' }] },
    })
    expect(bench.await(bench.call('bus.scan', { line: LINE, units: [1] })).result).toEqual({
      found: 1,
    })
  })
})
