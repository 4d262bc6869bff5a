/** Fronius' meters. Its inverters, and its meters behind them, are SunSpec. */
import type { Entry } from './entry'

export const fronius: readonly Entry[] = [
  {
    id: 'fronius-ts65a',
    name: 'Fronius Smart Meter TS 65A-3 (at its own RS-485, built by Carlo Gavazzi)',
    kind: 'meter',
    line: { unit: 1 },
    code: 3,
    order: 'lsw',
    // Read on the line between an inverter and its meter, compared with what the inverter said at the same moment, and
    // the same registers as block 0102h to 012Ah of Carlo Gavazzi's EM300. The inverter asks for 42 at once.
    registers: [
      { what: 'power', at: 262, type: 's32', scale: 0.1, unit: 'W' },
      { what: 'frequency', at: 272, type: 's32', scale: 0.1, unit: 'Hz' },
      { what: 'voltage', at: [288, 302, 316], type: 's32', scale: 0.1, unit: 'V' },
      { what: 'current', at: [290, 304, 318], type: 's32', scale: 0.001, unit: 'A' },
      { what: 'phasePower', at: [292, 306, 320], type: 's32', scale: 0.1, unit: 'W' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/otti/FroniusModbusRtu',
      'https://github.com/victronenergy/dbus-cgwacs/tree/master/documents/AcSensors',
    ],
  },
]
