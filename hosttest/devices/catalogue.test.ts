import { describe, expect, test } from '@jest/globals'
import type { Entry, RegisterEntry } from '../../firmware/devices/catalogue/entry'
import { findDevice, listDevices } from '../../firmware/devices/catalogue/find'
import { ENTRIES } from '../../firmware/devices/catalogue/makers'
import { PACKED } from '../../firmware/devices/catalogue/packed'
import { checkDevice } from '../../firmware/devices/config'
import { checkCatalogue, checkEntry } from '../../tools/catalogue/check'
import { expand } from '../../tools/catalogue/expand'
import { MAX_PACKED_BYTES, pack } from '../../tools/catalogue/pack'

const power: RegisterEntry = { what: 'power', at: 10, type: 's32', unit: 'W' }
const sound: Entry = {
  id: 'some-meter',
  name: 'Some meter',
  kind: 'meter',
  line: { baud: 9600 },
  code: 3,
  order: 'msw',
  registers: [power],
  sign: 'raw + = import',
  power: { plus: ['power'] },
  confidence: 'high',
  sources: ['a manual'],
}

describe('the catalogue', () => {
  test('has no fault', () => {
    expect(checkCatalogue(ENTRIES)).toEqual([])
  })

  test('is packed as it is written: run `npx tsx tools/catalogue/build.ts` if this fails', () => {
    expect(pack(ENTRIES.map(expand))).toEqual(PACKED)
    expect(PACKED.length).toBeLessThan(MAX_PACKED_BYTES)
  })

  test.each(ENTRIES.map((entry) => [entry.id, entry] as const))(
    '%s comes back from it whole',
    (id, entry) => {
      expect(findDevice(id)).toEqual(expand(entry))
    },
  )

  test('lists its ids, and knows no others', () => {
    expect(listDevices()).toEqual(ENTRIES.map(({ id }) => id))
    expect(findDevice('')).toBeUndefined()
    expect(findDevice('eastron')).toBeUndefined()
  })
})

describe('an entry that contradicts itself names its register', () => {
  const faultsOf = (entry: Partial<Entry>): string[] => checkEntry({ ...sound, ...entry })
  const faultsWith = (register: Partial<RegisterEntry>): string[] =>
    faultsOf({ registers: [{ ...power, ...register }] })

  test('an entry without a contradiction has no fault', () => {
    expect(faultsOf({})).toEqual([])
  })
  test('overlap', () => {
    const voltage: RegisterEntry = { what: 'voltage', at: 11, type: 'u16', unit: 'V' }
    expect(faultsOf({ registers: [power, voltage] })).toEqual([
      'some-meter: register 11 (voltage): overlaps register 10 (power)',
    ])
  })
  test('more registers than the device gives at once', () => {
    expect(faultsOf({ maxRegisters: 1 })).toEqual([
      'some-meter: register 10 (power): 2 registers, but the device gives 1 at most',
    ])
  })
  test('unknown type', () => {
    expect(faultsWith({ type: 'bcd' as 'u16' })).toEqual([
      'some-meter: register 10 (power): unknown type bcd',
    ])
  })
  test('unknown quantity', () => {
    expect(faultsWith({ what: 'colour' as 'power' })).toEqual([
      'some-meter: register 10 (colour): unknown quantity',
    ])
  })
  test('a unit of another quantity, a scale that is no power of ten', () => {
    expect(faultsWith({ unit: 'V' })[0]).toContain('register 10 (power): no power of ten')
    expect(faultsWith({ scale: 0.3 })[0]).toContain('register 10 (power): no power of ten')
  })
  test('an address beyond the last', () => {
    expect(faultsWith({ at: 0xffff })).toEqual([
      'some-meter: register 65535 (power): no such address',
    ])
  })
  test('a barrier through a value', () => {
    expect(faultsOf({ barriers: [11] })).toEqual([
      'some-meter: register 10 (power): a barrier cuts it',
    ])
  })
  test('a flow without a register', () => {
    expect(faultsOf({ power: { plus: ['importPower'] } })[0]).toContain('a flow needs importPower')
  })
  test('an unsigned power that does not say so', () => {
    expect(faultsWith({ type: 'u32' })).toEqual([
      'some-meter: register 10 (power): unsigned, and nothing tells the direction',
    ])
  })
  test('a quantity twice, which would be added up', () => {
    expect(faultsOf({ registers: [power, { ...power, at: 20 }] })).toEqual([
      'some-meter: register 20 (power): another register has the same quantity and phase',
    ])
  })
  test('times, speeds and masks that the packed form would round', () => {
    expect(faultsOf({ quietMs: 300, timeoutMs: 305, line: { baud: 9650 } })).toEqual([
      'some-meter: quietMs: whole, 255 at most',
      'some-meter: timeoutMs: in tens, 2000 at most',
      'some-meter: line.baud: in hundreds, 115200 at most',
    ])
    const state: RegisterEntry = { what: 'status', at: 20, type: 'u16', mask: 0 }
    expect(faultsOf({ registers: [power, state] })[0]).toContain('register 20 (status): only a u16')
  })
  test('an identification longer than one read', () => {
    const identification = [{ code: 3, at: 100, length: 8, text: 'X' }] as const
    expect(faultsOf({ maxRegisters: 4, identification })).toEqual([
      'some-meter: identification 100: 8 registers, but the device gives fewer at once',
    ])
  })
  test('an identification by a number that no other register confirms', () => {
    const identification = [{ code: 3, at: 100, length: 1, ranges: [[7, 7]] }] as const
    expect(faultsOf({ identification })).toEqual([
      'some-meter: identification 100: a number has to be confirmed by 2 registers of ' +
        'voltage, frequency, batteryVoltage, stateOfCharge, stateOfHealth',
    ])
    const voltage: RegisterEntry = { what: 'voltage', at: [20, 21, 22], type: 'u16', unit: 'V' }
    expect(faultsOf({ identification, registers: [power, voltage] })).toEqual([])
  })
  test('further inputs out of order, or beside phases', () => {
    const also = 'some-meter: power: also has further inputs of one address, in rising order'
    expect(faultsWith({ also: [14, 12] })).toEqual([also])
    expect(faultsWith({ at: [10, 12, 14], also: [16] })).toEqual([also])
    expect(faultsWith({ also: [12, 14, 16] })).toEqual([])
  })
  test('a charge of one input, and the energy of two', () => {
    const charge: RegisterEntry = { what: 'stateOfCharge', at: 20, type: 'u16', unit: '%' }
    const full: RegisterEntry = { what: 'fullEnergy', at: 30, also: [40], type: 'u16', unit: 'Wh' }
    expect(faultsOf({ registers: [power, charge, full] })).toEqual([
      'some-meter: 1 of stateOfCharge, but 2 of fullEnergy',
    ])
  })
  test('a flow is needed, and that of the panels is one', () => {
    expect(faultsOf({ power: undefined })).toEqual(['some-meter: no power'])
    expect(faultsOf({ power: undefined, pv: { minus: ['power'] } })).toEqual([])
  })
  test('an id twice', () => {
    expect(checkCatalogue([sound, sound])).toEqual(['some-meter: appears twice'])
  })
  test('no source, and nothing about the sign', () => {
    expect(faultsOf({ sources: [], sign: '' })).toEqual([
      'some-meter: no source',
      'some-meter: does not say what the raw sign means',
    ])
  })
})

describe('a configuration that cannot work is refused with its field', () => {
  test.each([
    [{ model: 'nothing', unit: 1, role: 'site' }, 'model'],
    [{ model: 'eastron-sdm630', unit: 248, role: 'site' }, 'unit'],
    [{ model: 'eastron-sdm630', unit: 1.5, role: 'site' }, 'unit'],
    [{ model: 'pace-modbus', unit: 1, role: 'site' }, 'role'],
    [{ model: 'peacefair-pzem016', unit: 1, role: 'site' }, 'direction'],
    [{ model: 'felicity', unit: 1, role: 'resource' }, 'capacityWh'],
    [{ model: 'deye-3p', unit: 1, role: 'resource' }, 'capacityWh'],
    [{ model: 'eastron-sdm630', unit: 1, role: 'resource', capacityWh: 5000 }, 'capacityWh'],
    [{ model: 'eastron-sdm120', unit: 1, role: 'site', phases: [1] }, 'phases'],
    [{ model: 'eastron-sdm630', unit: 1, role: 'site', phases: [] }, 'phases'],
    [{ model: 'eastron-sdm630', unit: 1, role: 'site', ctRatio: 0 }, 'ctRatio'],
    [{ model: 'pace-modbus', unit: 1, role: 'resource', part: 'pv' }, 'part'],
    [{ model: 'deye-3p', unit: 1, role: 'site', part: 'battery' }, 'part'],
    [{ model: 'eastron-sdm630', unit: 1, role: 'site', direction: 'export' }, 'direction'],
    [{ model: 'sunspec', unit: 1, role: 'site', direction: 'import' }, 'direction'],
  ] as const)('%j', (config, field) => {
    expect(checkDevice(config)?.field).toBe(field)
  })

  test.each([
    [{ model: 'eastron-sdm630', unit: 1, role: 'site', phases: [1, 3] }],
    [{ model: 'peacefair-pzem016', unit: 1, role: 'site', direction: 'import' }],
    [{ model: 'felicity', unit: 1, role: 'resource', capacityWh: 5000 }],
    [{ model: 'pace-modbus', unit: 1, role: 'resource' }],
    [{ model: 'huawei-sun2000', unit: 1, role: 'resource', part: 'pv' }],
    [{ model: 'seplos-v3', unit: 0, role: 'resource' }],
    [{ model: 'sunspec', unit: 1, role: 'site' }],
  ] as const)('but not %j', (config) => {
    expect(checkDevice(config)).toBeUndefined()
  })
})
