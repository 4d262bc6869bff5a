/** Socomec. */
import type { Entry } from './entry'

export const socomec: readonly Entry[] = [
  {
    id: 'socomec-countis-diris',
    name: 'Socomec Countis E23, E24, E27, E28',
    kind: 'meter',
    line: {},
    code: 3,
    order: 'msw',
    // Scales differ per model (E34, E44 and Diris have others), so the model's name decides, not "SOCO" at 0xC350.
    registers: [
      { what: 'voltage', at: [50520, 50522, 50524], type: 'u32', scale: 0.01, unit: 'V' },
      { what: 'current', at: [50528, 50530, 50532], type: 'u32', scale: 0.001, unit: 'A' },
      { what: 'power', at: 50536, type: 's32', scale: 10, unit: 'W' }, // E2x: raw in 10 W
      { what: 'phasePower', at: [50544, 50546, 50548], type: 's32', scale: 10, unit: 'W' },
    ],
    sign: 'raw + = import when not inverted',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [{ code: 3, at: 0xc38a, length: 8, text: 'countis e2' }],
    confidence: 'medium',
    sources: ['https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.socomec'],
  },
]
