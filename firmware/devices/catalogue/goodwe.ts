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
      // A second battery (ET 15 to 30 kW) is refused by the models and the firmware that have none.
      { what: 'batteryPower', at: 35182, also: [35264], type: 's32', unit: 'W', sentinels: [-1] },
      { what: 'stateOfCharge', at: 37007, also: [39005], type: 'u16', unit: '%' },
      { what: 'pvPower', at: 35105, also: [35109, 35113, 35117], type: 'u32', unit: 'W' },
      { what: 'stateOfHealth', at: 37008, type: 'u16', unit: '%' },
      { what: 'importEnergy', at: 36017, type: 'f32', scale: 0.001, unit: 'kWh' },
    ],
    sign: 'grid raw + = export; battery raw + = discharging',
    power: { minus: ['power'], phases: 'phasePower' },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/goodwe-hybrid.yaml',
      'https://github.com/marcelblijleven/goodwe',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/good_we/good_we',
    ],
  },
  {
    id: 'goodwe-dt',
    name: 'GoodWe DT string inverter',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 247 },
    code: 3,
    order: 'msw',
    // Newer ones (SDT-20) refuse these registers: https://github.com/evcc-io/evcc/issues/31920
    registers: [
      { what: 'voltage', at: [772, 773, 774], type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'current', at: [775, 776, 777], type: 'u16', scale: 0.1, unit: 'A' },
      { what: 'frequency', at: 778, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'pvPower', at: 781, type: 'u16', unit: 'W' },
      { what: 'totalEnergy', at: 786, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'unsigned output to the grid: generation',
    pv: { minus: ['pvPower'] },
    identification: [{ code: 3, at: 887, length: 5, text: 'GW' }],
    confidence: 'medium',
    sources: [
      'https://github.com/MiG-41/Modbus-GoodWe-DT',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/goodwe-dt.yaml',
    ],
  },
]
