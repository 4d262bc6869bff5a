/** One question to a time server, its answer, and what the clock makes of it. */
import { putU32 } from '../../../firmware/core/bytes'
import { FOREVER, later, type MonotonicMs, type UnixMs } from '../../../firmware/core/time'
import { UtcClock } from '../../../firmware/sntp/clock'
import { random } from '../../sim/random'
import { encodeReply } from '../../sim/sntp/reply'
import type { Scenario } from '../scenario'

const STARTS_AT = Date.UTC(2026, 5, 1, 10) as UnixMs
const NTP_EPOCH_S = 2_208_988_800
const PATH_MS = 10

export const scenarios: Scenario[] = [
  {
    name: 'SNTP exchange',
    prepare: () => {
      const servers = [{ host: '192.0.2.1', port: 123 }]
      const clock = new UtcClock({ servers, entropy: random(1), floor: STARTS_AT })
      let now = 1000 as MonotonicMs
      const stamps = { receivedAt: STARTS_AT, transmittedAt: STARTS_AT }
      const root = { rootDelayMs: 1, rootDispersionMs: 1, reference: 'GPS ' }
      const reply = encodeReply(new Uint8Array(48).fill(0x23), {
        leap: 0,
        stratum: 1,
        ...root,
        ...stamps,
      })
      /** The reply that stays, with the origin of this question and the time of day. */
      const answer = (question: Uint8Array) => {
        for (let i = 0; i < 8; i++) reply[24 + i] = question[40 + i]
        const utcMs = STARTS_AT + now + PATH_MS
        const seconds = Math.floor(utcMs / 1000)
        const fraction = ((utcMs - seconds * 1000) / 1000) * 2 ** 32
        for (const at of [32, 40]) {
          putU32(reply, at, seconds + NTP_EPOCH_S)
          putU32(reply, at + 4, fraction)
        }
      }
      clock.start(now)
      return () => {
        for (let answered = false; ; ) {
          const output = clock.poll(now)
          if (output.kind === 'wait') {
            if (answered) return
            if (output.until === FOREVER) throw new Error('the clock waits for nothing')
            now = output.until
          } else if (output.kind === 'resolve') {
            clock.resolved(output.host, output.host, '', now)
          } else if (output.kind === 'ask') {
            answer(output.bytes)
            now = later(now, 2 * PATH_MS)
            clock.receive(output.slot, reply, output.address, output.port, now)
            answered = true
          }
        }
      }
    },
  },
]
