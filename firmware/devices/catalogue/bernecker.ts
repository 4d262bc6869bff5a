/** Bernecker. */
import type { Entry } from './entry'

export const bernecker: readonly Entry[] = [
  {
    id: 'bernecker-mpm3pm',
    name: 'Bernecker MPM3PM',
    kind: 'meter',
    line: {},
    code: 4,
    order: 'msw',
    // openWB reads by function 4, mbmd by 3. The energies come in another step than
    // the maker's paper has (openWB; mbmd agrees).
    registers: [
      { what: 'importEnergy', at: 2, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 4, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'voltage', at: [8, 10, 12], type: 'u32', scale: 0.1, unit: 'V' },
      { what: 'current', at: [14, 16, 18], type: 'u32', scale: 0.01, unit: 'A' },
      { what: 'phasePower', at: [20, 22, 24], type: 's32', scale: 0.01, unit: 'W' },
      { what: 'power', at: 38, type: 's32', scale: 0.01, unit: 'W' },
      { what: 'frequency', at: 44, type: 'u32', scale: 0.01, unit: 'Hz' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/mpm3pm.go',
      'https://github.com/openWB/core/blob/master/packages/modules/common/mpm3pm.py',
    ],
  },
]
