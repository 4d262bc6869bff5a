/** Finder. */
import type { Entry } from './entry'

export const finder: readonly Entry[] = [
  {
    id: 'finder-7m',
    name: 'Finder 7M.24 (1p) / 7M.38 (3p)',
    kind: 'meter',
    line: {},
    code: 4,
    order: 'msw',
    // 7M.38 feed is from below: inverted mounting common (SmartEVSE PR#15).
    registers: [
      { what: 'voltage', at: [2500, 2502, 2504], type: 'f32', unit: 'V' },
      { what: 'current', at: [2516, 2518, 2520], type: 'f32', unit: 'A' },
      { what: 'phasePower', at: [2530, 2532, 2534], type: 'f32', unit: 'W' },
      { what: 'power', at: 2536, type: 'f32', unit: 'W' },
      { what: 'frequency', at: 2584, type: 'f32', unit: 'Hz' },
      { what: 'importEnergy', at: 2752, type: 'f32', scale: 0.001, unit: 'kWh' }, // Wh
      { what: 'exportEnergy', at: 2756, type: 'f32', scale: 0.001, unit: 'kWh' }, // Wh
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'medium',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/finder7m38.go',
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/finder7m24.go',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/finder-7m38.yaml',
    ],
  },
]
