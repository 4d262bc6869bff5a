/** Eltako. DSZ14 and its like speak Eltako's own bus; those here speak Modbus. */
import type { Entry, RegisterEntry } from './entry'

const THREE_PHASES: readonly RegisterEntry[] = [
  { what: 'voltage', at: [0, 2, 4], type: 'u32', scale: 0.01, unit: 'V' },
  { what: 'current', at: [6, 8, 10], type: 'u32', scale: 0.01, unit: 'A' },
  { what: 'phasePower', at: [12, 14, 16], type: 's32', unit: 'W' },
  { what: 'power', at: 52, type: 's32', unit: 'W' },
]

export const eltako: readonly Entry[] = [
  {
    id: 'eltako-dsz15',
    name: 'Eltako DSZ15DZMOD, DSZ16D, DSZ16DZ',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    // Odd addresses are refused. Only the DSZ16 has a frequency (70). The DSZ16D counts one direction; that its power
    // keeps its sign nevertheless is the maker's word for all models.
    registers: [
      ...THREE_PHASES,
      { what: 'importEnergy', at: 72, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 74, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [{ code: 3, at: 0xfc0c, length: 2, ranges: [[1, 3]] }],
    confidence: 'high',
    sources: [
      'https://github.com/balloobbot/eltako-modbus/blob/main/docs/DSZ15DZMOD-modbus-rtu-v1.6.pdf',
      'https://github.com/balloobbot/eltako-modbus/blob/main/docs/Eltako-Modbus-RTU-Specification-v3.7.4.pdf',
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/eltako.go',
      'https://github.com/Tinkerforge/esp32-firmware/blob/master/software/src/modules/meters_modbus_tcp/eltako.py',
    ],
  },
  {
    id: 'eltako-dsz16w',
    name: 'Eltako DSZ16WD, DSZ16WDZ (CT)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    // As the DSZ16, but for the step of the energies.
    registers: [
      ...THREE_PHASES,
      { what: 'frequency', at: 70, type: 'u32', scale: 0.01, unit: 'Hz' },
      { what: 'importEnergy', at: 72, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'exportEnergy', at: 74, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [{ code: 3, at: 0xfc0c, length: 2, ranges: [[4, 5]] }],
    confidence: 'high',
    sources: [
      'https://github.com/balloobbot/eltako-modbus/blob/main/docs/Eltako-Modbus-RTU-Specification-v3.7.4.pdf',
      'https://github.com/balloobbot/eltako-modbus/blob/main/src/eltako_modbus/series16/measurements.py',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/eltako_dsz16.json',
    ],
  },
  {
    id: 'eltako-wsz16',
    name: 'Eltako WSZ16D, WSZ16DZ',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    registers: [
      { what: 'voltage', at: 0, type: 'u32', scale: 0.01, unit: 'V' },
      { what: 'current', at: 6, type: 'u32', scale: 0.01, unit: 'A' },
      { what: 'power', at: 12, type: 's32', unit: 'W' },
      { what: 'frequency', at: 70, type: 'u32', scale: 0.01, unit: 'Hz' },
      { what: 'importEnergy', at: 72, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 74, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'] },
    identification: [{ code: 3, at: 0xfc0c, length: 2, ranges: [[6, 7]] }],
    confidence: 'high',
    sources: [
      'https://github.com/balloobbot/eltako-modbus/blob/main/docs/Eltako-Modbus-RTU-Specification-v3.7.4.pdf',
      'https://github.com/balloobbot/eltako-modbus/blob/main/src/eltako_modbus/series16/measurements.py',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/eltako_wsz16.json',
    ],
  },
]
