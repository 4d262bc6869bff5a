/** Schneider. */
import type { Entry } from './entry'

export const schneider: readonly Entry[] = [
  {
    id: 'schneider-iem3000',
    name: 'Schneider iEM3155, iEM3255, iEM3355',
    kind: 'meter',
    line: { baud: 19200, parity: 'even', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // Power in kW.
    // 0x0BB7 = 2999: vendor docs are 1-based (3000).
    // Default parity even inferred from Tasmota note.
    registers: [
      { what: 'voltage', at: [3027, 3029, 3031], type: 'f32', unit: 'V' },
      { what: 'current', at: [2999, 3001, 3003], type: 'f32', unit: 'A' },
      { what: 'phasePower', at: [3053, 3055, 3057], type: 'f32', scale: 1000, unit: 'W' },
      { what: 'power', at: 3059, type: 'f32', scale: 1000, unit: 'W' }, // kW
      { what: 'frequency', at: 3109, type: 'f32', unit: 'Hz' },
      { what: 'importEnergy', at: 3203, type: 's64', scale: 0.001, unit: 'kWh' }, // Wh
      { what: 'exportEnergy', at: 3207, type: 's64', scale: 0.001, unit: 'kWh' }, // Wh
      { what: 'phaseImportEnergy', at: [3517, 3521, 3525], type: 's64', scale: 0.001, unit: 'kWh' },
    ],
    sign: 'raw + = import (iEM31x5/32x5 4-quadrant only)',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/iem3000.go',
      'https://github.com/arendst/Tasmota/blob/development/tasmota/tasmota_xnrg_energy/xnrg_16_iem3000.ino',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/schneider-iem3000.yaml',
    ],
  },
]
