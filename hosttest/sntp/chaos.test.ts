/** Every call in any order with any bytes: the clock never throws, stalls or goes backwards. */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { UtcClock } from '../../firmware/sntp/clock'
import type { ClockOutput } from '../../firmware/sntp/state'
import { type Random, random } from '../../tools/sim/random'
import { encodeReply } from '../../tools/sim/sntp/reply'
import { BEGIN, busiestHour, HOUR, MINUTE, ms, utc } from '../../tools/sim/sntp/world'

/** At one instant: after a start each of four servers may close a socket, resolve and ask. */
const MAX_OUTPUTS = 20

/** Mostly true, at times an hour off or a kiss of death, at times with flipped bits or cut short. */
function answer(dice: Random, request: Uint8Array, now: number): Uint8Array {
  const at = utc(BEGIN + 1000 + now + (dice.chance(0.1) ? HOUR : 0))
  const bytes = encodeReply(request, {
    leap: 0,
    stratum: dice.chance(0.05) ? 0 : 2,
    rootDelayMs: 1,
    rootDispersionMs: 1,
    reference: 'RATE',
    receivedAt: at,
    transmittedAt: at,
  })
  if (dice.chance(0.2)) bytes[dice.below(48)] ^= 1 << dice.below(8)
  return dice.chance(0.1) ? bytes.subarray(dice.below(48)) : bytes
}

function step(clock: UtcClock, dice: Random, requests: Uint8Array[], now: MonotonicMs): void {
  const slot = dice.below(5)
  if (dice.chance(0.02)) clock.start(now)
  if (dice.chance(0.01)) clock.stop(now)
  if (dice.chance(0.5))
    clock.resolved(`h${slot}`, dice.chance(0.7) ? `a${slot}` : undefined, '?', now)
  if (requests[slot] && dice.chance(0.7))
    clock.receive(slot, answer(dice, requests[slot], now), `a${slot}`, 123, now)
}

function drain(clock: UtcClock, now: MonotonicMs): ClockOutput[] {
  const outputs: ClockOutput[] = []
  while (outputs.length <= MAX_OUTPUTS) {
    const output = clock.poll(now)
    if (output.kind === 'ask') outputs.push({ ...output, bytes: output.bytes.slice() })
    else outputs.push(output)
    if (output.kind === 'wait') break
  }
  return outputs
}

describe('whatever happens', () => {
  test.each([1, 2, 3])(
    'polls end, time never goes back, nobody is asked too often: seed %i',
    (seed) => {
      const dice = random(seed)
      const servers = [0, 1, 2, 3].map((slot) => ({ host: `h${slot}`, port: 123 }))
      const clock = new UtcClock({ servers, entropy: dice, floor: utc(BEGIN) })
      const asked: number[][] = [[], [], [], []]
      const requests: Uint8Array[] = []
      const seen = { told: 0, backwards: 0, endless: 0, idle: 0, lowPorts: 0 }
      let now = 0
      let last = Number.NEGATIVE_INFINITY
      for (let i = 0; i < 4000; i++) {
        now += dice.chance(0.9) ? dice.next() * 2000 : dice.next() * 20 * MINUTE
        step(clock, dice, requests, ms(now))
        const outputs = drain(clock, ms(now))
        const end = outputs[outputs.length - 1]
        if (end.kind !== 'wait') seen.endless++
        else if (!(end.until > now)) seen.idle++
        for (const output of outputs) {
          if (output.kind !== 'ask') continue
          asked[output.slot].push(now)
          requests[output.slot] = output.bytes
          if (output.localPort < 49_152 || output.localPort > 65_535) seen.lowPorts++
        }
        const time = clock.utc(ms(now))
        if (time === undefined) continue
        seen.told++
        if (time < last) seen.backwards++
        last = time
      }
      expect(seen).toMatchObject({ backwards: 0, endless: 0, idle: 0, lowPorts: 0 })
      expect(seen.told).toBeGreaterThan(100)
      for (const instants of asked) expect(busiestHour(instants)).toBeLessThanOrEqual(240)
    },
  )
})
