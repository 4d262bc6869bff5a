/** Janitza. */
import type { Entry } from './entry'

export const janitza: readonly Entry[] = [
  {
    id: 'janitza-umg',
    name: 'Janitza UMG 96RM-E, 104, 604, 806, PQ Plus UMD 97',
    kind: 'meter',
    line: { unit: 1 },
    code: 3,
    order: 'msw',
    // UMG104/604 also have 1317.. (P total 1369) and energies at 9851/9863. Transformers are often mounted the wrong way.
    registers: [
      { what: 'voltage', at: [19000, 19002, 19004], type: 'f32', unit: 'V' },
      { what: 'current', at: [19012, 19014, 19016], type: 'f32', unit: 'A' },
      { what: 'phasePower', at: [19020, 19022, 19024], type: 'f32', unit: 'W' },
      { what: 'power', at: 19026, type: 'f32', unit: 'W' },
      { what: 'frequency', at: 19050, type: 'f32', unit: 'Hz' },
      { what: 'importEnergy', at: 19068, type: 'f32', scale: 0.001, unit: 'kWh' }, // Wh; UMG806 19062
      { what: 'exportEnergy', at: 19076, type: 'f32', scale: 0.001, unit: 'kWh' }, // Wh; UMG806 19070
    ],
    sign: 'raw + = import (consumed)',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.janitza',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/janitza/janitza/counter.py',
      'https://www.aggsoft.com/serial-data-logger/tutorials/modbus-data-logging/janitza-umg104.htm',
      'https://github.com/Tinkerforge/esp32-firmware/blob/master/software/src/modules/meters_modbus_tcp/janitza.py',
      'https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.pqplus',
    ],
  },
  {
    id: 'janitza-b23',
    name: 'Janitza B21/B23/B24 (ABB-built, Janitza map)',
    kind: 'meter',
    line: { unit: 1 },
    code: 3,
    order: 'msw',
    // 0x4A38 = 19000: same block as UMG.
    registers: [
      { what: 'voltage', at: [19000, 19002, 19004], type: 'f32', unit: 'V' },
      { what: 'current', at: [19012, 19014, 19016], type: 'f32', unit: 'A' },
      { what: 'phasePower', at: [19020, 19022, 19024], type: 'f32', unit: 'W' },
      { what: 'power', at: 19026, type: 'f32', unit: 'W' },
      { what: 'frequency', at: 19050, type: 'f32', unit: 'Hz' },
      { what: 'importEnergy', at: 19068, type: 'f32', scale: 0.001, unit: 'kWh' },
      { what: 'exportEnergy', at: 19076, type: 'f32', scale: 0.001, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/janitza.go',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/janitza_b23_b24.json',
    ],
  },
]
