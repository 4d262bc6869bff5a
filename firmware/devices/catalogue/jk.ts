/** JK. */
import type { Entry } from './entry'

export const jk: readonly Entry[] = [
  {
    id: 'jk-pb',
    name: 'JK-BMS PB2A16S',
    kind: 'battery',
    line: { baud: 115200, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    maxRegisters: 2,
    quietMs: 120,
    // Addresses are byte offsets (consecutive u32 are 4 apart) and what a count means across them is unclear, so
    // each value is read alone.
    // Do NOT write other registers.
    // BMS with address 0 polls the bus itself: collision.
    // >=120 ms gap between commands.
    registers: [
      { what: 'batteryVoltage', at: 4752, type: 'u32', scale: 0.001, unit: 'V' },
      { what: 'batteryMagnitude', at: 4756, type: 'u32', scale: 0.001, unit: 'W' }, // unsigned
      { what: 'batteryCurrent', at: 4760, type: 's32', scale: 0.001, unit: 'A' },
      { what: 'stateOfCharge', at: 4774, type: 'u16', unit: '%', mask: 0xff }, // SOC is the LOW byte (high byte = balance state)
      { what: 'remainingCapacity', at: 4776, type: 's32', scale: 0.001, unit: 'Ah' },
      { what: 'fullCapacity', at: 4780, type: 'u32', scale: 0.001, unit: 'Ah' },
      { what: 'cycles', at: 4784, type: 'u32' },
      { what: 'cells', at: 4204, type: 'u32' }, // byte offset 108 of 0x1000 block
      { what: 'designCapacity', at: 4220, type: 'u32', scale: 0.001, unit: 'Ah' },
    ],
    sign: 'current + = charging (serialbattery)',
    battery: { plus: ['batteryCurrent'], times: ['batteryVoltage'] },
    confidence: 'medium',
    sources: [
      'https://github.com/syssi/esphome-jk-bms/blob/main/docs/pb2a16s20p/BMS%20RS485%20Modbus%20V1.1.pdf',
      'https://github.com/mr-manuel/venus-os_dbus-serialbattery/blob/master/dbus-serialbattery/bms/jkbms_pb.py',
      'https://github.com/syssi/esphome-jk-bms/issues/763',
      'https://github.com/syssi/esphome-jk-bms/blob/main/esp32-jk-pb-modbus-example.yaml',
    ],
  },
]
