/** SolaX. */
import type { Entry } from './entry'

export const solax: readonly Entry[] = [
  {
    id: 'solax-x1x3',
    name: 'SolaX X1, X3 Hybrid G3, G4',
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
      { what: 'frequency', at: 7, type: 'u16', scale: 0.01, unit: 'Hz' },
    ],
    sign: 'feed-in raw + = export; battery raw + = charging',
    power: { minus: ['power'] },
    battery: { plus: ['batteryPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/solax.yaml',
      'https://github.com/wills106/homeassistant-solax-modbus',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/solax/solax',
    ],
  },
]
