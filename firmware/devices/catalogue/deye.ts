/** Deye. */
import type { Entry, RegisterEntry } from './entry'

const LINE = { baud: 9600, parity: 'none', stopBits: 1, unit: 1 } as const

/**
 * Three phases. The total at 625 has 16 bits on old firmware; new firmware has its high word at 690, which is not of the
 * same moment (https://github.com/kellerza/sunsynk/issues/398). Which total is meant beyond 32 kW the phases tell, 32 kW
 * each: their sum is the total, as a whole frame shows (https://github.com/davidrapan/ha-solarman/issues/822). They are
 * not added up in its place: some have the wrong sign (https://github.com/openWB/core/pull/3853).
 */
const GRID_3P: readonly RegisterEntry[] = [
  { what: 'phasePower', at: [622, 623, 624], type: 's16', unit: 'W' },
  { what: 'power', at: 625, type: 's16', unit: 'W' },
  { what: 'externalPhasePower', at: [616, 617, 618], type: 's16', unit: 'W' },
  { what: 'externalPower', at: 619, type: 's16', unit: 'W' },
  { what: 'voltage', at: [598, 599, 600], type: 'u16', scale: 0.1, unit: 'V' },
  { what: 'frequency', at: 609, type: 'u16', scale: 0.01, unit: 'Hz' },
  { what: 'temperature', at: 586, type: 'u16', scale: 0.1, offset: -100, unit: 'C' },
  // A second battery that is not there answers 0 in 589 and 595, as the whole frame above shows.
  { what: 'stateOfCharge', at: 588, also: [589], type: 'u16', unit: '%' },
]
const FLOWS_3P = {
  power: { plus: ['power'], phases: 'phasePower', nearest: 'phasePower' },
  battery: { minus: ['batteryPower'] },
  pv: { minus: ['pvPower'] },
} as const satisfies Partial<Entry>

/** Grid-tied inverters with one map, told apart by register 0. */
const STRING: Pick<Entry, 'registers' | 'sign' | 'pv'> = {
  // 0 at night, if it answers then at all.
  registers: [
    { what: 'pvPower', at: 86, type: 'u32', scale: 0.1, unit: 'W' },
    { what: 'voltage', at: 73, type: 'u16', scale: 0.1, unit: 'V' },
    { what: 'frequency', at: 79, type: 'u16', scale: 0.01, unit: 'Hz' },
    { what: 'totalEnergy', at: 63, type: 'u32', scale: 0.1, unit: 'kWh' },
  ],
  sign: 'unsigned output to the grid: generation',
  pv: { minus: ['pvPower'] },
}

export const deye: readonly Entry[] = [
  {
    id: 'deye-3p',
    name: 'Deye, Sunsynk, Sol-Ark three-phase hybrid, low-voltage battery (SG04LP3)',
    kind: 'inverter',
    line: LINE,
    code: 3,
    order: 'lsw',
    registers: [
      ...GRID_3P,
      { what: 'batteryVoltage', at: 587, type: 'u16', scale: 0.01, unit: 'V' },
      { what: 'batteryPower', at: 590, also: [595], type: 's16', unit: 'W' },
      { what: 'batteryCurrent', at: 591, type: 's16', scale: 0.01, unit: 'A' },
      { what: 'pvPower', at: 672, also: [673, 674, 675], type: 'u16', unit: 'W' },
      { what: 'importEnergy', at: 522, type: 'u32', scale: 0.1, unit: 'kWh' },
      { what: 'exportEnergy', at: 524, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'grid raw + = import; battery raw + = discharging',
    ...FLOWS_3P,
    identification: [
      {
        code: 3,
        at: 0,
        length: 1,
        ranges: [
          [0x0005, 0x0005],
          [0x0500, 0x0500],
        ],
      },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/deye-hybrid-3p.yaml',
      'https://github.com/kellerza/sunsynk/blob/main/src/sunsynk/definitions/three_phase_lv.py',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/deye/deye',
      'https://github.com/githubDante/deye-controller/blob/master/deye_controller/modbus/protocol.py',
    ],
  },
  {
    id: 'deye-3p-hv',
    name: 'Deye, Sunsynk, Sol-Ark three-phase hybrid, high-voltage battery (SG01HP3)',
    kind: 'inverter',
    line: LINE,
    code: 3,
    order: 'lsw',
    // The energies changed their scale with firmware 1098, so they are left out.
    registers: [
      ...GRID_3P,
      { what: 'batteryVoltage', at: 587, type: 'u16', scale: 0.1, unit: 'V' },
      // Both inputs have to be added: https://github.com/evcc-io/evcc/issues/18697
      { what: 'batteryPower', at: 590, also: [595], type: 's16', scale: 10, unit: 'W' },
      { what: 'pvPower', at: 672, also: [673, 674, 675], type: 'u16', scale: 10, unit: 'W' },
    ],
    sign: 'grid raw + = import; battery raw + = discharging',
    ...FLOWS_3P,
    identification: [
      {
        code: 3,
        at: 0,
        length: 1,
        ranges: [
          [0x0006, 0x0008],
          [0x0600, 0x0601],
        ],
      },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/deye-hybrid-3p.yaml',
      'https://github.com/kellerza/sunsynk/blob/main/src/sunsynk/definitions/three_phase_hv.py',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/deye/deye',
      'https://github.com/davidrapan/ha-solarman/blob/main/custom_components/solarman/inverter_definitions/deye_p3.yaml',
    ],
  },
  {
    id: 'deye-1p',
    name: 'Deye / Sunsynk single-phase hybrid',
    kind: 'inverter',
    line: LINE,
    code: 3,
    order: 'lsw',
    // Import energy low word 78, high word 80 (not adjacent).
    // 12 to 16 kW models (SG01LP1) count the grid in 10 W: ctRatio 10 on the site.
    registers: [
      { what: 'power', at: 169, type: 's16', unit: 'W' },
      { what: 'externalPower', at: 172, type: 's16', unit: 'W' },
      { what: 'batteryVoltage', at: 183, type: 'u16', scale: 0.01, unit: 'V' },
      { what: 'stateOfCharge', at: 184, type: 'u16', unit: '%' },
      { what: 'batteryPower', at: 190, type: 's16', unit: 'W' },
      { what: 'batteryCurrent', at: 191, type: 's16', scale: 0.01, unit: 'A' },
      { what: 'pvPower', at: 186, also: [187, 188, 189], type: 'u16', unit: 'W' },
      { what: 'frequency', at: 79, type: 'u16', scale: 0.01, unit: 'Hz' },
      { what: 'exportEnergy', at: 81, type: 'u32', scale: 0.1, unit: 'kWh' },
    ],
    sign: 'grid raw + = import; battery raw + = discharging',
    power: { plus: ['power'] },
    battery: { minus: ['batteryPower'] },
    pv: { minus: ['pvPower'] },
    identification: [{ code: 3, at: 0, length: 1, ranges: [[0x0300, 0x0300]] }],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/deye-storage.yaml',
      'https://github.com/kellerza/sunsynk',
      'https://github.com/openWB/core/blob/master/packages/modules/devices/deye/deye',
    ],
  },
  {
    id: 'deye-string',
    name: 'Deye, Sunsynk string inverter (SUN-xK-G)',
    kind: 'inverter',
    line: LINE,
    code: 3,
    order: 'lsw',
    ...STRING,
    identification: [{ code: 3, at: 0, length: 1, ranges: [[0x0200, 0x0200]] }],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/deye-string.yaml',
      'https://github.com/davidrapan/ha-solarman/blob/main/custom_components/solarman/inverter_definitions/deye_string.yaml',
      'https://github.com/kbialek/deye-inverter-mqtt/blob/main/docs/metric_group_string.md',
    ],
  },
  {
    id: 'deye-micro',
    name: 'Deye, Bosswerk, Anker micro inverter',
    kind: 'inverter',
    line: LINE,
    code: 3,
    order: 'lsw',
    ...STRING,
    identification: [{ code: 3, at: 0, length: 1, ranges: [[0x0400, 0x0400]] }],
    confidence: 'high',
    sources: [
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/deye-mi.yaml',
      'https://github.com/davidrapan/ha-solarman/blob/main/custom_components/solarman/inverter_definitions/deye_micro.yaml',
      'https://github.com/kbialek/deye-inverter-mqtt',
    ],
  },
]
