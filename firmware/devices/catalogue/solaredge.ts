/** SolarEdge: what SunSpec has no model for. The grid and the panels are read as `sunspec`. */
import type { Entry } from './entry'

export const solaredge: readonly Entry[] = [
  {
    id: 'solaredge-battery',
    name: 'SolarEdge StorEdge, Home Hub: the batteries',
    kind: 'inverter',
    line: { baud: 115200, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'lsw',
    // At the inverter's unit, each battery 256 registers after the one before; without one -3.4e38, or it is refused.
    // "Available energy" (0xE180) is the usable one for some batteries and the remaining one for others: not used.
    registers: [
      { what: 'batteryPower', at: 0xe174, also: [0xe274], type: 'f32', unit: 'W' },
      { what: 'fullEnergy', at: 0xe17e, also: [0xe27e], type: 'f32', unit: 'Wh', fixed: true },
      { what: 'stateOfCharge', at: 0xe184, also: [0xe284], type: 'f32', unit: '%' },
    ],
    sign: 'raw + = charging',
    battery: { plus: ['batteryPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/solaredge-hybrid.yaml',
      'https://github.com/WillCodeForCats/solaredge-modbus-multi',
      'https://github.com/nmakel/solaredge_modbus',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/solaredge/solaredge/bat.py',
    ],
  },
]
