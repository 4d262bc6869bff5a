/** Peacefair. */
import type { Entry } from './entry'

export const peacefair: readonly Entry[] = [
  {
    id: 'peacefair-pzem016',
    name: 'Peacefair PZEM-016 / PZEM-004T v3 (CT)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 4,
    order: 'lsw',
    ratedW: 23_000,
    // LSW first.
    // No direction: unusable as grid meter with PV.
    registers: [
      { what: 'voltage', at: 0, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'current', at: 1, type: 'u32', scale: 0.001, unit: 'A' },
      { what: 'power', at: 3, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'importEnergy', at: 5, type: 'u32', scale: 0.001, unit: 'kWh' },
      { what: 'frequency', at: 7, type: 'u16', scale: 0.1, unit: 'Hz' },
    ],
    sign: 'unsigned: cannot see injection',
    power: { plus: ['power'], unsigned: true },
    confidence: 'high',
    sources: [
      'https://github.com/esphome/esphome/blob/dev/esphome/components/pzemac/pzemac.cpp',
      'https://github.com/gemu2015/Sonoff-Tasmota/issues/11',
      // The rating: 0 to 23 kW.
      'https://warehousesoverstock.com/ac-current-voltage-power-energy-frequency-power-factor-communication-module-meter-100a-ammeter-voltmeter-multimeter-with-rs485-usb-interface-and-split-core-current',
    ],
  },
  {
    id: 'peacefair-pzem017',
    name: 'Peacefair PZEM-003, PZEM-017 (direct current)',
    kind: 'meter',
    line: { baud: 9600, parity: 'none', stopBits: 2, unit: 1 },
    code: 4,
    order: 'lsw',
    registers: [
      { what: 'voltage', at: 0, type: 'u16', scale: 0.01, unit: 'V' },
      { what: 'current', at: 1, type: 'u16', scale: 0.01, unit: 'A' },
      { what: 'power', at: 2, type: 'u32', scale: 0.1, unit: 'W' },
      { what: 'importEnergy', at: 4, type: 'u32', unit: 'Wh' },
    ],
    sign: 'unsigned: the current may flow one way only',
    power: { plus: ['power'], unsigned: true },
    confidence: 'high',
    sources: [
      'https://github.com/esphome/esphome/blob/dev/esphome/components/pzemdc/pzemdc.cpp',
      'https://github.com/arendst/Tasmota/blob/development/tasmota/tasmota_xnrg_energy/xnrg_06_pzem_dc.ino',
      'https://github.com/krecik0814/modbus-rpi/blob/main/presets/library/peacefair_pzem_017.json',
    ],
  },
]
