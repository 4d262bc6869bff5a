/** Continental Control Systems' WattNode, which SolarEdge sells as its own. */
import type { Entry } from './entry'

export const wattnode: readonly Entry[] = [
  {
    id: 'solaredge-mtr-3y',
    name: 'SolarEdge SE-MTR-3Y, WattNode Modbus (WNC-3Y, WND-3Y)',
    kind: 'meter',
    line: {},
    code: 4,
    order: 'lsw',
    // Unit and speed are set by switches at the meter.
    registers: [
      { what: 'importEnergy', at: 0x3ea, type: 'f32', unit: 'kWh' },
      { what: 'power', at: 0x3f0, type: 'f32', unit: 'W' },
      { what: 'phasePower', at: [0x3f2, 0x3f4, 0x3f6], type: 'f32', unit: 'W' },
      { what: 'voltage', at: [0x3fa, 0x3fc, 0x3fe], type: 'f32', unit: 'V' },
      { what: 'frequency', at: 0x408, type: 'f32', unit: 'Hz' },
      { what: 'exportEnergy', at: 0x458, type: 'f32', unit: 'kWh' },
      { what: 'current', at: [0x48a, 0x48c, 0x48e], type: 'f32', unit: 'A' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/semtr3y.go',
      'https://github.com/mcci-catena/MCCI-WattNode-Modbus',
      'https://github.com/amm042/pywattnode',
    ],
  },
]
