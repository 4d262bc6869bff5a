/** SAJ. */
import type { Entry } from './entry'

export const saj: readonly Entry[] = [
  {
    id: 'saj-h2',
    name: 'SAJ H2 hybrid, Ampere.StoragePro',
    kind: 'inverter',
    line: { baud: 115200, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    registers: [
      { what: 'pvPower', at: 0x40a5, type: 's16', unit: 'W' },
      { what: 'batteryPower', at: 0x40a6, type: 's16', unit: 'W' },
      { what: 'power', at: 0x40ad, type: 's16', unit: 'W' },
      { what: 'stateOfCharge', at: 0xa00c, type: 'u16', scale: 0.01, unit: '%' },
    ],
    sign: 'grid raw + = import; battery raw + = discharging (evcc, unscaled)',
    power: { plus: ['power'] },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    // The second source has the same registers and says nothing on the sign.
    confidence: 'medium',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/saj-h2.yaml',
      'https://github.com/stanus74/home-assistant-saj-h2-modbus/blob/main/custom_components/saj_h2_modbus/modbus_readers.py',
    ],
  },
  {
    id: 'saj-r5',
    name: 'SAJ R5, Sununo Plus, Suntrio Plus string inverter',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    registers: [
      { what: 'pvPower', at: 0x0113, type: 'u16', unit: 'W' },
      { what: 'totalEnergy', at: 0x0131, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'unsigned output to the grid: generation',
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/saj-r5.yaml',
      'https://github.com/wimb0/home-assistant-saj-r5-modbus/blob/main/custom_components/saj_modbus/hub.py',
    ],
  },
]
