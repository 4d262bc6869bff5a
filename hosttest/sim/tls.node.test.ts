/** Lives in which TLS is played: the firmware's client, in virtual time, through what befalls a dongle. */
import { beforeAll, expect, test } from '@jest/globals'
import type { Conditions } from '../../tools/sim/conditions'
import { live } from '../../tools/sim/lifetime'
import { BROKER_HOST } from '../../tools/sim/network/network'
import { loadValidate } from '../../tools/sim/observer/schema'
import { SECRET } from '../../tools/sim/site/drawn'
import { type SimulatedTls, simulateTls } from '../../tools/sim/tls'
import { BEGIN, MINUTE, World } from '../../tools/sim/world'

const validate = loadValidate()
let tls: SimulatedTls

beforeAll(async () => {
  tls = await simulateTls(BROKER_HOST, BEGIN)
})

test.each([2, 3])(
  'seed %d breaks no invariant, and is the same when it is played again',
  (seed) => {
    const play = () => live({ seed, hours: 1, validate, tls })
    const before = tls.handshakes
    const life = play()
    expect(life.acknowledged).toBeGreaterThan(life.due / 2)
    expect(tls.handshakes - before).toBeGreaterThanOrEqual(life.boots)
    expect(play()).toEqual(life)
  },
)

test('nothing but TLS is written to TCP, and sessions are resumed', () => {
  const world = new World({ seed: 5, validate, tls })
  const written: number[] = []
  let records = 0
  const spy = () => {
    const { network } = world.dongle
    const connect = network!.connect.bind(network)
    network!.connect = (...to) => {
      const stream = connect(...to)
      return {
        write(bytes) {
          written.push(...bytes)
          for (let at = 0; at < bytes.length; at += 5 + bytes[at + 3] * 256 + bytes[at + 4]) {
            expect(bytes[at]).toBeGreaterThanOrEqual(20)
            expect(bytes[at]).toBeLessThanOrEqual(23)
            records++
          }
          return stream.write(bytes)
        },
        close: () => stream.close(),
      }
    }
  }
  world.agenda.at(500, spy)
  const before = { ...tls }
  expect(world.run(3 * MINUTE)).toBeUndefined()
  world.broker.stop({ keepSessions: true, politely: true })
  expect(world.run(6 * MINUTE)).toBeUndefined()
  expect(tls.handshakes - before.handshakes).toBe(2)
  expect(tls.resumed - before.resumed).toBe(1)
  expect(records).toBeGreaterThan(50)
  expect(Buffer.from(written).includes(SECRET)).toBe(false)
})

test('an impostor takes the place of the broker: it hears nothing, and the dongle says why', async () => {
  const other = await simulateTls(BROKER_HOST, BEGIN)
  const honest = tls.server
  const said: string[] = []
  const world = new World({
    seed: 7,
    validate,
    tls,
    onReport: (report) => void (report.kind === 'log' && said.push(report.text)),
  })
  expect(world.run(3 * MINUTE)).toBeUndefined()
  const { received } = world.observer.messages
  expect(received).toBeGreaterThan(20)
  world.injectFault('impostor', 10 * MINUTE, () => {
    tls.server = other.server
    world.broker.stop({ keepSessions: true, politely: true })
    return () => (tls.server = honest)
  })
  const before = tls.handshakes
  expect(world.run(13 * MINUTE - 1)).toBeUndefined()
  expect(tls.handshakes).toBe(before)
  expect(
    said.filter((text) => text.includes('unknown issuer "Simulated authority"')).length,
  ).toBeGreaterThan(3)
  expect(world.observer.messages.received).toBe(received)
  expect(world.run(20 * MINUTE)).toBeUndefined()
  expect(world.observer.messages.received).toBeGreaterThan(received + 100)
})

test('a certificate that expires in mid-connection: its session is not resumed, and a renewed one is taken', async () => {
  const DAY = 24 * 60 * MINUTE
  const own = await simulateTls(BROKER_HOST, BEGIN, [-1, (5 * MINUTE) / DAY])
  const said: string[] = []
  const world = new World({
    seed: 7,
    validate,
    tls: own,
    onReport: (report) => void (report.kind === 'log' && said.push(report.text)),
  })
  // It goes on for as long as the connection does.
  expect(world.run(7 * MINUTE)).toBeUndefined()
  expect([own.handshakes, world.observer.counts.missed]).toEqual([1, 0])
  world.injectFault('certificate expires', 2 * MINUTE, () => {
    world.broker.stop({ keepSessions: true, politely: true })
    return () => (own.server = { ...own.renewed, sessions: own.server.sessions })
  })
  expect(world.run(9 * MINUTE - 1)).toBeUndefined()
  expect([own.handshakes, own.resumed]).toEqual([1, 0])
  expect(said.filter((text) => text.includes('expired')).length).toBeGreaterThan(2)
  expect(world.run(12 * MINUTE)).toBeUndefined()
  expect([own.handshakes, own.resumed]).toEqual([2, 0])
  expect(world.observer.continuity.healthySince).toBeGreaterThan(0)
})

test.each<[string, RegExp, (conditions: Conditions, fails: boolean) => void]>([
  [
    'an alert',
    /the server says: handshake failure/,
    ({ broker }, fails) => {
      broker.peer = fails ? 'alert' : 'broker'
    },
  ],
  [
    'garbage',
    /this is not TLS/,
    ({ broker }, fails) => {
      broker.peer = fails ? 'garbage' : 'broker'
    },
  ],
  [
    'a stall in the middle',
    /nothing came for 10 s while awaiting/,
    ({ broker }, fails) => {
      broker.peer = fails ? 'stalls' : 'broker'
    },
  ],
  [
    'a certificate that has expired',
    /expired/,
    ({ broker }, fails) => {
      broker.peer = fails ? 'expired' : 'broker'
    },
  ],
  [
    'a captive portal',
    /this is not TLS/,
    (conditions, fails) => {
      conditions.captivePortal = fails
    },
  ],
  [
    'an impostor by a poisoned name',
    /unknown issuer/,
    (conditions, fails) => {
      conditions.dns = fails ? 'misleads' : 'answers'
      conditions.otherHost = 'takes'
    },
  ],
])(
  '%s in place of the handshake, in real bytes: said, survived, and nothing given away',
  (what, why, change) => {
    const said: string[] = []
    const world = new World({
      seed: 7,
      validate,
      tls,
      onReport: (report) => void (report.kind === 'log' && said.push(report.text)),
    })
    world.agenda.at(3 * MINUTE, () =>
      world.injectFault(what, 2 * MINUTE, () => {
        change(world.conditions, true)
        world.broker.stop({ keepSessions: true, politely: true })
        return () => change(world.conditions, false)
      }),
    )
    expect(world.run(12 * MINUTE)).toBeUndefined()
    expect(said.filter((text) => why.test(text)).length).toBeGreaterThan(2)
    expect(world.observer.continuity.healthySince).toBeGreaterThan(0)
  },
)
