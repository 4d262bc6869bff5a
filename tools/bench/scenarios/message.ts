/** The message of one sample: ours into a buffer that stays, beside JSON.stringify and the bytes of its text. */
import type { UnixMs } from '../../../firmware/core/time'
import { MAX_SAMPLE_BYTES, putSample } from '../../../firmware/telemetry/message'
import type { Scenario } from '../scenario'

export const TOPIC = 'resource/3f0e8a52-6c1d-4b8e-9a57-0d2f41c7b6e9/data'
export const SAMPLE = { value: -2500, soc: 8150, time: 1744858463 }

const buffer = new Uint8Array(MAX_SAMPLE_BYTES)
const POWER_W = -2500
const STATE_OF_CHARGE_WH = 8150
const time = 1744858463_000 as UnixMs
const put = () => putSample(buffer, 0, POWER_W, STATE_OF_CHARGE_WH, time)
export const payload = buffer.subarray(0, put())

const encoder = new TextEncoder()

export const scenarios: Scenario[] = [
  {
    name: 'message',
    prepare: () => () => {
      if (put() !== payload.length) throw new Error('another message')
    },
  },
  {
    name: 'JSON.stringify: message',
    prepare: () => () => {
      if (encoder.encode(JSON.stringify(SAMPLE)).length !== payload.length)
        throw new Error('another message')
    },
  },
]
