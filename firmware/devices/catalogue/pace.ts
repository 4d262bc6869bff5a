/** PACE. */
import type { Entry } from './entry'

export const pace: readonly Entry[] = [
  {
    id: 'pace-modbus',
    name: 'PACE BMS Modbus V1.3 (Gobel, Revov, many 48 V rack packs)',
    kind: 'battery',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    maxRegisters: 125,
    quietMs: 100,
    timeoutMs: 300,
    // Vendor timeout 200 ms, >100 ms between frames.
    // Register list is decimal.
    // Many PACE units ship with the ASCII 0x7E protocol instead: cannot share the bus (pace#17).
    registers: [
      { what: 'batteryCurrent', at: 0, type: 's16', scale: 0.01, unit: 'A' },
      { what: 'batteryVoltage', at: 1, type: 'u16', scale: 0.01, unit: 'V' },
      { what: 'stateOfCharge', at: 2, type: 'u16', unit: '%' },
      { what: 'stateOfHealth', at: 3, type: 'u16', unit: '%' },
      { what: 'remainingCapacity', at: 4, type: 'u16', scale: 0.01, unit: 'Ah' },
      { what: 'fullCapacity', at: 5, type: 'u16', scale: 0.01, unit: 'Ah' },
      { what: 'designCapacity', at: 6, type: 'u16', scale: 0.01, unit: 'Ah' },
      { what: 'cycles', at: 7, type: 'u16' },
      { what: 'status', at: 11, type: 'u16' },
    ],
    sign: '+ = charging, - = discharging (vendor doc)',
    battery: { plus: ['batteryCurrent'], times: ['batteryVoltage'] },
    confidence: 'high',
    sources: [
      'https://github.com/syssi/esphome-pace-bms/blob/main/docs/PACE-BMS-Modbus-Protocol-for-RS485-V1.3-20170627.pdf',
      'https://github.com/patman15/aiobmsble/blob/main/aiobmsble/bms/gobel_bms.py',
    ],
  },
]
