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
    // Up to four batteries are added up, 7 registers apart; a HYD-3PH has two inputs. Panels 3 registers apart.
    registers: [
      { what: 'power', at: 1160, type: 's16', scale: 10, unit: 'W' },
      { what: 'phasePower', at: [1171, 1182, 1193], type: 's16', scale: 10, unit: 'W' },
      { what: 'frequency', at: 1156, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'pvPower', at: 1414, also: [1417, 1420, 1423], type: 'u16', scale: 10, unit: 'W' },
      { what: 'batteryVoltage', at: 1540, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'batteryCurrent', at: 1541, type: 's16', scale: 0.01, unit: 'A' },
      {
        what: 'batteryPower',
        at: 1542,
        also: [1549, 1556, 1563],
        type: 's16',
        scale: 10,
        unit: 'W',
      },
      { what: 'stateOfCharge', at: 1544, also: [1551, 1558, 1565], type: 'u16', unit: '%' },
      { what: 'importEnergy', at: 1678, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'exportEnergy', at: 1682, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'grid raw + = export; battery raw + = charging',
    power: { minus: ['power'], phases: 'phasePower' },
    battery: { plus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/sofarsolar-g3.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/sofar/sofar',
      'https://github.com/wills106/homeassistant-solax-modbus',
    ],
  },
  {
    id: 'sofar-hyd-es',
    name: 'SofarSolar HYD 3000-6000-ES, ME3000SP, Azzurro hybrid (before G3)',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // 10 W resolution. Generation is measured by a current transformer.
    registers: [
      { what: 'frequency', at: 0x020c, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'batteryPower', at: 0x020d, type: 's16', scale: 10, unit: 'W' },
      { what: 'stateOfCharge', at: 0x0210, type: 'u16', unit: '%' },
      { what: 'power', at: 0x0212, type: 's16', scale: 10, unit: 'W' },
      { what: 'pvPower', at: 0x0215, type: 'u16', scale: 10, unit: 'W' },
      { what: 'exportEnergy', at: 0x021e, type: 'u32', unit: 'kWh' },
      { what: 'importEnergy', at: 0x0220, type: 'u32', unit: 'kWh' },
    ],
    sign: 'grid raw + = export; battery raw + = charging',
    power: { minus: ['power'] },
    battery: { plus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/sofarsolar.yaml',
      'https://github.com/wills106/homeassistant-solax-modbus/blob/main/custom_components/solax_modbus/plugin_sofar_old.py',
      'https://github.com/davidrapan/ha-solarman/blob/main/custom_components/solarman/inverter_definitions/sofar_hybrid.yaml',
      'https://github.com/cmcgerty/Sofar2mqtt',
    ],
  },
  {
    id: 'sofar-string',
    name: 'SofarSolar KTLM, KTLX single-phase, Azzurro 1PH (before G3)',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // 10 W resolution.
    registers: [
      { what: 'pvPower', at: 0x000c, type: 'u16', scale: 10, unit: 'W' },
      { what: 'frequency', at: 0x000e, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'voltage', at: 0x000f, type: 'u16', scale: 0.1, unit: 'V' },
    ],
    sign: 'unsigned output to the grid: generation',
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/wills106/homeassistant-solax-modbus/blob/main/custom_components/solax_modbus/plugin_sofar_old.py',
      'https://github.com/davidrapan/ha-solarman/blob/main/custom_components/solarman/inverter_definitions/sofar_string.yaml',
    ],
  },
]
