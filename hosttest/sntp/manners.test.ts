/** How the clock treats its servers: how often it asks, and what it does if they do not answer or refuse. */
import { describe, expect, test } from '@jest/globals'
import { UtcClock } from '../../firmware/sntp/clock'
import { random } from '../../tools/sim/random'
import { encodeReply } from '../../tools/sim/sntp/reply'
import {
  address,
  BEGIN,
  busiestHour,
  ClockWorld,
  counters,
  DAY,
  forged,
  HOUR,
  host,
  MINUTE,
  ms,
  type Peer,
  play,
  SECOND,
  state,
  utc,
} from '../../tools/sim/sntp/world'

describe('kisses of death', () => {
  test('RATE doubles the interval of that server each time, for good and without a burst', () => {
    let replies = 0
    const rate: Peer = {
      reply: () => (++replies <= 3 ? { stratum: 0, reference: 'RATE', leap: 3 } : {}),
    }
    const world = play([rate], HOUR)
    const gaps = world.asked[0].map((at, i) => at - (i ? world.asked[0][i - 1] : 0)).slice(1)
    expect(gaps[0]).toBeGreaterThanOrEqual(32 * SECOND)
    expect(gaps[1]).toBeGreaterThanOrEqual(64 * SECOND)
    for (const gap of gaps.slice(2)) expect(gap).toBeGreaterThanOrEqual(128 * SECOND)
    expect(gaps.length).toBeGreaterThan(3)
    expect(counters(world).rate).toBe(3)
  })

  test.each(['DENY', 'RSTR'])('%s ends the requests to that server, and to no other', (code) => {
    const deny: Peer = { reply: () => ({ stratum: 0, reference: code, leap: 3 }) }
    const world = play([deny, {}], HOUR)
    world.start().run(HOUR)
    expect(world.asked[0]).toHaveLength(1)
    expect(world.asked[1].length).toBeGreaterThan(10)
    expect(counters(world)).toMatchObject({ denied: 1, accepted: 0, stratum: 0 })
    expect(state(world).servers[0]).toMatchObject({
      abandoned: true,
      trouble: `${host(0)} denied service: ${code}`,
    })
    expect(state(world)).toMatchObject({ kind: 'synchronised', server: host(1) })
  })

  test('from all servers: the clock is in holdover and waits for nothing', () => {
    let replies = 0
    const deny: Peer = {
      reply: () => (++replies > 2 ? { stratum: 0, reference: 'DENY' } : {}),
    }
    const world = play([deny], HOUR)
    expect(world.asked[0]).toHaveLength(3)
    expect(state(world)).toMatchObject({
      kind: 'holdover',
      trouble: `${host(0)} denied service: DENY`,
    })
    expect(world.clock.poll(ms(world.now))).toEqual({ kind: 'wait', until: Infinity })
  })

  test('that answer no request are ignored', () => {
    const world = play([{}], SECOND)
    const kiss = encodeReply(new Uint8Array(48), { ...forged, stratum: 0, reference: 'DENY' })
    world.inject(0, kiss)
    world.run(16.5 * SECOND)
    world.inject(0, kiss)
    expect(state(world).servers[0].abandoned).toBe(false)
  })

  test.each(['DENY', 'RSTR', 'RATE'])(
    'that an impostor sends while the answer is awaited are none: %s',
    (reference) => {
      const peer: Peer = {
        bytes: (answer, request) => {
          const wrong = request.slice()
          wrong[40] ^= 0x80
          return [encodeReply(wrong, { ...forged, stratum: 0, reference, leap: 3 }), answer]
        },
      }
      const world = play([peer], HOUR)
      const { asked, accepted, origin, denied, rate } = counters(world)
      expect({ accepted, origin, denied, rate }).toEqual({
        accepted: asked,
        origin: asked,
        denied: 0,
        rate: 0,
      })
      expect(state(world).servers[0]).toMatchObject({ abandoned: false, trouble: '' })
    },
  )
})

describe('how often a server is asked', () => {
  test.each([
    ['answers', {}],
    ['is silent', { delayMs: () => undefined }],
    ['talks nonsense', { bytes: () => [new Uint8Array(3)] }],
    ['jitters', { delayMs: (dice: { next(): number }) => dice.next() * 400 }],
  ] as [string, Peer][])(
    'at most 240 times in any hour, even if the network flaps: it %s',
    (_, peer) => {
      const world = new ClockWorld({ peers: [peer], random: random(3) })
      for (let i = 0; i < 3 * 3600; i++) {
        world.start().run(SECOND)
        if (i % 3 === 0) world.stop()
      }
      world.start().run(3 * HOUR)
      expect(busiestHour(world.asked[0])).toBeLessThanOrEqual(240)
      expect(busiestHour(world.asked[0])).toBeGreaterThan(200)
    },
  )

  test.each([
    ['answers', {}],
    ['is silent', { delayMs: () => undefined }],
  ] as [string, Peer][])(
    'at most 240 times in any hour by a device that starts anew every two minutes: it %s',
    (_, peer) => {
      // Shorter lives are held back by the supervisor (dongle/restarts.ts).
      for (let seed = 1; seed <= 5; seed++) {
        const asked: number[] = []
        const dice = random(seed)
        for (let bootAt = 0; bootAt < 6 * HOUR; bootAt += 2 * MINUTE) {
          const world = new ClockWorld({ peers: [peer], random: dice }).start().run(2 * MINUTE)
          asked.push(...world.asked[0].map((at) => bootAt + at))
        }
        expect([seed, busiestHour(asked) <= 240]).toEqual([seed, true])
      }
    },
  )

  test('from every 16 s to every 1024 s, at irregular intervals', () => {
    const world = play([{}], DAY)
    const gaps = world.asked[0].map((at, i) => at - (i ? world.asked[0][i - 1] : 0)).slice(1)
    expect(gaps[0]).toBeLessThan(18.1 * SECOND)
    const last = gaps.slice(-8)
    for (const gap of last) expect(gap).toBeGreaterThan(1024 * SECOND)
    for (const gap of last) expect(gap).toBeLessThan(1024 * 1.125 * SECOND + 5)
    expect(new Set(last).size).toBe(8)
  })

  test('more often again once it says what was not to be expected', () => {
    let offsetMs = 0
    const world = play([{ offsetMs: () => offsetMs }], DAY)
    offsetMs = 20
    world.run(HOUR)
    const [before, after] = world.asked[0].filter((at) => at > DAY)
    expect(after - before).toBeLessThan(600 * SECOND)
    expect(after - before).toBeGreaterThan(500 * SECOND)
  })
})

describe('names', () => {
  test('that do not resolve are named and tried again less and less often, and the next server serves', () => {
    const world = play([{ address: undefined }, {}, {}], HOUR)
    const resolves = world.log.filter(([, what, name]) => what === 'resolve' && name === host(0))
    expect(state(world).servers[0].trouble).toBe(`${host(0)} does not resolve: no such name`)
    expect(state(world).kind).toBe('synchronised')
    expect(resolves.length).toBeGreaterThan(2)
    expect(resolves.length).toBeLessThan(40)
    expect(counters(world)).toMatchObject({ unresolved: resolves.length, asked: 0 })
  })

  test('of one server count as one server, and are asked as often as one', () => {
    const falseticker: Peer = { offsetMs: () => HOUR, address: address(0) }
    const world = play([falseticker, falseticker, {}, {}], HOUR)
    expect(state(world).servers[1].trouble).toBe(
      `${host(1)} does not resolve: ${address(0)} is ${host(0)} already`,
    )
    expect(world.asked[1]).toHaveLength(0)
    expect(world.errorMs()).toBeCloseTo(0, 0)
  })

  test('whose resolver never answers do not stop the clock', () => {
    const clock = new UtcClock({
      servers: [{ host: 'a', port: 123 }],
      entropy: random(1),
      floor: utc(BEGIN),
    })
    clock.start(ms(0))
    expect(clock.poll(ms(0))).toEqual({ kind: 'resolve', host: 'a' })
    expect(clock.poll(ms(0))).toEqual({ kind: 'wait', until: 5000 })
    const next = clock.poll(ms(5000))
    expect(next.kind).toBe('wait')
    expect(clock.state(ms(5000)).trouble).toBe('a does not resolve: no answer')
    expect(clock.poll((next as { until: number }).until as never).kind).toBe('resolve')
  })

  test('are resolved anew once their server has been silent three times', () => {
    let up = true
    const world = play([{ delayMs: () => (up ? 2 : undefined) }], MINUTE)
    up = false
    const before = world.log.length
    world.run(5 * MINUTE)
    const told = world.log.slice(before).filter(([, what]) => what !== 'close socket')
    expect(told.slice(0, 5).map(([, what]) => what)).toEqual([
      'ask',
      'ask',
      'ask',
      'resolve',
      'ask',
    ])
  })
})
