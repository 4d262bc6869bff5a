/** LuxPower, which EG4 sells in America. */
import type { Entry } from './entry'

export const luxpower: readonly Entry[] = [
  {
    id: 'luxpower-lxp',
    name: 'LuxPower LXP, EG4 6000XP, 12kPV, 18kPV (one phase or split phase)',
    kind: 'inverter',
    line: { unit: 1 },
    code: 4,
    order: 'lsw',
    // With three phases, the grid's registers are those of the first phase only: not for those.
    registers: [
      { what: 'batteryVoltage', at: 4, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'stateOfCharge', at: 5, type: 'u16', unit: '%', mask: 0xff },
      { what: 'pvPower', at: 7, also: [8, 9], type: 'u16', unit: 'W' },
      { what: 'chargePower', at: 10, type: 'u16', unit: 'W' },
      { what: 'dischargePower', at: 11, type: 'u16', unit: 'W' },
      { what: 'frequency', at: 15, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'exportPower', at: 26, type: 'u16', unit: 'W' },
      { what: 'importPower', at: 27, type: 'u16', unit: 'W' },
    ],
    sign: 'separate unsigned registers',
    power: { plus: ['importPower'], minus: ['exportPower'] },
    battery: { plus: ['chargePower'], minus: ['dischargePower'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/celsworth/lxp-bridge/blob/master/src/lxp/packet.rs',
      'https://github.com/ant0nkr/luxpower-ha-integration/blob/main/custom_components/lxp_modbus/constants/input_registers.py',
      'https://github.com/poldim/EG4-Inverter-Modbus/blob/main/custom_components/eg4_inverter_modbus/hub.py',
    ],
  },
]
