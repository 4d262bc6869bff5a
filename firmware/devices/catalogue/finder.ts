/** Finder. */
import type { Entry } from './entry'

export const finder: readonly Entry[] = [
  {
    id: 'finder-7m',
    name: 'Finder 7M.24 (1p) / 7M.38 (3p)',
    kind: 'meter',
    line: { unit: 33 },
    code: 4,
    order: 'msw',
    // The 7M.38 is fed from below and often mounted the other way round (SmartEVSE PR#15).
    // What its counters n1 to n4 count is set at the meter. That 2752 imports is agreed by mbmd and evcc; mbmd takes the
    // third (2756) as export, ioBroker's template the second, so none is read. Frequency: 2498 holds it too.
    registers: [
      { what: 'voltage', at: [2500, 2502, 2504], type: 'f32', unit: 'V' },
      { what: 'current', at: [2516, 2518, 2520], type: 'f32', unit: 'A' },
      { what: 'phasePower', at: [2530, 2532, 2534], type: 'f32', unit: 'W' },
      { what: 'power', at: 2536, type: 'f32', unit: 'W' },
      { what: 'frequency', at: 2584, type: 'f32', unit: 'Hz' },
      { what: 'importEnergy', at: 2752, type: 'f32', scale: 0.001, unit: 'kWh' }, // Wh
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/finder7m38.go',
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/finder7m24.go',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/finder-7m38.yaml',
      'https://github.com/evcc-io/evcc/issues/26931',
      'https://github.com/timlaing/modbus_local_gateway/blob/main/custom_components/modbus_local_gateway/device_configs/7M_38.yaml',
      'https://github.com/ioBroker/modbus-templates/tree/main/Energiezaehler',
    ],
  },
]
