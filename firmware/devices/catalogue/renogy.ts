/** Renogy. */
import type { Entry } from './entry'

export const renogy: readonly Entry[] = [
  {
    id: 'renogy',
    name: 'Renogy RBT smart LFP',
    kind: 'battery',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 48 },
    code: 3,
    order: 'msw',
    // SoC = remaining/full.
    registers: [
      { what: 'batteryCurrent', at: 5042, type: 's16', scale: 0.01, unit: 'A' },
      { what: 'batteryVoltage', at: 5043, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'remainingCapacity', at: 5044, type: 'u32', scale: 0.001, unit: 'Ah' },
      { what: 'fullCapacity', at: 5046, type: 'u32', scale: 0.001, unit: 'Ah' },
    ],
    sign: '+ = charging',
    battery: { plus: ['batteryCurrent'], times: ['batteryVoltage'] },
    identification: [{ code: 3, at: 0x1402, length: 8, text: 'RBT' }],
    confidence: 'high',
    sources: [
      'https://github.com/mr-manuel/venus-os_dbus-serialbattery/blob/master/dbus-serialbattery/bms/renogy.py',
      'https://github.com/patman15/aiobmsble/blob/main/aiobmsble/bms/renogy_bms.py',
    ],
  },
]
