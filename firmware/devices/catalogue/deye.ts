/** Deye. */
import type { Entry } from './entry'

export const deye: readonly Entry[] = [
  {
    id: 'deye-3p',
    name: 'Deye, Sunsynk, Sol-Ark three-phase hybrid, low-voltage battery (SG04LP3)',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'lsw',
    // >30 kW models split 32-bit hi word into 69x/70x registers (e.g. 625+690).
    registers: [
      { what: 'power', at: 625, type: 's16', unit: 'W' },
      { what: 'externalPhasePower', at: [616, 617, 618], type: 's16', unit: 'W' },
      { what: 'externalPower', at: 619, type: 's16', unit: 'W' },
      { what: 'voltage', at: [598, 599, 600], type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'frequency', at: 609, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'temperature', at: 586, type: 'u16', scale: 0.1, offset: -100, unit: 'C' },
      { what: 'batteryVoltage', at: 587, type: 'u16', scale: 0.01, unit: 'V' }, // HV models 0.1
      { what: 'stateOfCharge', at: 588, type: 'u16', unit: '%' },
      { what: 'batteryPower', at: 590, type: 's16', unit: 'W' }, // x10 on HV: there ctRatio 10
      { what: 'batteryCurrent', at: 591, type: 's16', scale: 0.01, unit: 'A' },
      { what: 'importEnergy', at: 522, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'exportEnergy', at: 524, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'grid raw + = import; battery raw + = discharging',
    power: { plus: ['power'] },
    battery: { minus: ['batteryPower'] },
    identification: [
      {
        code: 3,
        at: 0,
        length: 1,
        ranges: [
          [0x0005, 0x0005],
          [0x0500, 0x0500],
        ],
      },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/deye-hybrid-3p.yaml',
      'https://github.com/kellerza/sunsynk',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/deye/deye',
    ],
  },
  {
    id: 'deye-1p',
    name: 'Deye / Sunsynk single-phase hybrid',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'lsw',
    // Import energy low word 78, high word 80 (not adjacent).
    // 16 kW: x10.
    registers: [
      { what: 'power', at: 169, type: 's16', unit: 'W' },
      { what: 'externalPower', at: 172, type: 's16', unit: 'W' },
      { what: 'batteryVoltage', at: 183, type: 'u16', scale: 0.01, unit: 'V' },
      { what: 'stateOfCharge', at: 184, type: 'u16', unit: '%' },
      { what: 'batteryPower', at: 190, type: 's16', unit: 'W' },
      { what: 'batteryCurrent', at: 191, type: 's16', scale: 0.01, unit: 'A' },
      { what: 'frequency', at: 79, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'exportEnergy', at: 81, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'grid raw + = import; battery raw + = discharging',
    power: { plus: ['power'] },
    battery: { minus: ['batteryPower'] },
    identification: [{ code: 3, at: 0, length: 1, ranges: [[0x0300, 0x0300]] }],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/deye-storage.yaml',
      'https://github.com/kellerza/sunsynk',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/deye/deye',
    ],
  },
]
