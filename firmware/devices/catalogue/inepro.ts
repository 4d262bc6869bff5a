/** Inepro. */
import type { Entry } from './entry'

export const inepro: readonly Entry[] = [
  {
    id: 'inepro-pro380',
    name: 'Inepro PRO380-Mod',
    kind: 'meter',
    line: { baud: 9600, stopBits: 1, unit: 1 },
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
    ],
  },
]
