/** Solis. */
import type { Entry } from './entry'

export const solis: readonly Entry[] = [
  {
    id: 'solis-hybrid',
    name: 'Solis RHI / S5-EH / S6 hybrid',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    // RHI vs S-series differ in sign handling: two templates in evcc.
    registers: [
      { what: 'power', at: 33263, type: 's32', unit: 'W' },
      { what: 'phasePower', at: [33257, 33259, 33261], type: 's32', unit: 'W' },
      { what: 'batteryPower', at: 33149, type: 's32', unit: 'W' },
      { what: 'batteryDirection', at: 33135, type: 'u16' }, // 0 charge 1 discharge
      { what: 'stateOfCharge', at: 33139, type: 'u16', unit: '%' },
      { what: 'pvPower', at: 33057, type: 'u32', unit: 'W' },
      { what: 'importEnergy', at: 33283, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'grid raw - = import (scale -1); battery: magnitude in 33149, sign in 33135',
    power: { minus: ['power'] },
    battery: { plus: ['batteryPower'], sign: { what: 'batteryDirection', negative: 1 } },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/solis-hybrid-s.yaml',
      'https://github.com/evcc-io/evcc/issues/25636',
      'https://github.com/hn/ginlong-solis',
    ],
  },
  {
    id: 'solis-string',
    name: 'Solis, Ginlong string inverter (1P, 3P 4G, S5-GR, S6-GR)',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    // The meter's registers are there if a meter is connected to the inverter. Manuals count from 1.
    registers: [
      { what: 'pvPower', at: 3004, type: 'u32', unit: 'W' },
      { what: 'totalEnergy', at: 3008, type: 'u32', unit: 'kWh' },
      { what: 'frequency', at: 3042, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'power', at: 3262, type: 's32', unit: 'W' },
      { what: 'importEnergy', at: 3282, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 3284, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'meter raw + = export; output unsigned: generation',
    power: { minus: ['power'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/solis.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/solis/solis',
      'https://github.com/hn/ginlong-solis/blob/master/solis-modbus-inv.yaml',
    ],
  },
]
