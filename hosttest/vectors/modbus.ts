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
]
