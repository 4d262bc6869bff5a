/** SRNE. */
import type { Entry } from './entry'

export const srne: readonly Entry[] = [
  {
    id: 'srne-hybrid',
    name: 'SRNE ASF, ASP, HF, HESP hybrid: its battery and panels',
    kind: 'inverter',
    line: { baud: 9600, parity: 'none', stopBits: 1, unit: 1 },
    code: 3,
    order: 'lsw',
    registers: [
      { what: 'stateOfCharge', at: 0x0100, type: 'u16', unit: '%' },
      { what: 'batteryVoltage', at: 0x0101, type: 'u16', scale: 0.1, unit: 'V' },
      { what: 'batteryCurrent', at: 0x0102, type: 's16', scale: 0.1, unit: 'A' },
      { what: 'pvPower', at: 0x0109, also: [0x0111], type: 'u16', unit: 'W' },
    ],
    sign: 'battery current: raw + = discharging',
    battery: { minus: ['batteryCurrent'], times: ['batteryVoltage'] },
    pv: { minus: ['pvPower'] },
    confidence: 'high',
    sources: [
      'https://github.com/syssi/esphome-smg-ii/blob/main/esp32-srne-asf-example.yaml',
      'https://github.com/davidrapan/ha-solarman/blob/main/custom_components/solarman/inverter_definitions/srne_asf.yaml',
      'https://github.com/wills106/homeassistant-solax-modbus/blob/main/custom_components/solax_modbus/plugin_srne.py',
    ],
  },
]
