/** AlphaESS. */
import type { Entry } from './entry'

export const alphaess: readonly Entry[] = [
  {
    id: 'alphaess-smile',
    name: 'AlphaESS Storion SMILE',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 85 },
    code: 3,
    order: 'msw',
    // Unit id 85.
    // Some units return zeros on RTU (evcc#32352).
    registers: [
      { what: 'power', at: 33, type: 's32', unit: 'W' },
      { what: 'batteryPower', at: 294, type: 's16', unit: 'W' },
      { what: 'stateOfCharge', at: 258, type: 'u16', scale: 0.1, unit: '%' },
      { what: 'pvPower', at: 1055, also: [1059, 1063, 1067], type: 'u32', unit: 'W' },
      { what: 'importEnergy', at: 18, type: 'u32', scale: 0.01, unit: 'kWh' },
      { what: 'exportEnergy', at: 16, type: 'u32', scale: 0.01, unit: 'kWh' },
    ],
    sign: 'grid raw + = import; battery raw + = discharging',
    power: { plus: ['power'] },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    // The power of the battery is in one of the sources only; its current has the same sign in the other.
    confidence: 'medium',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/alpha-ess-smile.yaml',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/alpha_ess/alpha_ess',
      'https://github.com/wills106/homeassistant-solax-modbus/blob/main/custom_components/solax_modbus/plugin_alphaess.py',
      'https://github.com/evcc-io/evcc/issues/32352',
    ],
  },
]
