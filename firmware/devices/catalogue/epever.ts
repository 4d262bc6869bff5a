/** EPEver: charge controllers. */
import type { Entry } from './entry'

export const epever: readonly Entry[] = [
  {
    id: 'epever-tracer',
    name: 'EPEver (EPSolar) Tracer A/AN/BN/XTRA with its battery and panels',
    kind: 'inverter',
    line: { baud: 115200, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    registers: [
      { what: 'pvPower', at: 0x3102, type: 'u32', scale: 0.01, unit: 'W' },
      { what: 'batteryVoltage', at: 0x3104, type: 'u16', scale: 0.01, unit: 'V' },
      { what: 'stateOfCharge', at: 0x311a, type: 'u16', unit: '%' },
      { what: 'batteryCurrent', at: 0x331b, type: 's32', scale: 0.01, unit: 'A' },
    ],
    sign: 'net battery current: raw + = charging',
    battery: { plus: ['batteryCurrent'], times: ['batteryVoltage'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/kasbert/epsolar-tracer/blob/master/pyepsolartracer/registers.py',
      'https://github.com/softwarecrash/EPEver2MQTT/blob/main/src/epregister.h',
    ],
  },
]
