/** Saia Burgess Controls. */
import type { Entry } from './entry'

export const sbc: readonly Entry[] = [
  {
    id: 'sbc-ale3',
    name: 'Saia Burgess ALE3 (ALE3D5FD10)',
    kind: 'meter',
    line: {},
    code: 3,
    order: 'msw',
    maxRegisters: 20,
    // Finds the line's speed and parity by itself; its values change every 10 s, and it is silent without phase 1.
    // mbmd takes its two tariffs for import and export, and its powers for kW: the maker's paper is followed here.
    registers: [
      { what: 'voltage', at: [35, 40, 45], type: 'u16', unit: 'V' },
      { what: 'current', at: [36, 41, 46], type: 'u16', scale: 0.1, unit: 'A' },
      { what: 'phasePower', at: [37, 42, 47], type: 'u16', scale: 10, unit: 'W' },
      { what: 'power', at: 50, type: 'u16', scale: 10, unit: 'W' },
    ],
    sign: 'unsigned: it counts two tariffs and knows no direction',
    power: { plus: ['power'], phases: 'phasePower', unsigned: true },
    confidence: 'medium',
    sources: [
      'https://sbc-support.com/uploads/tx_srcproducts/26-527_ENG_DS_EnergyMeter-ALE3-with-Modbus_01.pdf',
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/sbc.go',
      'https://taphome.com/en/compatibility/sbcale3d5f',
    ],
  },
]
