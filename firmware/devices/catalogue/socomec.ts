/** Socomec. */
import type { Entry, RegisterEntry } from './entry'

/** The table that its models have in common. Energies follow at 0xC652 (kWh) and 0xC702 (10 Wh), not on all of them. */
const COMMON: readonly RegisterEntry[] = [
  { what: 'voltage', at: [50520, 50522, 50524], type: 'u32', scale: 0.01, unit: 'V' },
  { what: 'current', at: [50528, 50530, 50532], type: 'u32', scale: 0.001, unit: 'A' },
  { what: 'power', at: 50536, type: 's32', scale: 10, unit: 'W' },
  { what: 'phasePower', at: [50544, 50546, 50548], type: 's32', scale: 10, unit: 'W' },
]

export const socomec: readonly Entry[] = [
  {
    id: 'socomec-countis-diris',
    name: 'Socomec Countis E23, E24, E27, E28',
    kind: 'meter',
    line: {},
    code: 3,
    order: 'msw',
    // The frequency (50526) counts in other steps than that of the larger models, and OpenEMS alone tells them.
    registers: COMMON,
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [{ code: 3, at: 0xc38a, length: 8, text: 'countis e2' }],
    confidence: 'medium',
    sources: [
      'https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.socomec',
      'https://www.e-term.at/media/pdf/81/86/62/COUNTIS-E43-MODBUS-Kommunikationstabelle.pdf',
    ],
  },
  {
    id: 'socomec-countis-e3-e4',
    name: 'Socomec Countis E33, E34, E43, E44',
    kind: 'meter',
    line: {},
    code: 3,
    order: 'msw',
    registers: [...COMMON, { what: 'frequency', at: 50526, type: 'u32', scale: 0.01, unit: 'Hz' }],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [
      { code: 3, at: 0xc38a, length: 8, text: 'countis e3' },
      { code: 3, at: 0xc38a, length: 8, text: 'countis e4' },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.socomec',
      'https://www.e-term.at/media/pdf/81/86/62/COUNTIS-E43-MODBUS-Kommunikationstabelle.pdf',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/socomec_countis_e3x_e4x.json',
    ],
  },
]
