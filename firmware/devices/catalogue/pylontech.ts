/** Pylontech. */
import type { Entry } from './entry'

export const pylontech: readonly Entry[] = [
  {
    id: 'pylontech-rt',
    name: 'Pylontech RT12100 series (true Modbus)',
    kind: 'battery',
    line: { unit: 1 },
    code: 3,
    order: 'msw',
    // US2000/US3000/US5000 RS485 = ASCII 0x7E protocol, NOT Modbus.
    registers: [
      { what: 'batteryVoltage', at: 4118, type: 'u16', scale: 0.01, unit: 'V' },
      { what: 'batteryCurrent', at: 4119, type: 's16', scale: 0.1, unit: 'A' },
      { what: 'stateOfCharge', at: 4124, type: 'u16', unit: '%' },
      { what: 'stateOfHealth', at: 4125, type: 'u16', unit: '%' },
      { what: 'batteryMagnitude', at: 4126, type: 'u16', unit: 'W' }, // unsigned
      { what: 'designCapacity', at: 4130, type: 'u16', scale: 0.1, unit: 'Ah' },
    ],
    sign: '+ = charging',
    battery: { plus: ['batteryCurrent'], times: ['batteryVoltage'] },
    confidence: 'medium',
    sources: ['https://github.com/patman15/aiobmsble/blob/main/aiobmsble/bms/pylontech_bms.py'],
  },
]
