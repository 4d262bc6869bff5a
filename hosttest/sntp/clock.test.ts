/** What the clock does and says, step by step. */
import { describe, expect, test } from '@jest/globals'
import { type Counters, UtcClock } from '../../firmware/sntp/clock'
import { encodeReply, type Reply } from '../../firmware/sntp/packet'
import { random } from '../support/seed'
import {
  BEGIN,
  busiestHour,
  DAY,
  HOUR,
  host,
  MINUTE,
  ms,
  type Peer,
  SECOND,
  utc,
  World,
} from './world'

const play = (peers: Peer[], durationMs: number, options: { floor?: number } = {}) =>
  new World({ peers, random: random(1), ...options, floor: utc(options.floor ?? BEGIN - DAY) })
    .start()
    .run(durationMs)

const synchronised = (world: World) => world.log.filter(([, what]) => what === 'synchronised')
const counters = (world: World, slot = 0): Counters => state(world).servers[slot].counters
const state = (world: World) => world.clock.state(ms(world.now))

describe('the first synchronisation', () => {
  test('takes one exchange with one server', () => {
    const world = play([{}], SECOND)
    expect(world.log).toEqual([
      [0, 'resolve', host(0)],
      [0, 'ask', 0],
      [4, 'hush', 0],
      [4, 'synchronised', true],
    ])
    expect(world.errorMs()).toBeCloseTo(0, 2)
    expect(state(world)).toMatchObject({ kind: 'synchronised', server: host(0), trouble: '' })
  })

  test('comes seconds after a lost packet', () => {
    let packets = 0
    const world = play([{ delayMs: () => (packets++ === 0 ? undefined : 2) }], 10 * SECOND)
    expect(synchronised(world)).toHaveLength(1)
    expect(world.asked[0]).toHaveLength(2)
    expect(world.asked[0][1]).toBeLessThan(6 * SECOND)
  })

  test('waits for a majority of four: a liar among them who answers first is outvoted', () => {
    const liar = { offsetMs: () => HOUR, delayMs: () => 1 }
    const world = play(
      [liar, { delayMs: () => 3 }, { delayMs: () => 5 }, { delayMs: () => 7 }],
      SECOND,
    )
    expect(synchronised(world)).toEqual([[14, 'synchronised', true]])
    expect(world.errorMs()).toBeCloseTo(0, 2)
  })

  test('does with a minority once patience has ended', () => {
    const silent = { delayMs: () => undefined }
    const world = play([silent, {}, silent, { address: undefined }], 20 * SECOND)
    expect(synchronised(world)).toHaveLength(1)
    expect(synchronised(world)[0][0]).toBeGreaterThanOrEqual(8 * SECOND)
    expect(state(world)).toMatchObject({ kind: 'synchronised', server: host(1) })
  })

  test('never comes from two servers that disagree, and the state says so', () => {
    const world = play([{}, { offsetMs: () => HOUR }], HOUR)
    expect(state(world)).toMatchObject({
      kind: 'never',
      trouble: 'no majority of the time servers agrees',
    })
    expect(world.clock.utc(ms(world.now))).toBeUndefined()
    expect(world.clock.monotonic(utc(BEGIN))).toBeUndefined()
  })
})

describe('what a server says is refused, counted and named:', () => {
  const cases: [keyof Counters, Partial<Reply>, string][] = [
    ['unsynchronised', { leap: 3 }, 'does not know the time itself'],
    ['stratum', { stratum: 0, reference: 'INIT' }, 'has no reference clock'],
    ['stratum', { stratum: 16 }, 'has no reference clock'],
    ['transmit', { transmittedAt: undefined }, 'sent no time'],
    ['root', { rootDelayMs: 1000 }, 'is too far from its reference clock'],
    ['root', { rootDispersionMs: 1000 }, 'is too far from its reference clock'],
    ['delay', { receivedAt: utc(BEGIN + 9000) }, 'answered with a delay that cannot be used'],
    ['delay', { receivedAt: utc(BEGIN - 9000) }, 'answered with a delay that cannot be used'],
  ]
  test.each(cases)('%s %j', (counter, said, words) => {
    const world = play([{ reply: () => said }], SECOND)
    expect(counters(world)).toMatchObject({ asked: 1, accepted: 0, [counter]: 1 })
    expect(state(world)).toMatchObject({ kind: 'never', trouble: `${host(0)} ${words}` })
  })

  test.each([
    ['before the floor', BEGIN + HOUR, 0],
    ['20 years after it', BEGIN, 20.1 * 365.25 * DAY],
  ])('time: %s', (_, floor, offsetMs) => {
    const world = play([{ offsetMs: () => offsetMs }], SECOND, { floor })
    expect(counters(world)).toMatchObject({ asked: 1, accepted: 0, time: 1 })
  })

  test('19 years after the floor, in the next era, is fine', () => {
    const world = play([{ offsetMs: () => 19 * 365.25 * DAY }], SECOND)
    expect(synchronised(world)).toHaveLength(1)
    expect(world.errorMs()).toBeCloseTo(19 * 365.25 * DAY, 2)
  })

  test('a delay of a second is an answer too late', () => {
    const world = play([{ delayMs: () => 501 }], 1500)
    expect(counters(world)).toMatchObject({ asked: 1, accepted: 0, unanswered: 1, unasked: 1 })
    expect(state(world).trouble).toBe(`${host(0)} did not answer`)
  })

  test('garbage, a foreign origin and strangers do not end the wait for the answer', () => {
    const peer: Peer = {
      bytes: (honest, request) => {
        const wrong = request.slice()
        wrong[47] ^= 1
        return [honest.subarray(0, 47), request, encodeReply(wrong, forged), honest, honest]
      },
    }
    const world = new World({ peers: [peer], random: random(1) }).start().run(3)
    world.inject(0, new Uint8Array(48), '203.0.113.9')
    world.inject(0, new Uint8Array(48), undefined, 124)
    world.inject(3, new Uint8Array(48))
    world.run(SECOND)
    expect(counters(world)).toMatchObject({
      accepted: 1,
      malformed: 1,
      origin: 2,
      stranger: 2,
      unasked: 1,
    })
    expect(world.errorMs()).toBeCloseTo(0, 2)
  })
})

describe('kisses of death', () => {
  test('RATE doubles the interval of that server each time, without a burst and for good', () => {
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

  test.each(['DENY', 'RSTR'])('%s ends it with that server, and with no other', (code) => {
    const deny: Peer = { reply: () => ({ stratum: 0, reference: code, leap: 3 }) }
    const world = play([deny, {}], HOUR)
    world.start().run(HOUR)
    expect(world.asked[0]).toHaveLength(1)
    expect(world.asked[1].length).toBeGreaterThan(10)
    expect(state(world).servers[0]).toMatchObject({
      abandoned: true,
      trouble: `${host(0)} denied service: ${code}`,
    })
    expect(state(world)).toMatchObject({ kind: 'synchronised', server: host(1) })
  })

  test('from all servers leaves the clock on its own, waiting for nothing', () => {
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

  test('that answer no question are none', () => {
    const world = play([{}], SECOND)
    const kiss = encodeReply(new Uint8Array(48), { ...forged, stratum: 0, reference: 'DENY' })
    world.inject(0, kiss)
    world.run(16.5 * SECOND)
    world.inject(0, kiss)
    expect(state(world).servers[0].abandoned).toBe(false)
  })
})

describe('how often a server is asked', () => {
  test.each([
    ['answers', {}],
    ['is silent', { delayMs: () => undefined }],
    ['talks nonsense', { bytes: () => [new Uint8Array(3)] }],
    ['jitters', { delayMs: (dice: { next(): number }) => dice.next() * 400 }],
  ] as [string, Peer][])(
    'at most 240 times in any hour, even where the network flaps: it %s',
    (_, peer) => {
      const world = new World({ peers: [peer], random: random(3) })
      for (let i = 0; i < 3 * 3600; i++) {
        world.start().run(SECOND)
        if (i % 3 === 0) world.stop()
      }
      world.start().run(3 * HOUR)
      expect(busiestHour(world.asked[0])).toBeLessThanOrEqual(240)
      expect(busiestHour(world.asked[0])).toBeGreaterThan(200)
    },
  )

  test('from every 16 s to every 1024 s, at no regular beat', () => {
    const world = play([{}], DAY)
    const gaps = world.asked[0].map((at, i) => at - (i ? world.asked[0][i - 1] : 0)).slice(1)
    expect(gaps[0]).toBeLessThan(18.1 * SECOND)
    const last = gaps.slice(-8)
    for (const gap of last) expect(gap).toBeGreaterThan(1024 * SECOND)
    for (const gap of last) expect(gap).toBeLessThan(1024 * 1.125 * SECOND + 5)
    expect(new Set(last).size).toBe(8)
  })
})

describe('names', () => {
  test('that do not resolve are named, tried again with patience, and the next server serves', () => {
    const world = play([{ address: undefined }, {}, {}], HOUR)
    const resolves = world.log.filter(([, what, name]) => what === 'resolve' && name === host(0))
    expect(state(world).servers[0].trouble).toBe(`${host(0)} does not resolve: no such name`)
    expect(state(world).kind).toBe('synchronised')
    expect(resolves.length).toBeGreaterThan(2)
    expect(resolves.length).toBeLessThan(40)
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

  test('are resolved anew once their server is silent three times', () => {
    let up = true
    const world = play([{ delayMs: () => (up ? 2 : undefined) }], MINUTE)
    up = false
    const before = world.log.length
    world.run(5 * MINUTE)
    const told = world.log.slice(before).filter(([, what]) => what !== 'hush')
    expect(told.slice(0, 5).map(([, what]) => what)).toEqual([
      'ask',
      'ask',
      'ask',
      'resolve',
      'ask',
    ])
  })
})

describe('without a network', () => {
  test('the clock holds over: nothing is asked, sockets are closed, the bound grows', () => {
    const world = play([{ delayMs: () => 100 }], HOUR)
    world.stop().run(DAY)
    const asked = world.asked[0].length
    const early = state(world)
    world.run(DAY)
    const late = state(world)
    expect(world.asked[0]).toHaveLength(asked)
    expect(early.kind).toBe('holdover')
    if (early.kind !== 'holdover' || late.kind !== 'holdover') throw new Error('no holdover')
    expect(late.since).toBe(early.since)
    expect(late.since).toBeLessThanOrEqual(HOUR)
    expect(late.errorMs).toBeGreaterThan(early.errorMs)
  })

  test('a stop in the middle of an exchange closes its socket', () => {
    const world = play([{ delayMs: () => 100 }], 50)
    world.stop().run(SECOND)
    expect(world.log).toEqual([
      [0, 'resolve', host(0)],
      [0, 'ask', 0],
      [50, 'hush', 0],
    ])
    expect(counters(world).unasked).toBe(1)
  })

  test('the time is told no more once it may be 10 s off, and again after the next answer', () => {
    const world = play([{}], MINUTE)
    world.stop()
    while (world.clock.utc(ms(world.now)) !== undefined) world.run(HOUR)
    expect(world.now).toBeGreaterThan(6 * HOUR)
    const bound = state(world)
    expect(bound.kind === 'holdover' && bound.errorMs > 10_000).toBe(true)
    world.start().run(SECOND)
    expect(Math.abs(world.errorMs()!)).toBeLessThan(1)
    expect(state(world).kind).toBe('synchronised')
  })
})

describe('settings', () => {
  test('without a server are refused', () => {
    expect(() => new UtcClock({ servers: [], entropy: random(1), floor: utc(BEGIN) })).toThrow(
      'no time server',
    )
  })

  test('with more than four servers use four', () => {
    expect(state(play([{}, {}, {}, {}, {}], SECOND)).servers).toHaveLength(4)
  })
})

const forged: Reply = {
  leap: 0,
  stratum: 1,
  rootDelayMs: 0,
  rootDispersionMs: 0,
  reference: 'GPS\0',
  receivedAt: utc(BEGIN + DAY),
  transmittedAt: utc(BEGIN + DAY),
}
