/** Inepro. */
import type { Entry } from './entry'

export const inepro: readonly Entry[] = [
  {
    id: 'inepro-pro380',
    name: 'Inepro PRO380-Mod',
    kind: 'meter',
    line: { baud: 9600, parity: 'even', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    registers: [
      { what: 'voltage', at: [20482, 20484, 20486], type: 'f32', unit: 'V' },
      { what: 'frequency', at: 20488, type: 'f32', unit: 'Hz' },
      { what: 'current', at: [20492, 20494, 20496], type: 'f32', unit: 'A' },
      { what: 'power', at: 20498, type: 'f32', scale: 1000, unit: 'W' }, // kW
      { what: 'phasePower', at: [20500, 20502, 20504], type: 'f32', scale: 1000, unit: 'W' },
      { what: 'importEnergy', at: 24588, type: 'f32', unit: 'kWh' },
      { what: 'exportEnergy', at: 24600, type: 'f32', unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/inepro.go',
      'https://github.com/nymea/nymea-plugins-modbus/blob/master/inepro/pro380-registers.json',
      'https://www.hw-group.com/files/pro380-user-manual-v2.18v6.pdf',
    ],
  },
  {
    id: 'inepro-pro1',
    name: 'Inepro PRO1-Mod',
    kind: 'meter',
    line: { baud: 9600, parity: 'even', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // Of one phase, in the registers that a PRO380 has for the whole.
    registers: [
      { what: 'voltage', at: 0x5000, type: 'f32', unit: 'V' },
      { what: 'frequency', at: 0x5008, type: 'f32', unit: 'Hz' },
      { what: 'current', at: 0x500a, type: 'f32', unit: 'A' },
      { what: 'power', at: 0x5012, type: 'f32', unit: 'kW' },
      { what: 'importEnergy', at: 0x600c, type: 'f32', unit: 'kWh' },
      { what: 'exportEnergy', at: 0x6018, type: 'f32', unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'] },
    confidence: 'high',
    sources: [
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/inepro_pro1.json',
      'https://www.hw-group.com/files/download/man/version/inepro-pro1-series-man_2-18-5.pdf',
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/inepro.go',
    ],
  },
]
