/** Sungrow. */
import type { Entry } from './entry'

export const sungrow: readonly Entry[] = [
  {
    id: 'sungrow-sh',
    name: 'Sungrow SH*RT/RS/T hybrid',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    // Docs are 1-based.
    // Sign of 13021 changed with firmware: openWB probes 5213 then falls back.
    registers: [
      { what: 'power', at: 13009, type: 's32', unit: 'W' },
      { what: 'meterPower', at: 5600, type: 's32', unit: 'W' },
      { what: 'phasePower', at: [5602, 5604, 5606], type: 's32', unit: 'W' },
      { what: 'pvPower', at: 5016, type: 'u32', unit: 'W' },
      { what: 'batteryPower', at: 5213, type: 's32', unit: 'W' },
      { what: 'batteryMagnitude', at: 13021, type: 'u16', unit: 'W' }, // unsigned on many firmwares
      { what: 'status', at: 13000, type: 'u16' }, // bit1 charging, bit2 discharging
      { what: 'batteryVoltage', at: 13019, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'stateOfCharge', at: 13022, type: 'u16', scale: 0.1, unit: '%' },
      {
        what: 'fullEnergy',
        at: 5638,
        type: 'u16',
        scale: 0.01,
        unit: 'kWh',
        sentinels: [0],
        fixed: true,
      },
      { what: 'importEnergy', at: 13036, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'voltage', at: 5018, type: 'u16', scale: 0.1, unit: 'V' },
    ],
    sign: '13009 raw + = export; 5213 raw + = discharging; 13021 needs 13000 bits',
    power: { minus: ['power'] },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    identification: [
      {
        code: 4,
        at: 4999,
        length: 1,
        ranges: [
          [0x0d00, 0x0d3f],
          [0x0e00, 0x0e3f],
        ],
      },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/sungrow-hybrid.yaml',
      'https://github.com/mkaiser/Sungrow-SHx-Inverter-Modbus-Home-Assistant',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/sungrow',
    ],
  },
  {
    id: 'sungrow-sg',
    name: 'Sungrow SG string inverter (RS, RT, KTL, CX)',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    // The meter's registers are there if a meter is connected to the inverter.
    registers: [
      { what: 'pvPower', at: 5030, type: 'u32', unit: 'W' },
      { what: 'power', at: 5082, type: 's32', unit: 'W' },
      { what: 'phasePower', at: [5084, 5086, 5088], type: 's32', unit: 'W' },
      { what: 'importEnergy', at: 5098, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'voltage', at: 5018, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'frequency', at: 5035, type: 'u16', scale: 0.1, unit: 'Hz' },
    ],
    sign: 'meter raw + = import; output unsigned: generation',
    power: { plus: ['power'], phases: 'phasePower' },
    pv: { minus: ['pvPower'] },
    identification: [
      {
        code: 4,
        at: 4999,
        length: 1,
        ranges: [
          [0x2430, 0x243f],
          [0x2603, 0x260e],
          [0x2c00, 0x2c22],
        ],
      },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/sungrow-inverter.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/sungrow/sungrow_sg',
      'https://github.com/bohdan-s/SunGather/blob/main/SunGather/registers-sungrow.yaml',
    ],
  },
  {
    id: 'sungrow-ihm',
    name: 'Sungrow iHomeManager',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 247 },
    code: 4,
    order: 'lsw',
    // 10 W resolution.
    registers: [
      { what: 'pvPower', at: 8154, type: 's32', scale: 10, unit: 'W' },
      { what: 'power', at: 8156, type: 's32', scale: 10, unit: 'W' },
      { what: 'batteryPower', at: 8160, type: 's32', scale: 10, unit: 'W' },
      { what: 'stateOfCharge', at: 8162, type: 'u16', scale: 0.1, unit: '%' },
      { what: 'importEnergy', at: 8175, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'exportEnergy', at: 8177, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'phasePower', at: [8558, 8560, 8562], type: 's32', unit: 'W' },
    ],
    sign: 'grid raw + = import; battery raw + = discharging',
    power: { plus: ['power'], phases: 'phasePower' },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/sungrow-ihm.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/sungrow/sungrow_ihm',
    ],
  },
]
