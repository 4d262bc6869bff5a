/** Growatt. */
import type { Entry } from './entry'

export const growatt: readonly Entry[] = [
  {
    id: 'growatt-sph',
    name: 'Growatt SPH, SPA',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    // SPA has no input registers 0-124.
    // Off-grid SPF inverters restart when 30000 is read (0xAHA/Growatt_ModbusTCP, auto_detection.py): no `auto` there.
    registers: [
      { what: 'importPower', at: 1021, type: 'u32', scale: 0.1, unit: 'W' }, // SPH single phase also 1015
      { what: 'exportPower', at: 1029, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'dischargePower', at: 1009, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'chargePower', at: 1011, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'batteryVoltage', at: 1013, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'stateOfCharge', at: 1014, type: 'u16', unit: '%' },
      { what: 'pvPower', at: 1, type: 'u32', scale: 0.1, unit: 'W' },
    ],
    sign: 'separate unsigned registers',
    power: { plus: ['importPower'], minus: ['exportPower'] },
    battery: { plus: ['chargePower'], minus: ['dischargePower'] },
    pv: { minus: ['pvPower'] },
    identification: [{ code: 3, at: 30000, length: 1, ranges: [[3500, 3799]] }],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/growatt-hybrid.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/growatt',
      'https://github.com/0xAHA/Growatt_ModbusTCP',
    ],
  },
  {
    id: 'growatt-tlxh',
    name: 'Growatt MIN TL-XH, MOD TL3-XH, MID TL3-XH',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    registers: [
      { what: 'importPower', at: 3041, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'exportPower', at: 3043, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'stateOfCharge', at: 3171, type: 'u16', unit: '%' },
      { what: 'dischargePower', at: 3178, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'chargePower', at: 3180, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'pvPower', at: 3001, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'frequency', at: 3025, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'voltage', at: 3026, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'importEnergy', at: 3069, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'exportEnergy', at: 3073, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'separate unsigned registers',
    power: { plus: ['importPower'], minus: ['exportPower'] },
    battery: { plus: ['chargePower'], minus: ['dischargePower'] },
    pv: { minus: ['pvPower'] },
    identification: [
      {
        code: 3,
        at: 30000,
        length: 1,
        ranges: [
          [5100, 5100],
          [5400, 5401],
        ],
      },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/growatt-hybrid-tlxh.yaml',
      'https://github.com/0xAHA/Growatt_ModbusTCP/blob/main/custom_components/growatt_modbus/profiles/tl_xh.py',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/growatt/growatt',
      'https://github.com/WouterTuinstra/Homeassistant-Growatt-Local-Modbus/blob/main/testing/growatt_registers.md',
    ],
  },
  {
    id: 'growatt-string',
    name: 'Growatt MIC TL-X, MIN TL-X, TL-XE, MOD TL3-X, MID TL3-X',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    // Without a meter: its registers for import and export stay 0.
    registers: [
      { what: 'pvPower', at: 35, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'frequency', at: 37, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'voltage', at: 38, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'totalEnergy', at: 55, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'unsigned output to the grid: generation',
    pv: { minus: ['pvPower'] },
    identification: [
      {
        code: 3,
        at: 30000,
        length: 1,
        ranges: [
          [5001, 5002],
          [5200, 5201],
        ],
      },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/growatt-min-tlxe.yaml',
      'https://github.com/0xAHA/Growatt_ModbusTCP/blob/main/custom_components/growatt_modbus/profiles/min.py',
      'https://github.com/wills106/homeassistant-solax-modbus/blob/main/custom_components/solax_modbus/plugin_growatt.py',
    ],
  },
]
