/** Chint, and what it builds for others. */
import type { Entry } from './entry'

export const chint: readonly Entry[] = [
  {
    id: 'chint-dtsu666',
    name: 'Chint DTSU666 (direct and -CT)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 2, unit: 1 },
    code: 3,
    order: 'msw',
    // CT ratio must be multiplied in software: P = raw*0.1*IrAt*(UrAt*0.1).
    // Meter may need keypad switch from 645 to n.2.
    // Built for others it has other maps: Huawei's is below, Sungrow's in acrel.ts.
    registers: [
      { what: 'voltage', at: [8198, 8200, 8202], type: 'f32', scale: 0.1, unit: 'V' },
      { what: 'current', at: [8204, 8206, 8208], type: 'f32', scale: 0.001, unit: 'A' },
      { what: 'power', at: 8210, type: 'f32', scale: 0.1, unit: 'W' },
      { what: 'phasePower', at: [8212, 8214, 8216], type: 'f32', scale: 0.1, unit: 'W' },
      { what: 'frequency', at: 8260, type: 'f32', scale: 0.01, unit: 'Hz' },
      { what: 'importEnergy', at: 4126, type: 'f32', unit: 'kWh' }, // mbmd; vendor manual edition seen lists 0x401E (secondary side)
      { what: 'exportEnergy', at: 4136, type: 'f32', unit: 'kWh' }, // 0x4028 secondary side
      { what: 'currentRatio', at: 6, type: 's16', sentinels: [0], fixed: true },
      { what: 'voltageRatio', at: 7, type: 's16', scale: 0.1, sentinels: [0], fixed: true },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], times: ['currentRatio', 'voltageRatio'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/dtsu666.go',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/chint/chint/counter.py',
      'https://github.com/elfabriceu/DTSU666-Modbus/blob/master/dtsu666_series.pdf',
    ],
  },
  {
    id: 'chint-ddsu666',
    name: 'Chint DDSU666 (direct and -CT)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'msw',
    barriers: [0x400a],
    // Tasmota uses FC04, OpenEMS FC03: both answered.
    // 0x2000, 0x4000, 0x400A are three separate blocks.
    registers: [
      { what: 'voltage', at: 8192, type: 'f32', unit: 'V' },
      { what: 'current', at: 8194, type: 'f32', unit: 'A' },
      { what: 'power', at: 8196, type: 'f32', scale: 1000, unit: 'W' }, // register is kW
      { what: 'frequency', at: 8206, type: 'f32', unit: 'Hz' },
      { what: 'importEnergy', at: 16384, type: 'f32', unit: 'kWh' },
      { what: 'exportEnergy', at: 16394, type: 'f32', unit: 'kWh' },
    ],
    sign: 'raw + = import (Tasmota sample -196.3 W)',
    power: { plus: ['power'] },
    confidence: 'high',
    sources: [
      'https://github.com/arendst/Tasmota/blob/development/tasmota/tasmota_xnrg_energy/xnrg_11_ddsu666.ino',
      'https://github.com/OpenEMS/openems/pull/3692',
      'https://github.com/salakrzy/DTSU666_CHINT_to_HUAWEI_translator/issues/7',
    ],
  },
  {
    id: 'huawei-dtsu666-h',
    name: 'Huawei DTSU666-H',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 11 },
    code: 3,
    order: 'msw',
    maxRegisters: 80,
    // The inverter reads 80 registers from 2102. Register 2108 is the mean of the phases' voltages.
    // Tasmota's driver takes 4800 baud.
    registers: [
      { what: 'current', at: [2102, 2104, 2106], type: 'f32', unit: 'A' },
      { what: 'voltage', at: [2110, 2112, 2114], type: 'f32', unit: 'V' },
      { what: 'frequency', at: 2124, type: 'f32', unit: 'Hz' },
      { what: 'power', at: 2126, type: 'f32', unit: 'W' },
      { what: 'phasePower', at: [2128, 2130, 2132], type: 'f32', unit: 'W' },
      { what: 'importEnergy', at: 2166, type: 'f32', unit: 'kWh' },
      { what: 'exportEnergy', at: 2174, type: 'f32', unit: 'kWh' },
    ],
    sign: 'raw + = import at the meter itself; the inverter turns it in its 37113 (+ = export)',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/pazzero/esphome-dtsu666h-modbus-proxy/blob/main/sensors/em1_sensors.yaml',
      'https://github.com/Etyop/DTSU666-H-Arduino-Reader',
      'https://github.com/salakrzy/DTSU666_CHINT_to_HUAWEI_translator',
    ],
  },
]
