/** Seplos. */
import type { Entry } from './entry'

export const seplos: readonly Entry[] = [
  {
    id: 'seplos-v3',
    name: 'Seplos BMS 3.0 / XZH',
    kind: 'battery',
    line: { baud: 19200, parity: 'none', stopBits: 1, unit: 0 },
    code: 4,
    order: 'msw',
    // Unit 0 answers reads (spec reserves 0 for broadcast).
    // Group block 0x2000 uses LSW-first 32 bit.
    // Master pack polls slaves: with >1 pack you can only listen.
    // Seplos v2 is ASCII, not Modbus.
    registers: [
      { what: 'batteryVoltage', at: 4096, type: 'u16', scale: 0.01, unit: 'V' },
      { what: 'batteryCurrent', at: 4097, type: 's16', scale: 0.01, unit: 'A' },
      { what: 'remainingCapacity', at: 4098, type: 'u16', scale: 0.01, unit: 'Ah' },
      { what: 'fullCapacity', at: 4099, type: 'u16', scale: 0.01, unit: 'Ah' },
      { what: 'stateOfCharge', at: 4101, type: 'u16', scale: 0.1, unit: '%' },
      { what: 'stateOfHealth', at: 4102, type: 'u16', scale: 0.1, unit: '%' },
      { what: 'cycles', at: 4103, type: 'u16' },
    ],
    sign: '+ = charging',
    battery: { plus: ['batteryCurrent'], times: ['batteryVoltage'] },
    identification: [{ code: 4, at: 0x1700, length: 10, text: 'XZH-ElecTech' }],
    confidence: 'high',
    sources: [
      'https://github.com/syssi/esphome-seplos-bms/blob/main/docs/XZH%20BMS%20Modbus-RTU%20Protocol.md',
      'https://github.com/mr-manuel/venus-os_dbus-serialbattery/blob/master/dbus-serialbattery/bms/seplosv3.py',
      'https://github.com/ferelarg/Seplos3MQTT',
    ],
  },
]
