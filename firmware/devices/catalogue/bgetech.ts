/** B+G E-Tech. Its SDM and DRT meters are Eastron's. */
import type { Entry } from './entry'

export const bgetech: readonly Entry[] = [
  {
    id: 'bg-ds100',
    name: 'B+G E-Tech DS100',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // evcc's template proposes 1200 baud; modbus-rpi has 9600 of the maker's manual.
    registers: [
      { what: 'voltage', at: [0x400, 0x402, 0x404], type: 'u32', scale: 0.001, unit: 'V' },
      { what: 'current', at: [0x410, 0x412, 0x414], type: 's32', scale: 0.001, unit: 'A' },
      { what: 'phasePower', at: [0x41a, 0x41c, 0x41e], type: 's32', unit: 'W' },
      { what: 'power', at: 0x420, type: 's32', unit: 'W' },
      { what: 'frequency', at: 0x435, type: 'u16', scale: 0.1, unit: 'Hz' },
      { what: 'importEnergy', at: 0x10e, type: 's32', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 0x118, type: 's32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/ds100.go',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/bgetech-ds100.yaml',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/bg_etech_ds100.json',
    ],
  },
  {
    id: 'bg-ws100',
    name: 'B+G E-Tech WS100',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // The addresses of ORNO's OR-WE-525, which wants function 4.
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
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/ws100.go',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/bgetech-ws100.yaml',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/bg_etech_ws100.json',
    ],
  },
  {
    id: 'bg-drt428m',
    name: 'B+G E-Tech DRT428M, DRT428M-2',
    kind: 'meter',
    line: { unit: 1 },
    code: 3,
    order: 'msw',
    // The map of ORNO's OR-WE-516, which is shipped with even parity.
    registers: [
      { what: 'voltage', at: [14, 16, 18], type: 'f32', unit: 'V' },
      { what: 'frequency', at: 20, type: 'f32', unit: 'Hz' },
      { what: 'current', at: [22, 24, 26], type: 'f32', unit: 'A' },
      { what: 'power', at: 28, type: 'f32', unit: 'kW' },
      { what: 'phasePower', at: [30, 32, 34], type: 'f32', unit: 'kW' },
      { what: 'totalEnergy', at: 256, type: 'f32', unit: 'kWh' },
      { what: 'importEnergy', at: 264, type: 'f32', unit: 'kWh' },
      { what: 'exportEnergy', at: 272, type: 'f32', unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.bgetech',
      'https://github.com/Nall-chan/BGETech/blob/master/DRT428M/module.php',
    ],
  },
]
