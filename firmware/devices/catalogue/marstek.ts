/** Marstek. */
import type { Entry } from './entry'

export const marstek: readonly Entry[] = [
  {
    id: 'marstek-venus-e2',
    name: 'Marstek Venus E/C gen 2 (RS485)',
    kind: 'battery',
    line: { baud: 115200, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // Gen 3: ac_power 30006 i16, SOC 34002 u16 x0.1.
    registers: [
      { what: 'batteryPower', at: 32202, type: 's32', unit: 'W' },
      { what: 'stateOfCharge', at: 32104, type: 'u16', unit: '%' },
      { what: 'dischargeEnergy', at: 33002, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: '+ = discharging (evcc, unscaled)',
    battery: { minus: ['batteryPower'] },
    confidence: 'medium',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/marstek-venus-e.yaml',
    ],
  },
]
