/** GoodWe. */
import type { Entry } from './entry'

export const goodwe: readonly Entry[] = [
  {
    id: 'goodwe-et',
    name: 'GoodWe ET/EH/BT/BH hybrid',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 247 },
    code: 3,
    order: 'msw',
    maxRegisters: 125,
    // Night: 0xFFFF/0xFFFFFFFF sentinels.
    // 36052 voltages only on newer fw -> exception 2.
    registers: [
      { what: 'power', at: 36025, type: 's32', unit: 'W', sentinels: [-1] }, // older ARM fw: 36008 i16
      { what: 'phasePower', at: [36019, 36021, 36023], type: 's32', unit: 'W', sentinels: [-1] },
      { what: 'frequency', at: 36014, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'batteryVoltage', at: 35180, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'batteryCurrent', at: 35181, type: 's16', scale: 0.1, unit: 'A' },
      { what: 'batteryPower', at: 35182, type: 's32', unit: 'W', sentinels: [-1] },
      { what: 'stateOfCharge', at: 37007, type: 'u16', unit: '%' },
      { what: 'stateOfHealth', at: 37008, type: 'u16', unit: '%' },
      { what: 'importEnergy', at: 36017, type: 'f32', scale: 0.001, unit: 'kWh' },
    ],
    sign: 'grid raw + = export; battery raw + = discharging',
    power: { minus: ['power'] },
    battery: { minus: ['batteryPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/goodwe-hybrid.yaml',
      'https://github.com/marcelblijleven/goodwe',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/good_we/good_we',
    ],
  },
]
