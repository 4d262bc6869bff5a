/** Algodue, which builds for Finder and Phoenix Contact too. */
import type { Entry } from './entry'

export const algodue: readonly Entry[] = [
  {
    id: 'algodue-uem',
    name: 'Algodue UEM, Finder 7E.78, Phoenix Contact EEM-EM355/357/375/377, EEM-DM357',
    kind: 'meter',
    line: {},
    code: 4,
    order: 'msw',
    registers: [
      { what: 'voltage', at: [0x1000, 0x1002, 0x1004], type: 'f32', unit: 'V' },
      { what: 'current', at: [0x100e, 0x1010, 0x1012], type: 'f32', unit: 'A' },
      { what: 'phasePower', at: [0x1020, 0x1022, 0x1024], type: 'f32', unit: 'W' },
      { what: 'power', at: 0x1026, type: 'f32', unit: 'W' },
      { what: 'frequency', at: 0x1038, type: 'f32', unit: 'Hz' },
      { what: 'importEnergy', at: 0x1106, type: 'f32', unit: 'Wh' },
      { what: 'exportEnergy', at: 0x110e, type: 'f32', unit: 'Wh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/openWB/core/blob/master/packages/modules/devices/algodue/algodue/counter.py',
      'https://github.com/dingo35/SmartEVSE-3.5/blob/master/SmartEVSE-3/src/meter.cpp',
      'https://github.com/ioBroker/modbus-templates/tree/main/Energiezaehler',
    ],
  },
]
