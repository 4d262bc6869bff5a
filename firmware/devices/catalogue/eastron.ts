/** Eastron. */
import type { Entry, RegisterEntry } from './entry'

const THREE_PHASES: readonly RegisterEntry[] = [
  { what: 'voltage', at: [0, 2, 4], type: 'f32', unit: 'V' },
  { what: 'current', at: [6, 8, 10], type: 'f32', unit: 'A' },
  { what: 'phasePower', at: [12, 14, 16], type: 'f32', unit: 'W' },
  { what: 'power', at: 52, type: 'f32', unit: 'W' },
  { what: 'frequency', at: 70, type: 'f32', unit: 'Hz' },
  { what: 'importEnergy', at: 72, type: 'f32', unit: 'kWh' },
  { what: 'exportEnergy', at: 74, type: 'f32', unit: 'kWh' },
  { what: 'totalEnergy', at: 342, type: 'f32', unit: 'kWh' },
]

export const eastron: readonly Entry[] = [
  {
    id: 'eastron-sdm630',
    name: 'Eastron SDM630-Modbus, SDM630MCT (Weidmueller EM120/EM122, Kostal KEM-P)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    maxRegisters: 80,
    // Answers zeros instead of exception to unknown holding registers (capture c004-c007).
    // Odd start address or odd count is rejected.
    // Doc says 80 registers max, some SDM72/630 firmwares accept only ~10-20: need a runtime fallback.
    // Frequency read may come back x10 (>100 Hz): divide.
    // CT primary/ratio setup registers not verified here.
    registers: THREE_PHASES,
    sign: 'raw + = import (energy flowing line->load), - = export',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/sdm.go',
      'https://github.com/nmakel/sdm_modbus/blob/master/documents/sdm630_modbus_protocol_v2.0.pdf',
      'https://github.com/openWB/core/blob/master/packages/modules/common/sdm.py',
      'https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.eastron',
    ],
  },
  {
    id: 'eastron-sdm54',
    name: 'Eastron SDM54-M, SDM54-2T',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    maxRegisters: 80,
    registers: THREE_PHASES,
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/sdm54.go',
      'https://www.eastrongroup.com/eastrongroup/2024/08/21/eastronsdm54seriesusermanualv1.2.pdf',
      'https://manuals.plus/m/03a36b008952d84e01ef6ca588d7ab09acde5c38603c586152ce6e74dfb3e089',
    ],
  },
  {
    id: 'eastron-x96',
    name: 'Eastron SMART X96-1A, X96-5, X96-5C (CT)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    maxRegisters: 78,
    // aggsoft reads 79 registers at once.
    registers: THREE_PHASES,
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/x961a.go',
      'https://aggsoft.com/serial-data-logger/tutorials/modbus-data-logging/eastron-x96.htm',
      'http://lamaplc.com/doku.php?id=com:eastron_smart_x96',
      'https://github.com/Nall-chan/BGETech/blob/master/SmartX965C/module.php',
    ],
  },
  {
    id: 'eastron-sdm72dm-v2',
    name: 'Eastron SDM72D-M-2 (v2)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    maxRegisters: 20,
    // Bulk reads >10-20 registers fail on some units.
    // 100 A direct (user manual V1.1.1).
    ratedW: 69_000,
    registers: [
      ...THREE_PHASES,
      { what: 'importPower', at: 1280, type: 'f32', unit: 'W' },
      { what: 'exportPower', at: 1282, type: 'f32', unit: 'W' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [{ code: 3, at: 0xfc02, length: 1, ranges: [[137, 137]] }],
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/sdm72v2.go',
      'https://github.com/nmakel/sdm_modbus/blob/master/documents/sdm72d-m-v2-manual_v1.1.pdf',
      'https://github.com/openWB/core/blob/master/packages/modules/common/sdm.py',
    ],
  },
  {
    id: 'eastron-sdm72dm-v1',
    name: 'Eastron SDM72D-M (v1)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    maxRegisters: 20,
    // No phase voltage registers, cannot be probed by voltage.
    registers: [
      { what: 'importPower', at: 1280, type: 'f32', unit: 'W' },
      { what: 'exportPower', at: 1282, type: 'f32', unit: 'W' },
      { what: 'importEnergy', at: 72, type: 'f32', unit: 'kWh' },
      { what: 'exportEnergy', at: 74, type: 'f32', unit: 'kWh' },
      { what: 'totalEnergy', at: 342, type: 'f32', unit: 'kWh' },
    ],
    sign: '0x34 carries NO direction on v1: published dump 6452 W = 6432 W import + 20 W export; use 0x500 - 0x502',
    power: { plus: ['importPower'], minus: ['exportPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/sdm72.go',
      'https://github.com/nmakel/sdm_modbus/blob/master/documents/sdm72d-m-manual_v1.5.pdf',
      'https://github.com/nmakel/sdm_modbus/pull/6',
    ],
  },
  {
    id: 'eastron-sdm120',
    name: 'Eastron SDM120-Modbus, SDM120CT',
    kind: 'meter',
    line: { baud: 2400, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    maxRegisters: 20,
    // Even start address and even count only.
    // Bulk limit 20 is openWB practice, not documented.
    // Broadcast not supported.
    registers: [
      { what: 'voltage', at: 0, type: 'f32', unit: 'V' },
      { what: 'current', at: 6, type: 'f32', unit: 'A' },
      { what: 'power', at: 12, type: 'f32', unit: 'W' },
      { what: 'frequency', at: 70, type: 'f32', unit: 'Hz' },
      { what: 'importEnergy', at: 72, type: 'f32', unit: 'kWh' },
      { what: 'exportEnergy', at: 74, type: 'f32', unit: 'kWh' },
      { what: 'totalEnergy', at: 342, type: 'f32', unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'] },
    identification: [{ code: 3, at: 0xfc02, length: 1, ranges: [[32, 32]] }],
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/sdm120.go',
      'https://github.com/nmakel/sdm_modbus/blob/master/documents/sdm120_modbus_protocol_v2.5.pdf',
      'https://github.com/openWB/core/blob/master/packages/modules/common/sdm.py',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/eastron-sdm120.yaml',
    ],
  },
  {
    id: 'eastron-sdm230',
    name: 'Eastron SDM220/SDM230-Modbus',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'msw',
    maxRegisters: 60,
    // 100 A direct (user manual V1.6).
    ratedW: 23_000,
    registers: [
      { what: 'voltage', at: 0, type: 'f32', unit: 'V' },
      { what: 'current', at: 6, type: 'f32', unit: 'A' },
      { what: 'power', at: 12, type: 'f32', unit: 'W' },
      { what: 'frequency', at: 70, type: 'f32', unit: 'Hz' },
      { what: 'importEnergy', at: 72, type: 'f32', unit: 'kWh' },
      { what: 'exportEnergy', at: 74, type: 'f32', unit: 'kWh' },
      { what: 'totalEnergy', at: 342, type: 'f32', unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'] },
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/sdm230.go',
      'https://github.com/nmakel/sdm_modbus/blob/master/documents/sdm230_modbus_protocol_v1.1.pdf',
    ],
  },
]
