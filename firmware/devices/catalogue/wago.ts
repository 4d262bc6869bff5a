/** WAGO. */
import type { Entry } from './entry'

export const wago: readonly Entry[] = [
  {
    id: 'wago-879',
    name: 'WAGO 879-3000, 879-3020, 879-3040',
    kind: 'meter',
    line: { baud: 9600, parity: 'even', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // The map of Inepro's PRO380.
    registers: [
      { what: 'voltage', at: [0x5002, 0x5004, 0x5006], type: 'f32', unit: 'V' },
      { what: 'frequency', at: 0x5008, type: 'f32', unit: 'Hz' },
      { what: 'current', at: [0x500c, 0x500e, 0x5010], type: 'f32', unit: 'A' },
      { what: 'power', at: 0x5012, type: 'f32', unit: 'kW' },
      { what: 'phasePower', at: [0x5014, 0x5016, 0x5018], type: 'f32', unit: 'kW' },
      { what: 'importEnergy', at: 0x600c, type: 'f32', unit: 'kWh' },
      { what: 'exportEnergy', at: 0x6018, type: 'f32', unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/wago87930.go',
      'https://github.com/dingo35/SmartEVSE-3.5/blob/master/SmartEVSE-3/src/meter.cpp',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/wago_879_30x0.json',
    ],
  },
]
