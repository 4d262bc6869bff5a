/** Hiking. */
import type { Entry } from './entry'

export const hiking: readonly Entry[] = [
  {
    id: 'hiking-dds238',
    name: 'Hiking DDS238-1 ZN, DDS238-2 ZN/S',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    registers: [
      { what: 'exportEnergy', at: 8, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'importEnergy', at: 10, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'voltage', at: 12, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'current', at: 13, type: 'u16', scale: 0.01, unit: 'A' },
      { what: 'power', at: 14, type: 's16', unit: 'W' },
      { what: 'frequency', at: 17, type: 'u16', scale: 0.01, unit: 'Hz' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'] },
    confidence: 'high',
    sources: [
      'https://github.com/fawno/Modbus/blob/master/DDS238-2%20ZN-S%20Modbus.md',
      'https://github.com/Frankkkkk/python-dds238',
      'https://github.com/arendst/Tasmota/blob/development/tasmota/tasmota_xnrg_energy/xnrg_09_dds2382.ino',
      'https://github.com/HoracioDos/dds238_1zn',
    ],
  },
  {
    id: 'hiking-dts238',
    name: 'Hiking DTS238-7',
    kind: 'meter',
    line: { unit: 1 },
    code: 3,
    order: 'msw',
    // The sources contradict each other on which of 8 and 10 is the export, so neither is read.
    registers: [
      { what: 'totalEnergy', at: 0, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'frequency', at: 17, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'voltage', at: [128, 129, 130], type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'current', at: [131, 132, 133], type: 'u16', scale: 0.01, unit: 'A' },
      { what: 'power', at: 134, type: 's32', unit: 'W' },
      { what: 'phasePower', at: [136, 137, 138], type: 's16', unit: 'W' },
    ],
    sign: 'raw + = import (voyo counts a negative power as reverse)',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'medium',
    sources: [
      'https://github.com/voyo/DDS238-7-modbus/blob/main/plugin.py',
      'https://github.com/ArneMayer/esp-energy-meter-mqtt',
    ],
  },
]
