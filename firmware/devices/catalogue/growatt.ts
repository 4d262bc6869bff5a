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
    // TL-XH: import 3041, export 3043, SOC 3171, discharge 3178, charge 3180; VPP block 31200 i32 0.1 W + = charging, 31217 SOC.
    registers: [
      { what: 'importPower', at: 1021, type: 'u32', scale: 0.1, unit: 'W' }, // SPH single phase also 1015
      { what: 'exportPower', at: 1029, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'dischargePower', at: 1009, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'chargePower', at: 1011, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'batteryVoltage', at: 1013, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'stateOfCharge', at: 1014, type: 'u16', unit: '%' },
    ],
    sign: 'separate unsigned registers',
    power: { plus: ['importPower'], minus: ['exportPower'] },
    battery: { plus: ['chargePower'], minus: ['dischargePower'] },
    identification: [{ code: 3, at: 30000, length: 1, ranges: [[3500, 3799]] }],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/growatt-hybrid.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/growatt',
      'https://github.com/0xAHA/Growatt_ModbusTCP',
    ],
  },
]
