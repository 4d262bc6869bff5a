/** Frames that real devices have put on a line, with where they were published and what they were said to mean. */
import type { Quantity } from '../../firmware/devices/model'

export interface Vector {
  source: string
  model: string
  request: { unit: number; code: 3 | 4; address: number; count: number }
  /** As it went over the line; undefined if only the reply was published. */
  sent: string | undefined
  reply: string
  /** In the units of the quantities; the first phase if there are three. */
  values: { [what in Quantity]?: number }
}

const FRONIUS =
  'https://github.com/otti/FroniusModbusRtu TS65A3/20230228_record.txt (the words; the CRC is computed)'
const MBMD = 'https://github.com/volkszaehler/mbmd/issues/63 (a bus scan, raw)'

export const VECTORS: readonly Vector[] = [
  {
    source:
      'Tasmota xnrg_08_sdm120.ino, xnrg_10_sdm630.ino: "= 230.2 Volt", from Eastron\'s manual',
    model: 'eastron-sdm630',
    request: { unit: 1, code: 4, address: 0, count: 2 },
    sent: '01 04 00 00 00 02 71 cb',
    reply: '01 04 04 43 66 33 34 1b 38',
    values: { voltage: 230.2 },
  },
  {
    source: `${MBMD}: "VoltageL1: 231.68"`,
    model: 'eastron-sdm630',
    request: { unit: 1, code: 4, address: 0, count: 2 },
    sent: '01 04 00 00 00 02 71 cb',
    reply: '01 04 04 43 67 af 55 e2 10',
    values: { voltage: 231.68 },
  },
  {
    source: `${MBMD}: what an SDM630 answers for holding registers that it does not have`,
    model: 'janitza-umg',
    request: { unit: 1, code: 3, address: 0x4a38, count: 2 },
    sent: '01 03 4a 38 00 02 53 de',
    reply: '01 03 04 00 00 00 00 fa 33',
    values: { voltage: 0 },
  },
  {
    source: "Eltako's Modbus specification V3.7.4, 2.2: 4.61 kWh imported, 3.68 kWh exported",
    model: 'eltako-dsz15',
    request: { unit: 0xcc, code: 4, address: 72, count: 4 },
    sent: 'cc 04 00 48 00 04 61 c2',
    reply: 'cc 04 08 00 00 01 cd 00 00 01 70 cf d7',
    values: { importEnergy: 4610, exportEnergy: 3680 },
  },
  {
    source: `${FRONIUS}: the inverter's PowerReal_P_Sum 0.7 W, Frequency_Phase_Average 49.9 Hz`,
    model: 'fronius-ts65a',
    request: { unit: 1, code: 3, address: 258, count: 16 },
    sent: '01 03 01 02 00 10 e4 3a',
    reply:
      '01 03 20 09 48 00 00 10 13 00 00 00 1c 00 00 12 05 00 00 fa 32 ff ff 00 13 00 00 00 00 00 00 01 f3 00 00 58 26',
    values: { power: 2.8, frequency: 49.9 },
  },
  {
    source: `${FRONIUS}: the inverter's 236.8 V, 1.158 A, PowerReal_P_Phase_1 206.7 W`,
    model: 'fronius-ts65a',
    request: { unit: 1, code: 3, address: 286, count: 42 },
    sent: '01 03 01 1e 00 2a a5 ef',
    reply:
      '01 03 54 0f fb 00 00 09 42 00 00 04 85 00 00 08 18 00 00 08 24 00 00 ff 25 ff ff 03 e2 00 00 10 2e 00 00 09 4a 00 00 fe 5f ff ff fc e6 ff ff 03 1d 00 00 ff bd ff ff fc 1c ff ff 10 12 00 00 09 4d 00 00 fd 1d ff ff fb 20 ff ff 06 c3 00 00 fb 51 ff ff fd 2f ff ff bb 31',
    values: { voltage: 237, current: 1.157, phasePower: 207.2 },
  },
  {
    source: 'https://github.com/esphome/feature-requests/issues/49#issuecomment-538636809',
    model: 'peacefair-pzem016',
    request: { unit: 1, code: 4, address: 0, count: 10 },
    sent: '01 04 00 00 00 0a 70 0d',
    reply: '01 04 14 08 d1 00 6c 00 00 00 f4 00 00 00 26 00 00 01 f4 00 64 00 00 51 34',
    values: { voltage: 225.7, current: 0.108, power: 24.4, importEnergy: 38, frequency: 50 },
  },
  {
    source:
      'three PZEM-004T on one line at 60 Hz, in the tests of a LoRaWAN payload decoder on GitHub',
    model: 'peacefair-pzem016',
    request: { unit: 2, code: 4, address: 0, count: 10 },
    sent: undefined,
    reply: '02 04 14 08 9a 00 27 00 00 00 06 00 00 00 01 00 00 02 57 00 07 00 00 3c ab',
    values: { voltage: 220.2, current: 0.039, power: 0.6, importEnergy: 1, frequency: 59.9 },
  },
  {
    source:
      'patman15/aiobmsble tests/bms/test_daly_bms.py: 14.0 V, 3.0 A, 90 %, 345.6 Ah, 57 cycles',
    model: 'daly-d2',
    request: { unit: 210, code: 3, address: 0, count: 62 },
    sent: 'd2 03 00 00 00 3e d7 b9',
    reply:
      'd2 03 7c 10 1f 10 29 10 33 10 3d 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 3c 00 3d 00 3e 00 3f 00 00 00 00 00 00 00 00 00 8c 75 4e 03 84 10 3d 10 1f 00 00 00 00 00 00 0d 80 00 04 00 04 00 39 00 01 00 00 00 01 10 2e 01 41 00 2a 00 00 00 00 00 00 00 00 a0 df',
    values: {
      batteryVoltage: 14,
      batteryCurrent: 3,
      stateOfCharge: 90,
      remainingCapacity: 345.6,
      cells: 4,
      cycles: 57,
    },
  },
  {
    source: 'a Daly DL-1771060408B5 (4S LiFePO4), published as daly.test.mjs on GitHub: idle',
    model: 'daly-d2',
    request: { unit: 210, code: 3, address: 0, count: 62 },
    sent: 'd2 03 00 00 00 3e d7 b9',
    reply:
      'd2 03 7c 0c e3 0c e5 0c e4 0c e8 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 3b 00 00 00 00 00 00 00 00 00 00 00 84 00 03 00 84 75 30 03 5d 0c e8 0c e3 00 3b 00 3b 00 00 0a 17 00 04 00 01 00 3f 00 00 00 01 00 01 0c e4 00 05 00 00 00 00 00 00 00 00 00 00 3d 8d',
    values: {
      batteryVoltage: 13.2,
      batteryCurrent: 0,
      stateOfCharge: 86.1,
      remainingCapacity: 258.3,
    },
  },
  {
    source: 'https://github.com/MiG-41/Modbus-GoodWe-DT: "3561W", "27,8kWh", a GW25K-DT',
    model: 'goodwe-dt',
    request: { unit: 247, code: 3, address: 768, count: 124 },
    sent: 'f7 03 03 00 00 7c 50 f9',
    reply:
      'f7 03 f8 18 38 18 5b 00 1b 00 1c 09 0e 09 63 09 57 00 33 00 32 00 31 13 86 13 86 13 87 0d e9 00' +
      ' 01 01 ad 00 00 00 00 00 00 01 16 00 00 00 17 07 7f 00 00 00 6b 00 00 01 a6 02 98 19 1b 0c 74 00' +
      ' 00 00 06 00 2a 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00' +
      ' 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 14 07 12 09 0f 28 00' +
      ' 00 00 3b 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00' +
      ' 00 00 00 00 00 00 00 00 00 00 00 00 0c 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00' +
      ' 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00' +
      ' 00 00 00 00 00 00 00 00 00 00 00 00 00 27 10 00 00 47 57 32 35 4b 2d 44 54 20 20 40 30',
    values: { voltage: 231.8, current: 5.1, frequency: 49.98, pvPower: 3561, totalEnergy: 27_800 },
  },
]
