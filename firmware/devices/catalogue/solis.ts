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
]
