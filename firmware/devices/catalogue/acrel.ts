/** Acrel, and the meters that it builds for others. */
import type { Entry } from './entry'

export const acrel: readonly Entry[] = [
  {
    id: 'acrel-adl400',
    name: 'Acrel ADL400, ADL3000, DTSD1352 (direct and CT)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    // All values are those of the transformers' secondary side: the manual multiplies power by both ratios. The
    // energies (0, 10 and 20, in 0.01 kWh) would need the same and are not read.
    registers: [
      { what: 'voltage', at: [0x61, 0x62, 0x63], type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'current', at: [0x64, 0x65, 0x66], type: 'u16', scale: 0.01, unit: 'A' },
      { what: 'frequency', at: 0x77, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'phasePower', at: [0x164, 0x166, 0x168], type: 's32', unit: 'W' }, // 0.001 kW
      { what: 'power', at: 0x16a, type: 's32', unit: 'W' },
      { what: 'voltageRatio', at: 0x8d, type: 'u16', sentinels: [0], fixed: true },
      { what: 'currentRatio', at: 0x8e, type: 'u16', sentinels: [0], fixed: true },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], times: ['currentRatio', 'voltageRatio'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/lthquy/DTSD1352-MODBUS-JSON/blob/main/acrel-dtsd1352-manual.pdf',
      'https://github.com/francois-baptiste/esphome-acrel-smartevse-gateway/blob/main/adl_manual.pdf',
      'https://github.com/francois-baptiste/esphome-acrel-smartevse-gateway/blob/main/config.yaml',
    ],
  },
  {
    id: 'sungrow-dtsu666',
    name: 'Sungrow DTSU666 (the meter of SG and SH inverters)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 254 },
    code: 3,
    order: 'msw',
    // The map of Acrel's meters. No source says whether the ratio of external transformers (0x8E) is in its powers
    // already; it is not multiplied here: `ctRatio` if the powers turn out to be those of the secondary side.
    // Sungrow's paper has function 3, mbmd's reader used 4. The DTSU666-20 has another map.
    registers: [
      { what: 'voltage', at: [0x61, 0x62, 0x63], type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'current', at: [0x64, 0x65, 0x66], type: 'u16', scale: 0.01, unit: 'A' },
      { what: 'frequency', at: 0x77, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'phasePower', at: [0x164, 0x166, 0x168], type: 's32', unit: 'W' },
      { what: 'power', at: 0x16a, type: 's32', unit: 'W' },
      { what: 'importEnergy', at: 0x0a, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 0x14, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [{ code: 3, at: 0x5000, length: 1, ranges: [[0x20d5, 0x20d5]] }],
    confidence: 'medium',
    sources: [
      'https://github.com/FinestArcadeArt/Sungrow_DTSU666_esphome',
      'https://github.com/volkszaehler/mbmd/issues/355',
    ],
  },
]
