/** Afore. */
import type { Entry } from './entry'

export const afore: readonly Entry[] = [
  {
    id: 'afore-hybrid',
    name: 'Afore hybrid (AF-SL, AF-TH)',
    kind: 'inverter',
    line: { unit: 1 },
    code: 4,
    order: 'msw',
    registers: [
      { what: 'phasePower', at: [529, 531, 533], type: 's32', unit: 'W' },
      { what: 'power', at: 535, type: 's32', unit: 'W' },
      { what: 'pvPower', at: 553, type: 'u32', unit: 'W' },
      { what: 'importEnergy', at: 1020, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'stateOfCharge', at: 2002, type: 'u16', unit: '%' },
      { what: 'batteryPower', at: 2007, type: 's32', unit: 'W' },
    ],
    sign: 'grid raw + = import; battery raw + = discharging',
    power: { plus: ['power'], phases: 'phasePower' },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/afore-hybrid.yaml',
      'https://github.com/davidrapan/ha-solarman/blob/main/custom_components/solarman/inverter_definitions/afore_hybrid.yaml',
    ],
  },
]
