/** Sofar. */
import type { Entry } from './entry'

export const sofar: readonly Entry[] = [
  {
    id: 'sofar-g3',
    name: 'SofarSolar HYD-3PH/EP, KTL-G3',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // 10 W resolution.
    // Pack n at +7 registers.
    registers: [
      { what: 'power', at: 1160, type: 's16', scale: 10, unit: 'W' },
      { what: 'phasePower', at: [1171, 1182, 1193], type: 's16', scale: 10, unit: 'W' },
      { what: 'frequency', at: 1156, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'batteryVoltage', at: 1540, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'batteryCurrent', at: 1541, type: 's16', scale: 0.01, unit: 'A' },
      { what: 'batteryPower', at: 1542, type: 's16', scale: 10, unit: 'W' },
      { what: 'stateOfCharge', at: 1544, type: 'u16', unit: '%' },
      { what: 'importEnergy', at: 1678, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'exportEnergy', at: 1682, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'grid raw + = export; battery raw + = charging',
    power: { minus: ['power'] },
    battery: { plus: ['batteryPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/sofarsolar-g3.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/sofar/sofar',
      'https://github.com/wills106/homeassistant-solax-modbus',
    ],
  },
]
