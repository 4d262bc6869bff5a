/** What the clock does and says, step by step. */
import { describe, expect, test } from '@jest/globals'
import { type Counters, UtcClock } from '../../firmware/sntp/clock'
import type { Reply } from '../../firmware/sntp/packet'
import { random } from '../../tools/sim/random'
import { encodeReply } from '../../tools/sim/sntp/reply'
import {
  BEGIN,
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

const synchronised = (world: ClockWorld) => world.log.filter(([, what]) => what === 'synchronised')

describe('the first synchronisation', () => {
  test('takes one exchange with one server', () => {
    const world = play([{}], SECOND)
    expect(world.log).toEqual([
      [0, 'resolve', host(0)],
      [0, 'ask', 0],
      [4, 'close socket', 0],
      [4, 'synchronised', true],
    ])
    expect(world.errorMs()).toBeCloseTo(0, 2)
    expect(state(world)).toMatchObject({ kind: 'synchronised', server: host(0), trouble: '' })
  })

  test('is not ahead of a time that was never told', () => {
    const servers = [{ host: host(0), port: 123 }]
    const clock = new UtcClock({ servers, entropy: random(1), floor: utc(BEGIN) })
    clock.start(ms(0))
    clock.poll(ms(0))
    clock.resolved(host(0), 'a', '', ms(0))
    const ask = clock.poll(ms(0)) as { bytes: Uint8Array }
    clock.receive(0, encodeReply(ask.bytes, forged), 'a', 123, ms(5))
    expect(clock.poll(ms(5))).toEqual({ kind: 'close socket', slot: 0 })
    expect(clock.poll(ms(5))).toMatchObject({ kind: 'synchronised', firstTime: true, aheadMs: 0 })
  })

  test('is not misled by a server that takes its time to answer', () => {
    const world = play([{ holdMs: 500 }], SECOND)
    expect(synchronised(world)).toEqual([[504, 'synchronised', true]])
    expect(world.errorMs()).toBeCloseTo(0, 2)
  })

  test('comes seconds later if a packet is lost', () => {
    let packets = 0
    const world = play([{ delayMs: () => (packets++ === 0 ? undefined : 2) }], 10 * SECOND)
    expect(synchronised(world)).toHaveLength(1)
    expect(world.asked[0]).toHaveLength(2)
    expect(world.asked[0][1]).toBeLessThan(6 * SECOND)
  })

  test('waits for a majority of four: a falseticker that answers first is not believed', () => {
    const falseticker = { offsetMs: () => HOUR, delayMs: () => 1 }
    const world = play(
      [falseticker, { delayMs: () => 3 }, { delayMs: () => 5 }, { delayMs: () => 7 }],
      SECOND,
    )
    expect(synchronised(world)).toEqual([[14, 'synchronised', true]])
    expect(world.errorMs()).toBeCloseTo(0, 2)
  })

  const silent = { delayMs: () => undefined }

  test('needs a majority of those that answer, 8 s after the start', () => {
    const world = play([silent, {}, {}, { address: undefined }], 20 * SECOND)
    expect(synchronised(world)).toHaveLength(1)
    expect(synchronised(world)[0][0]).toBeGreaterThanOrEqual(8 * SECOND)
  })

  test('needs two of several servers; one that is alone is believed after ten minutes', () => {
    const world = play([silent, {}, silent, { address: undefined }], 15 * MINUTE)
    expect(synchronised(world)).toHaveLength(1)
    expect(synchronised(world)[0][0]).toBeGreaterThanOrEqual(10 * MINUTE)
    expect(state(world)).toMatchObject({ kind: 'synchronised', server: host(1) })
  })

  test('does not come from two servers that disagree, and the state says so', () => {
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
    const world = play([{ offsetMs: () => offsetMs }], SECOND, floor)
    expect(counters(world)).toMatchObject({ asked: 1, accepted: 0, time: 1 })
  })

  test('19 years after the floor, in the next era, is accepted', () => {
    const world = play([{ offsetMs: () => 19 * 365.25 * DAY }], SECOND)
    expect(synchronised(world)).toHaveLength(1)
    expect(world.errorMs()).toBeCloseTo(19 * 365.25 * DAY, 2)
  })

  test('runs from one era into the next without a step', () => {
    const shiftMs = 2_085_978_496_000 - HOUR - BEGIN
    const peers: Peer[] = [{}, {}, {}]
    const world = new ClockWorld({ peers, random: random(1), driftMs: () => shiftMs })
    let mostMs = 0
    world.everyMs = SECOND
    world.probe = () => {
      mostMs = Math.max(mostMs, Math.abs(world.errorMs()!))
    }
    world
      .start()
      .run(SECOND)
      .run(2 * HOUR)
    expect(mostMs).toBeLessThan(0.1)
    expect(synchronised(world)).toHaveLength(1)
    expect(counters(world).accepted).toBe(world.asked[0].length)
  })

  test('an answer after a second is too late', () => {
    const world = play([{ delayMs: () => 501 }], 1500)
    expect(counters(world)).toMatchObject({ asked: 1, accepted: 0, unanswered: 1, unasked: 1 })
    expect(state(world).trouble).toBe(`${host(0)} did not answer`)
  })

  test('garbage, another origin and other addresses do not end the wait for the answer', () => {
    const peer: Peer = {
      bytes: (right, request) => {
        const wrong = request.slice()
        wrong[47] ^= 1
        return [right.subarray(0, 47), request, encodeReply(wrong, forged), right, right]
      },
    }
    const world = new ClockWorld({ peers: [peer], random: random(1) }).start().run(3)
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
      [50, 'close socket', 0],
    ])
    expect(counters(world).unasked).toBe(1)
  })

  test('a start in the middle of an exchange gives it up, and asks again at once', () => {
    const world = play([{ delayMs: () => 100 }], 50)
    world.start().run(10)
    expect(world.log).toEqual([
      [0, 'resolve', host(0)],
      [0, 'ask', 0],
      [50, 'close socket', 0],
      [50, 'resolve', host(0)],
      [50, 'ask', 0],
    ])
  })

  test('a stop between the answer and the next poll closes it too', () => {
    const servers = [{ host: host(0), port: 123 }]
    const clock = new UtcClock({ servers, entropy: random(1), floor: utc(BEGIN) })
    clock.start(ms(0))
    clock.poll(ms(0))
    clock.resolved(host(0), 'a', '', ms(0))
    const ask = clock.poll(ms(0)) as { bytes: Uint8Array }
    clock.receive(0, encodeReply(ask.bytes, forged), 'a', 123, ms(5))
    clock.stop(ms(5))
    expect(clock.poll(ms(5))).toEqual({ kind: 'close socket', slot: 0 })
    expect(clock.poll(ms(5))).toEqual({ kind: 'wait', until: Infinity })
  })

  test('there is no time once it may be 10 s off, and there is again after the next answer', () => {
    const world = play([{}], MINUTE)
    world.stop()
    world.run(6 * HOUR)
    expect(world.clock.utc(ms(world.now))).toBeDefined()
    world.run(2 * DAY)
    expect(world.clock.utc(ms(world.now))).toBeUndefined()
    const bound = state(world)
    expect(bound.kind === 'holdover' && bound.errorMs > 10_000).toBe(true)
    world.start().run(SECOND)
    expect(Math.abs(world.errorMs()!)).toBeLessThan(1)
    expect(state(world).kind).toBe('synchronised')
  })
})

test('the time is withheld from the very instant on at which it may be 10 s off', () => {
  const world = play([{}], MINUTE)
  world.stop()
  let known = 0
  for (let i = 0; i < 500; i++) {
    world.run(10 * MINUTE)
    const bound = state(world)
    const isSure = bound.kind === 'holdover' && bound.errorMs <= 10_000
    expect(world.clock.isKnown(ms(world.now))).toBe(isSure)
    expect(world.clock.utc(ms(world.now)) !== undefined).toBe(isSure)
    if (isSure) known++
  }
  expect(known).toBeGreaterThan(30)
  expect(known).toBeLessThan(450)
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
