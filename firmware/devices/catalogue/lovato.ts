/** Lovato. */
import type { Entry } from './entry'

export const lovato: readonly Entry[] = [
  {
    id: 'lovato-dmg610',
    name: 'Lovato DMG610, DMG611R, DMG615, DMG620 (CT)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    maxRegisters: 80,
    // The maker's protocol and mbmd have the frequency in mHz. openWB takes 10 mHz, as Lovato's meters without
    // transformers (DMED) have it, and divides by ten if that is above 100 Hz: the same.
    // The exported energy may have to be switched on in the meter's menu P02.
    registers: [
      { what: 'voltage', at: [1, 3, 5], type: 's32', scale: 0.01, unit: 'V' },
      { what: 'current', at: [7, 9, 11], type: 's32', scale: 0.0001, unit: 'A' },
      { what: 'phasePower', at: [19, 21, 23], type: 's32', scale: 0.01, unit: 'W' },
      { what: 'power', at: 57, type: 's32', scale: 0.01, unit: 'W' },
      { what: 'frequency', at: 49, type: 's32', scale: 0.001, unit: 'Hz' },
      { what: 'importEnergy', at: 6943, type: 'u64', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 6947, type: 'u64', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/openWB/core/blob/master/packages/modules/common/lovato.py',
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/dmg610.go',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/lovato_dmg610.json',
    ],
  },
]
