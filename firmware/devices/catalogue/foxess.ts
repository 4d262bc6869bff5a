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
    // CT sign changed with firmware (issues 910, 976).
    registers: [
      { what: 'pvPower', at: 31002, also: [31005], type: 's16', unit: 'W' },
      { what: 'phasePower', at: [31026, 31027, 31028], type: 's16', unit: 'W' },
      { what: 'batteryPower', at: 31036, type: 's16', unit: 'W' },
      { what: 'stateOfCharge', at: 31038, type: 'u16', unit: '%' },
      { what: 'importEnergy', at: 32012, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'meter raw + = export; battery raw + = discharging',
    power: { minus: ['phasePower'], phases: 'phasePower' },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'medium',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/fox-ess-h3.yaml',
      'https://github.com/nathanmarlor/foxess_modbus',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/fox_ess/fox_ess',
    ],
  },
  {
    id: 'foxess-h1',
    name: 'FoxESS H1, AC1 (first generation, RS-485)',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 247 },
    code: 4,
    order: 'msw',
    // A KH has these registers too, with the opposite sign of the grid.
    registers: [
      { what: 'pvPower', at: 11002, also: [11005], type: 's16', unit: 'W' },
      { what: 'batteryPower', at: 11008, type: 's16', unit: 'W' },
      { what: 'power', at: 11021, type: 's16', unit: 'W' },
      { what: 'stateOfCharge', at: 11036, type: 'u16', unit: '%' },
    ],
    sign: 'grid raw + = export; battery raw + = discharging',
    power: { minus: ['power'] },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    // The grid is in one of the sources only.
    confidence: 'medium',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/fox-ess-h1.yaml',
      'https://github.com/nathanmarlor/foxess_modbus',
    ],
  },
  {
    id: 'foxess-h1-g2',
    name: 'FoxESS H1 G2, AC1 G2',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 247 },
    code: 3,
    order: 'msw',
    registers: [
      { what: 'pvPower', at: 31002, also: [31005], type: 's16', unit: 'W' },
      { what: 'power', at: 31014, type: 's16', unit: 'W' },
      { what: 'batteryPower', at: 31022, type: 's16', unit: 'W' },
      { what: 'stateOfCharge', at: 31024, type: 'u16', unit: '%' },
    ],
    sign: 'grid raw + = export; battery raw + = discharging',
    power: { minus: ['power'] },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    // The grid is in one of the sources only.
    confidence: 'medium',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/fox-ess-h1.yaml',
      'https://github.com/nathanmarlor/foxess_modbus',
    ],
  },
  {
    id: 'foxess-h3-smart',
    name: 'FoxESS H3 Smart, H3 Pro',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 247 },
    code: 3,
    order: 'msw',
    // 39237 is the power of both batteries, so only the charge has two inputs.
    registers: [
      { what: 'stateOfCharge', at: 37612, also: [38310], type: 'u16', unit: '%' },
      { what: 'phasePower', at: [38816, 38818, 38820], type: 's32', scale: 0.1, unit: 'W' },
      { what: 'batteryPower', at: 39237, type: 's32', unit: 'W' },
      {
        what: 'pvPower',
        at: 39279,
        also: [39281, 39283, 39285, 39287, 39289],
        type: 's32',
        unit: 'W',
      },
      { what: 'importEnergy', at: 39617, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'meter raw + = export; battery raw + = discharging',
    power: { minus: ['phasePower'], phases: 'phasePower' },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/fox-ess-h3-smart.yaml',
      'https://github.com/nathanmarlor/foxess_modbus',
    ],
  },
  {
    id: 'foxess-mq2200',
    name: 'FoxESS MQ2200 Avocado, Solakon ONE, Tepto Avocado Pro',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // The battery's sign is the opposite of that of an H3 Smart at the same address.
    registers: [
      { what: 'pvPower', at: 39118, type: 's32', unit: 'W' },
      { what: 'batteryPower', at: 39237, type: 's32', unit: 'W' },
      { what: 'stateOfCharge', at: 39424, type: 's16', unit: '%' },
    ],
    sign: 'battery raw + = charging',
    battery: { plus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/fox-ess-avocado.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/solakon/solakon_one',
    ],
  },
]
