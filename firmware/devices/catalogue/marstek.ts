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
    registers: [
      { what: 'batteryPower', at: 32202, type: 's32', unit: 'W' },
      { what: 'stateOfCharge', at: 32104, type: 'u16', unit: '%' },
      { what: 'dischargeEnergy', at: 33002, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = discharging (power at the AC side)',
    battery: { minus: ['batteryPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/marstek-venus-e.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/marstek/venus_c_e',
      'https://github.com/ViperRNMC/marstek_venus_modbus/blob/main/custom_components/marstek_modbus/registers/e_v12.yaml',
    ],
  },
  {
    id: 'marstek-venus-e3',
    name: 'Marstek Venus E gen 3 (RS485)',
    kind: 'battery',
    line: { baud: 115200, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    registers: [
      { what: 'batteryPower', at: 30006, type: 's16', unit: 'W' },
      { what: 'stateOfCharge', at: 34002, type: 'u16', scale: 0.1, unit: '%' },
      { what: 'dischargeEnergy', at: 33002, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = discharging (power at the AC side)',
    battery: { minus: ['batteryPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/marstek-venus-e.yaml',
      'https://github.com/ViperRNMC/marstek_venus_modbus/blob/main/custom_components/marstek_modbus/registers/e_v3.yaml',
    ],
  },
  {
    id: 'marstek-venus-a',
    name: 'Marstek Venus A, Venus D (RS485)',
    kind: 'inverter',
    line: { baud: 115200, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    registers: [
      { what: 'batteryPower', at: 30001, type: 's16', unit: 'W' },
      {
        what: 'pvPower',
        at: 30037,
        also: [30038, 30039, 30040],
        type: 'u16',
        scale: 0.1,
        unit: 'W',
      },
      { what: 'stateOfCharge', at: 32104, type: 'u16', unit: '%' },
      { what: 'dischargeEnergy', at: 33002, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = charging (power of the cells; evcc scales it by -1)',
    battery: { plus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    // The second source calls its map untested, and says nothing on the sign.
    confidence: 'medium',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/marstek-venus-a.yaml',
      'https://github.com/ViperRNMC/marstek_venus_modbus/blob/main/custom_components/marstek_modbus/registers/a.yaml',
    ],
  },
]
