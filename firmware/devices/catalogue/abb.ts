/** ABB. */
import type { Entry } from './entry'

export const abb: readonly Entry[] = [
  {
    id: 'abb-b23-b24',
    name: 'ABB B23 (direct) / B24 (CT), A43/A44',
    kind: 'meter',
    line: { stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // Not-available sentinels: 0xFFFF.. unsigned, 0x7FFF.. signed (B21 phase values, export on one-way variants).
    // Current is unsigned: direction only from power.
    // Timeout >= 0.5 s (Victron).
    // ABB EV3: energy scale 0.0001, factory even parity.
    registers: [
      { what: 'voltage', at: [23296, 23298, 23300], type: 'u32', scale: 0.1, unit: 'V' },
      { what: 'current', at: [23308, 23310, 23312], type: 'u32', scale: 0.01, unit: 'A' },
      { what: 'power', at: 23316, type: 's32', scale: 0.01, unit: 'W' },
      { what: 'phasePower', at: [23318, 23320, 23322], type: 's32', scale: 0.01, unit: 'W' },
      { what: 'frequency', at: 23340, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'importEnergy', at: 20480, type: 'u64', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 20484, type: 'u64', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [
      { code: 3, at: 0x8960, length: 2, text: 'B23' },
      { code: 3, at: 0x8960, length: 2, text: 'B24' },
      { code: 3, at: 0x8960, length: 2, text: 'A43' },
      { code: 3, at: 0x8960, length: 2, text: 'A44' },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/abb.go',
      'https://github.com/victronenergy/dbus-modbus-client/blob/master/abb.py',
      'https://github.com/openWB/core/blob/master/packages/modules/common/b23.py',
    ],
  },
  {
    id: 'abb-b21',
    name: 'ABB B21',
    kind: 'meter',
    line: { stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // Not-available sentinels: 0xFFFF.. unsigned, 0x7FFF.. signed (B21 phase values, export on one-way variants).
    // Current is unsigned: direction only from power.
    // Timeout >= 0.5 s (Victron).
    // ABB EV3: energy scale 0.0001, factory even parity.
    registers: [
      { what: 'voltage', at: 23296, type: 'u32', scale: 0.1, unit: 'V' },
      { what: 'current', at: 23308, type: 'u32', scale: 0.01, unit: 'A' },
      { what: 'power', at: 23316, type: 's32', scale: 0.01, unit: 'W' },
      { what: 'frequency', at: 23340, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'importEnergy', at: 20480, type: 'u64', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 20484, type: 'u64', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'] },
    identification: [{ code: 3, at: 0x8960, length: 2, text: 'B21' }],
    confidence: 'high',
    sources: [
      'https://github.com/victronenergy/dbus-modbus-client/blob/master/abb.py',
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/abb.go',
    ],
  },
]
