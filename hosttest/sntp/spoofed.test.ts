/** An impostor who knows the server's address and our port, and has to guess the rest. */
import { describe, expect, test } from '@jest/globals'
import { random } from '../../tools/sim/random'
import { encodeReply } from '../../tools/sim/sntp/reply'
import { ClockWorld, forged, MINUTE, ms, SECOND } from '../../tools/sim/sntp/world'

const SEED = 20260101
const dice = random(SEED)

describe(`spoofed answers (seed ${SEED})`, () => {
  test('a thousand a second, from the right address and port, are never taken', () => {
    const world = new ClockWorld({ peers: [{ delayMs: () => 400 }], random: dice })
    const bytes = encodeReply(new Uint8Array(48), forged)
    world.everyMs = 1
    world.probe = () => {
      dice.fill(bytes.subarray(24, 32))
      world.inject(0, bytes)
    }
    world.start().run(MINUTE)
    const { origin, unasked, accepted, asked } = world.clock.state(ms(world.now)).servers[0]
      .counters
    expect(origin + unasked).toBe(MINUTE)
    expect(origin).toBeGreaterThan(2 * SECOND)
    expect(accepted).toBe(asked)
    expect(Math.abs(world.errorMs()!)).toBeLessThan(1)
  })
})
