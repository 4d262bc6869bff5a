/** Carlo Gavazzi. */
import type { Entry, RegisterEntry } from './entry'

const THREE_PHASES: readonly RegisterEntry[] = [
  { what: 'voltage', at: [0, 2, 4], type: 's32', scale: 0.1, unit: 'V' },
  { what: 'current', at: [12, 14, 16], type: 's32', scale: 0.001, unit: 'A' },
  { what: 'phasePower', at: [18, 20, 22], type: 's32', scale: 0.1, unit: 'W' },
  { what: 'power', at: 40, type: 's32', scale: 0.1, unit: 'W' },
  { what: 'frequency', at: 51, type: 's16', scale: 0.1, unit: 'Hz' },
  { what: 'importEnergy', at: 52, type: 's32', scale: 0.1, unit: 'kWh' },
  { what: 'exportEnergy', at: 78, type: 's32', scale: 0.1, unit: 'kWh' },
]

export const carloGavazzi: readonly Entry[] = [
  {
    id: 'cg-em24-rs485',
    name: 'Carlo Gavazzi EM24-DIN',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    maxRegisters: 11,
    // Reads of more than 11 registers rejected.
    // 0x1101 application must be 7 (H) or power is never negative; front selector lock may block the write.
    // Ethernet EM24_E1 uses a different map (1648-1653).
    registers: [
      { what: 'voltage', at: [0, 2, 4], type: 's32', scale: 0.1, unit: 'V' },
      { what: 'current', at: [12, 14, 16], type: 's32', scale: 0.001, unit: 'A' },
      { what: 'phasePower', at: [18, 20, 22], type: 's32', scale: 0.1, unit: 'W' },
      { what: 'power', at: 40, type: 's32', scale: 0.1, unit: 'W' },
      { what: 'frequency', at: 55, type: 's16', scale: 0.1, unit: 'Hz' },
      { what: 'importEnergy', at: 62, type: 's32', scale: 0.1, unit: 'kWh' }, // mbmd uses 0x42 (partial counter)
      { what: 'phaseImportEnergy', at: [70, 72, 74], type: 's32', scale: 0.1, unit: 'kWh' },
      { what: 'exportEnergy', at: 92, type: 's32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'raw + = import, - = export ONLY in application H',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [{ code: 4, at: 11, length: 1, ranges: [[71, 73]] }],
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/carlogavazzi-em24.go',
      'https://github.com/victronenergy/dbus-cgwacs/blob/master/documents/AcSensors/EM24_PFA_PFB_X-CP%20V4R0%20ENG%20031212.pdf',
      'https://github.com/victronenergy/dbus-cgwacs/blob/master/software/src/ac_sensor_updater.cpp',
      'https://github.com/volkszaehler/mbmd/issues/297',
    ],
  },
  {
    id: 'cg-em100-et112',
    name: 'Carlo Gavazzi EM110, EM111, EM112, ET112',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    maxRegisters: 50,
    // FC03 also answered (capture c028).
    registers: [
      { what: 'voltage', at: 0, type: 's32', scale: 0.1, unit: 'V' },
      { what: 'current', at: 2, type: 's32', scale: 0.001, unit: 'A' },
      { what: 'power', at: 4, type: 's32', scale: 0.1, unit: 'W' },
      { what: 'frequency', at: 15, type: 's16', scale: 0.1, unit: 'Hz' },
      { what: 'importEnergy', at: 16, type: 's32', scale: 0.1, unit: 'kWh' },
      { what: 'exportEnergy', at: 32, type: 's32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'raw + = import',
    power: { plus: ['power'] },
    identification: [
      {
        code: 4,
        at: 11,
        length: 1,
        ranges: [
          [100, 104],
          [110, 110],
          [120, 121],
        ],
      },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/cg-emt1xx.yaml',
      'https://github.com/victronenergy/dbus-cgwacs/blob/master/documents/AcSensors/EM100%20and%20ET100%20series%20-%20Modbus%20serial%20protocol%20-%20rev.2.6%20-%20141114.pdf',
      'https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.carlo.gavazzi',
    ],
  },
  {
    id: 'cg-em330-em340',
    name: 'Carlo Gavazzi EM330, EM340, ET330, ET340',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    maxRegisters: 50,
    // Per-phase export (0x60..) only on ET series.
    registers: THREE_PHASES,
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [
      {
        code: 4,
        at: 11,
        length: 1,
        ranges: [
          [331, 345],
          [348, 348],
        ],
      },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/volkszaehler/mbmd/blob/master/meters/rs485/carlogavazzi-ex3x0.go',
      'https://github.com/victronenergy/dbus-cgwacs/blob/master/software/src/ac_sensor.cpp',
      'https://github.com/OpenEMS/openems/tree/develop/io.openems.edge.meter.carlo.gavazzi',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/carlo_gavazzi/carlo_gavazzi/counter.py',
    ],
  },
  {
    id: 'cg-em530-em540',
    name: 'Carlo Gavazzi EM530, EM540',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    // Its values change every 100 ms or so. Victron reads the frequency at 0x053C.
    registers: THREE_PHASES,
    sign: 'raw + = import',
    power: { plus: ['power'], phases: 'phasePower' },
    identification: [{ code: 4, at: 11, length: 1, ranges: [[1744, 1763]] }],
    confidence: 'medium',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/cg-emt3xx.yaml',
      'https://github.com/victronenergy/dbus-cgwacs/blob/master/software/src/ac_sensor_updater.cpp',
    ],
  },
  {
    id: 'cg-em580',
    name: 'Carlo Gavazzi EM580',
    kind: 'meter',
    line: { unit: 1 },
    code: 4,
    order: 'lsw',
    // EVerest reads the energies as 64 bits of Wh at 0x0500 and 0x051C instead.
    registers: THREE_PHASES,
    sign: 'raw + = import (EVerest)',
    power: { plus: ['power'], phases: 'phasePower' },
    confidence: 'high',
    sources: [
      'https://github.com/EVerest/everest-core/tree/main/modules/HardwareDrivers/PowerMeters/CarloGavazzi_EM580',
      'https://github.com/Tinkerforge/esp32-firmware/blob/master/software/src/modules/meters_modbus_tcp/carlo_gavazzi.py',
    ],
  },
]
