/** Lovato. */
import type { Entry } from './entry'

export const lovato: readonly Entry[] = [
  {
    id: 'lovato-dmg610',
    name: 'Lovato DMG610 (CT)',
    kind: 'meter',
    line: { unit: 1 },
    code: 4,
    order: 'msw',
    // Frequency x10 with external clamps (openWB).
    registers: [
      { what: 'voltage', at: [1, 3, 5], type: 's32', scale: 0.01, unit: 'V' },
      { what: 'current', at: [7, 9, 11], type: 's32', scale: 0.0001, unit: 'A' },
      { what: 'phasePower', at: [19, 21, 23], type: 's32', scale: 0.01, unit: 'W' },
      { what: 'power', at: 57, type: 's32', scale: 0.01, unit: 'W' },
      { what: 'frequency', at: 49, type: 's32', scale: 0.01, unit: 'Hz' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'medium',
    sources: [
      'https://github.com/openWB/core/blob/master/packages/modules/common/lovato.py',
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/dmg610.go',
    ],
  },
]
