/** Siemens. */
import type { Entry } from './entry'

export const siemens: readonly Entry[] = [
  {
    id: 'siemens-pac2200',
    name: 'Siemens 7KM PAC2200 (RS485)',
    kind: 'meter',
    line: {},
    code: 3,
    order: 'msw',
    // Odd start addresses.
    // Float64 energies.
    // Mbmd uses FC04, openWB/OpenEMS FC03.
    registers: [
      { what: 'voltage', at: [1, 3, 5], type: 'f32', unit: 'V' },
      { what: 'current', at: [13, 15, 17], type: 'f32', unit: 'A' },
      { what: 'phasePower', at: [25, 27, 29], type: 'f32', unit: 'W' },
      { what: 'power', at: 65, type: 'f32', unit: 'W' },
      { what: 'frequency', at: 55, type: 'f32', unit: 'Hz' }, // openWB; mbmd uses 46 (conflict)
      { what: 'importEnergy', at: 801, type: 'f64', scale: 0.001, unit: 'kWh' }, // Wh
      { what: 'exportEnergy', at: 809, type: 'f64', scale: 0.001, unit: 'kWh' }, // Wh
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/pac2200.go',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/siemens/siemens_sentron/counter.py',
      'https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.siemens',
    ],
  },
]
