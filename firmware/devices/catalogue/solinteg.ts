/** Solinteg, and what is built by it: Wattsonic, Sunway, M-TEC, A-Tronix. Both generations differ in the battery only. */
import type { Entry, RegisterEntry } from './entry'

const GRID_AND_PANELS: readonly RegisterEntry[] = [
  { what: 'phasePower', at: [10994, 10996, 10998], type: 's32', unit: 'W' },
  { what: 'power', at: 11000, type: 's32', unit: 'W' },
  { what: 'pvPower', at: 11028, type: 'u32', unit: 'W' },
]
const FLOWS = {
  power: { minus: ['power'], phases: 'phasePower' },
  battery: { minus: ['batteryPower'] },
  pv: { minus: ['pvPower'] },
} as const satisfies Partial<Entry>
const SIGN = 'meter raw + = export; battery raw + = discharging'

export const solinteg: readonly Entry[] = [
  {
    id: 'solinteg-gen3',
    name: 'Solinteg MHT/MHS, Wattsonic Gen 3, M-TEC Energy Butler GEN3',
    kind: 'inverter',
    // openWB asks unit 247, evcc 255, which is none that a device may have: set 247 in the app.
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 247 },
    code: 3,
    order: 'msw',
    registers: [
      ...GRID_AND_PANELS,
      { what: 'batteryPower', at: 30258, type: 's32', unit: 'W' },
      { what: 'stateOfCharge', at: 33000, type: 'u16', scale: 0.01, unit: '%' },
    ],
    sign: SIGN,
    ...FLOWS,
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/wattsonic-gen3.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/mtec/mtec',
      'https://github.com/nymea/nymea-plugins-modbus/blob/master/wattsonic/wattsonic-registers.json',
      'https://github.com/wills106/homeassistant-solax-modbus/blob/main/custom_components/solax_modbus/plugin_solinteg.py',
    ],
  },
  {
    id: 'solinteg-gen2',
    name: 'Sunway STH/STT, Wattsonic, A-Tronix, M-TEC Energy Butler GEN2',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 247 },
    code: 3,
    order: 'msw',
    quietMs: 100,
    registers: [
      ...GRID_AND_PANELS,
      { what: 'batteryPower', at: 40258, type: 's32', unit: 'W' },
      { what: 'stateOfCharge', at: 43000, type: 'u16', scale: 0.01, unit: '%' },
    ],
    sign: SIGN,
    ...FLOWS,
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/wattsonic.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/mtec/mtec',
      'https://github.com/nymea/nymea-plugins-modbus/blob/master/wattsonic/wattsonic-registers.json',
      'https://github.com/wills106/homeassistant-solax-modbus/blob/main/custom_components/solax_modbus/plugin_sunway.py',
    ],
  },
]
