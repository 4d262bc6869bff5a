/** Daly. */
import type { Entry } from './entry'

export const daly: readonly Entry[] = [
  {
    id: 'daly-d2',
    name: 'Daly Smart BMS (Modbus 0xD2)',
    kind: 'battery',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 210 },
    code: 3,
    order: 'msw',
    maxRegisters: 80,
    // Full capacity not in this block: derive remaining/SoC.
    // Older Daly UART protocol (A5 40 ..) is not Modbus.
    // ESS variant 0x81 replies as 0x51 with map shifted (+0x10): V 0x38, I 0x39, SOC 0x3A, remaining 0x4B.
    registers: [
      { what: 'batteryVoltage', at: 40, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'batteryCurrent', at: 41, type: 'u16', scale: 0.1, offset: -3000, unit: 'A' },
      { what: 'stateOfCharge', at: 42, type: 'u16', scale: 0.1, unit: '%' },
      { what: 'batteryDirection', at: 47, type: 'u16' }, // 0 idle 1 charge 2 discharge
      { what: 'remainingCapacity', at: 48, type: 'u16', scale: 0.1, unit: 'Ah' },
      { what: 'cells', at: 49, type: 'u16' },
      { what: 'batteryMagnitude', at: 57, type: 'u16', unit: 'W' }, // unsigned
      { what: 'cycles', at: 51, type: 'u16' },
    ],
    sign: '(raw-30000)/10: + = charging',
    battery: { plus: ['batteryCurrent'], times: ['batteryVoltage'] },
    confidence: 'high',
    sources: [
      'https://github.com/syssi/esphome-daly-bms/blob/main/docs/protocol-register-map.md',
      'https://github.com/patman15/aiobmsble/blob/main/aiobmsble/bms/daly_bms.py',
    ],
  },
]
