/** Felicity. */
import type { Entry } from './entry'

export const felicity: readonly Entry[] = [
  {
    id: 'felicity',
    name: 'Felicity LPBF/FLA battery',
    kind: 'battery',
    line: { baud: 9600, unit: 1 },
    code: 3,
    order: 'msw',
    // 0x7FFF = empty slot.
    registers: [
      {
        what: 'batteryVoltage',
        at: 4870,
        type: 'u16',
        scale: 0.01,
        unit: 'V',
        sentinels: [0x7fff],
      },
      { what: 'batteryCurrent', at: 4871, type: 's16', scale: 0.1, unit: 'A' },
      { what: 'stateOfCharge', at: 4875, type: 'u16', unit: '%', sentinels: [0x7fff] },
    ],
    sign: 'raw + = discharging (driver multiplies by -1)',
    battery: { minus: ['batteryCurrent'], times: ['batteryVoltage'] },
    confidence: 'medium',
    sources: [
      'https://github.com/mr-manuel/venus-os_dbus-serialbattery/blob/master/dbus-serialbattery/bms/felicity.py',
    ],
  },
]
