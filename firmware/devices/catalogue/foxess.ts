/** FoxESS. */
import type { Entry } from './entry'

export const foxess: readonly Entry[] = [
  {
    id: 'foxess-h3',
    name: 'FoxESS H3',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 247 },
    code: 3,
    order: 'msw',
    // H1: SOC 31024/11036, battery 31022/11008.
    // CT sign changed with firmware (issues 910, 976).
    registers: [
      { what: 'phasePower', at: [31026, 31027, 31028], type: 's16', unit: 'W' },
      { what: 'batteryPower', at: 31036, type: 's16', unit: 'W' },
      { what: 'stateOfCharge', at: 31038, type: 'u16', unit: '%' },
      { what: 'importEnergy', at: 32012, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'meter raw + = export; battery raw + = discharging',
    power: { minus: ['phasePower'], phases: 'phasePower' },
    battery: { minus: ['batteryPower'] },
    confidence: 'medium',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/fox-ess-h3.yaml',
      'https://github.com/nathanmarlor/foxess_modbus',
    ],
  },
]
