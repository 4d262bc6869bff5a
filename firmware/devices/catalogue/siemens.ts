/** Siemens. */
import type { Entry } from './entry'

export const siemens: readonly Entry[] = [
  {
    id: 'siemens-pac2200',
    name: 'Siemens 7KM PAC2200, PAC3120 (RS485)',
    kind: 'meter',
    line: { baud: 19200, parity: 'none', stopBits: 2, unit: 126 },
    code: 3,
    order: 'msw',
    // openWB and OpenEMS read by function 3, mbmd and Tinkerforge by 4. The line is a PAC2200's. mbmd's frequency (46)
    // is not that of Siemens' manual.
    registers: [
      { what: 'voltage', at: [1, 3, 5], type: 'f32', unit: 'V' },
      { what: 'current', at: [13, 15, 17], type: 'f32', unit: 'A' },
      { what: 'phasePower', at: [25, 27, 29], type: 'f32', unit: 'W' },
      { what: 'power', at: 65, type: 'f32', unit: 'W' },
      { what: 'frequency', at: 55, type: 'f32', unit: 'Hz' },
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
      'https://github.com/Tinkerforge/esp32-firmware/blob/master/software/src/modules/meters_modbus_tcp/siemens.py',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/siemens_pac2200.json',
    ],
  },
  {
    id: 'siemens-pac1600',
    name: 'Siemens 7KT PAC1600 (7KT1665, 7KT1666)',
    kind: 'meter',
    line: {},
    code: 4,
    order: 'msw',
    // evcc reads by function 4, OpenEMS by 3. The registers are Lovato's.
    registers: [
      { what: 'voltage', at: [1, 3, 5], type: 'u32', scale: 0.01, unit: 'V' },
      { what: 'current', at: [7, 9, 11], type: 'u32', scale: 0.0001, unit: 'A' },
      { what: 'phasePower', at: [19, 21, 23], type: 's32', scale: 0.01, unit: 'W' },
      { what: 'frequency', at: 49, type: 's32', scale: 0.01, unit: 'Hz' },
      { what: 'power', at: 57, type: 's32', scale: 0.01, unit: 'W' },
      { what: 'importEnergy', at: 6687, type: 'u32', unit: 'Wh' },
      { what: 'exportEnergy', at: 6689, type: 'u32', unit: 'Wh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/siemens-7kt1665.yaml',
      'https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.siemens',
    ],
  },
]
