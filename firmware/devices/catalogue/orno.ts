/** ORNO. */
import type { Entry } from './entry'

export const orno: readonly Entry[] = [
  {
    id: 'orno-we504',
    name: 'ORNO OR-WE-504/505',
    kind: 'meter',
    line: { baud: 9600, parity: 'even', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // No use at a grid connection with panels. That it has no sign stands on mbmd alone, which reads it unsigned; evcc
    // offers it for panels and chargers only. mbmd's README has it shipped with even parity.
    registers: [
      { what: 'voltage', at: 0, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'current', at: 1, type: 'u16', scale: 0.1, unit: 'A' },
      { what: 'frequency', at: 2, type: 'u16', scale: 0.1, unit: 'Hz' },
      { what: 'power', at: 3, type: 'u16', unit: 'W' },
      { what: 'totalEnergy', at: 7, type: 'u32', scale: 0.001, unit: 'kWh' },
    ],
    sign: 'unsigned: cannot see injection',
    power: { plus: ['power'], unsigned: true },
    confidence: 'medium',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/orno1p504.go',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/orno-we504.yaml',
    ],
  },
  {
    id: 'orno-we514',
    name: 'ORNO OR-WE-514 / OR-WE-515',
    kind: 'meter',
    line: { baud: 9600, parity: 'even', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    quietMs: 50,
    // Second meter on same bus times out right after unit switch: needs inter-unit gap.
    registers: [
      { what: 'frequency', at: 304, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'voltage', at: 305, type: 'u16', scale: 0.01, unit: 'V' },
      { what: 'current', at: 313, type: 'u32', scale: 0.001, unit: 'A' },
      { what: 'power', at: 320, type: 's32', unit: 'W' },
      { what: 'totalEnergy', at: 40960, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'currentRatio', at: 284, type: 'u16' },
    ],
    sign: 'treated unsigned by mbmd, int32 by openWB',
    power: { plus: ['power'], unsigned: true },
    identification: [{ code: 3, at: 11, length: 1, ranges: [[162, 162]] }],
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/orno1p.go',
      'https://github.com/gituser-rk/orno-modbus-mqtt',
      'https://github.com/volkszaehler/mbmd/issues/155',
    ],
  },
  {
    id: 'orno-we516',
    name: 'ORNO OR-WE-516 / 517',
    kind: 'meter',
    line: { baud: 9600, parity: 'even', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // 8E1 by default is the top support question.
    registers: [
      { what: 'voltage', at: [14, 16, 18], type: 'f32', unit: 'V' },
      { what: 'frequency', at: 20, type: 'f32', unit: 'Hz' },
      { what: 'current', at: [22, 24, 26], type: 'f32', unit: 'A' },
      { what: 'power', at: 28, type: 'f32', scale: 1000, unit: 'W' }, // kW
      { what: 'phasePower', at: [30, 32, 34], type: 'f32', scale: 1000, unit: 'W' },
      { what: 'totalEnergy', at: 256, type: 'f32', unit: 'kWh' },
      { what: 'importEnergy', at: 264, type: 'f32', unit: 'kWh' },
      { what: 'exportEnergy', at: 272, type: 'f32', unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/orno3p.go',
      'https://github.com/arendst/Tasmota/blob/development/tasmota/tasmota_xnrg_energy/xnrg_17_ornowe517.ino',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/orno.yaml',
    ],
  },
  {
    id: 'orno-we525',
    name: 'ORNO OR-WE-525 / 526',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    // Function 4 is ORNO's word; bg-ws100 has the same addresses and wants 3.
    registers: [
      { what: 'voltage', at: 256, type: 's32', scale: 0.001, unit: 'V' },
      { what: 'current', at: 258, type: 's32', scale: 0.001, unit: 'A' },
      { what: 'power', at: 260, type: 's32', unit: 'W' },
      { what: 'frequency', at: 266, type: 's16', scale: 0.1, unit: 'Hz' },
      { what: 'importEnergy', at: 270, type: 's32', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 280, type: 's32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'] },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/orno1p525.go',
      'https://files.orno.pl/support/Others/ORNO/ORWE525_5908254827846/OR-WE-525_rejestry.pdf',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/orno_or_we_525.json',
    ],
  },
]
