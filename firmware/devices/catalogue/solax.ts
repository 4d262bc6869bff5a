/** SolaX. */
import type { Entry } from './entry'

export const solax: readonly Entry[] = [
  {
    id: 'solax-x1x3',
    name: 'SolaX X1, X3 Hybrid G4',
    kind: 'inverter',
    line: { baud: 19200, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    // >=1 s between polls recommended by vendor (not verified).
    registers: [
      { what: 'power', at: 70, type: 's32', unit: 'W' },
      { what: 'phasePower', at: [130, 132, 134], type: 's32', unit: 'W' },
      { what: 'batteryVoltage', at: 20, type: 's16', scale: 0.1, unit: 'V' },
      { what: 'batteryCurrent', at: 21, type: 's16', scale: 0.1, unit: 'A' },
      { what: 'batteryPower', at: 22, type: 's16', unit: 'W' },
      { what: 'stateOfCharge', at: 28, type: 'u16', unit: '%' },
      { what: 'fullEnergy', at: 38, type: 'u32', unit: 'Wh', sentinels: [0], fixed: true },
      { what: 'exportEnergy', at: 72, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'importEnergy', at: 74, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'pvPower', at: 10, also: [11], type: 'u16', unit: 'W' },
      { what: 'frequency', at: 7, type: 'u16', scale: 0.01, unit: 'Hz' },
    ],
    sign: 'feed-in raw + = export; battery raw + = charging',
    power: { minus: ['power'] },
    battery: { plus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/solax.yaml',
      'https://github.com/wills106/homeassistant-solax-modbus',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/solax/solax',
    ],
  },
  {
    id: 'solax-g3',
    name: 'SolaX X1, X3 Hybrid G2, G3, Qcells Q.HOME ESS HYB-G3',
    kind: 'inverter',
    line: { baud: 19200, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    // As solax-x1x3, but it does not tell the energy of the full battery.
    registers: [
      { what: 'frequency', at: 7, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'pvPower', at: 10, also: [11], type: 'u16', unit: 'W' },
      { what: 'batteryPower', at: 22, type: 's16', unit: 'W' },
      { what: 'stateOfCharge', at: 28, type: 'u16', unit: '%' },
      { what: 'power', at: 70, type: 's32', unit: 'W' },
      { what: 'exportEnergy', at: 72, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'importEnergy', at: 74, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'feed-in raw + = export; battery raw + = charging',
    power: { minus: ['power'] },
    battery: { plus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/solax.yaml',
      'https://github.com/wills106/homeassistant-solax-modbus/blob/main/custom_components/solax_modbus/plugin_solax.py',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/solax/solax',
    ],
  },
  {
    id: 'solax-g5',
    name: 'SolaX X1, X3 Hybrid G5, IES, Ultra (G6)',
    kind: 'inverter',
    line: { baud: 19200, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    // Two batteries. The energy of the full battery (38) is not known to be of both: not used.
    registers: [
      { what: 'pvPower', at: 10, also: [11, 292], type: 'u16', unit: 'W' },
      { what: 'batteryPower', at: 22, also: [297], type: 's16', unit: 'W' },
      { what: 'stateOfCharge', at: 28, also: [301], type: 'u16', unit: '%' },
      { what: 'power', at: 70, type: 's32', unit: 'W' },
    ],
    sign: 'feed-in raw + = export; battery raw + = charging',
    power: { minus: ['power'] },
    battery: { plus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/solax.yaml',
      'https://github.com/wills106/homeassistant-solax-modbus/blob/main/custom_components/solax_modbus/plugin_solax.py',
    ],
  },
  {
    id: 'solax-mic-g2',
    name: 'SolaX X3-MIC G2, X3-PRO G2, Qcells Q.VOLT string inverter',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    // The meter at 1083 is left out: the sources disagree on the order of its words.
    registers: [
      { what: 'voltage', at: [1028, 1029, 1030], type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'pvPower', at: 1038, type: 'u16', unit: 'W' },
    ],
    sign: 'unsigned output to the grid: generation',
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/solax-g2.yaml',
      'https://github.com/wills106/homeassistant-solax-modbus/blob/main/custom_components/solax_modbus/plugin_solax.py',
    ],
  },
]
