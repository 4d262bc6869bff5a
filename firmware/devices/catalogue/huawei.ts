/** Huawei. */
import type { Entry } from './entry'

export const huawei: readonly Entry[] = [
  {
    id: 'huawei-sun2000',
    name: 'Huawei SUN2000 (+LUNA2000) RS485-2',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    timeoutMs: 2000,
    // NaN i32 0x7FFFFFFF, u16 0xFFFF (SoC showed 6554 %).
    // Slow: 5 s timeout in evcc.
    // Parallel masters corrupt.
    registers: [
      { what: 'power', at: 37113, type: 's32', unit: 'W' },
      { what: 'phasePower', at: [37132, 37134, 37136], type: 's32', unit: 'W' },
      { what: 'voltage', at: [37101, 37103, 37105], type: 's32', scale: 0.1, unit: 'V' },
      { what: 'current', at: [37107, 37109, 37111], type: 's32', scale: 0.01, unit: 'A' },
      { what: 'exportEnergy', at: 37119, type: 's32', scale: 0.01, unit: 'kWh' },
      { what: 'importEnergy', at: 37121, type: 's32', scale: 0.01, unit: 'kWh' },
      { what: 'batteryPower', at: 37765, type: 's32', unit: 'W' },
      { what: 'stateOfCharge', at: 37760, type: 'u16', scale: 0.1, unit: '%' },
      { what: 'fullEnergy', at: 37758, type: 'u32', unit: 'Wh', sentinels: [0], fixed: true },
      { what: 'pvPower', at: 32064, type: 's32', unit: 'W' },
    ],
    sign: 'grid raw + = export; battery raw + = charging',
    power: { minus: ['power'] },
    battery: { plus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    identification: [{ code: 3, at: 30000, length: 15, text: 'SUN2000' }],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/huawei-sun2000-hybrid.yaml',
      'https://github.com/wlcrs/huawei-solar-lib',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/huawei',
    ],
  },
]
