/** The session across a restart of the program: after every byte and every step of QoS 1 and 2 exchanges, and with stores that fail. */
import { describe, expect, test } from '@jest/globals'
import { equalBytes, utf8 } from '../../firmware/core/bytes'
import { later } from '../../firmware/core/time'
import type { MqttOptions } from '../../firmware/mqtt/client'
import { PersistentMqttClient } from '../../firmware/mqtt/persistence/client'
import { readSession } from '../../firmware/mqtt/persistence/record'
import { Flash } from '../../tools/sim/flash'
import { random } from '../../tools/sim/random'
import { Bench } from './bench'
import { COUNT, check, cutAtRandom, exchange, never, type Restarts } from './cut'
import { connack, puback, publish, pubrec, seenPublish } from './wire'

/** Lives on one flash. */
function on(flash: Flash) {
  return (options: MqttOptions) => new PersistentMqttClient(options, flash)
}

/** The first says that there is no session, the second, after CONNACK, that there is one: before it none can be lost. */
const SESSION_WRITE = 2

function restarts(): Restarts {
  return { make: on(new Flash()) }
}

/** The first life, and the next one on the same flash; the first is connected. */
function lives(options: Partial<MqttOptions> = {}) {
  let writes = 0
  const flash = new Flash({ onWrite: () => writes++ })
  const bench = new Bench(options, 1, on(flash))
  bench.connect()
  const restart = (more = options) => {
    const next = new Bench(more, 1, on(flash))
    next.client.start(next.now)
    next.settle()
    return next
  }
  return { flash, bench, restart, writes: () => writes }
}

const message = { topic: 't', payload: 'x', qos: 1 as const, tag: 1 }

for (const qos of [1, 2]) {
  describe(`QoS ${qos}, a restart`, () => {
    const whole = exchange(COUNT, () => qos, 2, never, never, 1, restarts())

    test('after every byte from the client', () => {
      // Before the first CONNACK there is no session to lose.
      for (let cut = 60; cut <= whole.bytes; cut++) {
        const at = (connection: number) => (connection === 0 ? cut : never())
        const outcome = exchange(COUNT, () => qos, 2, at, never, cut, restarts())
        check(outcome, COUNT, qos === 2, `cut ${cut}`)
      }
    })

    test('after every byte from the server', () => {
      for (let cut = 20; cut <= 90; cut++) {
        const at = (connection: number) => (connection === 0 ? cut : never())
        const outcome = exchange(COUNT, () => qos, 2, never, at, cut, restarts())
        check(outcome, COUNT, qos === 2, `cut ${cut}`)
      }
    })

    test('after every step of the client', () => {
      let steps = 0
      let first = 0
      const dyingAt = (step: number) => {
        steps = 0
        let writes = 0
        const onWrite = () => {
          if (++writes === SESSION_WRITE) first = steps + 1
        }
        const make = on(new Flash({ onWrite }))
        const dies = () => ++steps === step
        return exchange(COUNT, () => qos, 2, never, never, 1, { make, dies })
      }
      dyingAt(0)
      const last = steps
      expect(last - first).toBeGreaterThan(20)
      for (let step = first; step <= last; step++)
        check(dyingAt(step), COUNT, qos === 2, `step ${step} of ${last}`)
    })

    test('in the middle of every write', () => {
      let writes = 0
      const dyingIn = (write: number, seed: number) => {
        writes = 0
        let isDead = false
        const flash = new Flash({ random: random(seed) })
        flash.failsNow = () => {
          isDead ||= ++writes === write
          return isDead
        }
        const died = () => {
          const wasDead = isDead
          isDead = false
          return wasDead
        }
        return exchange(COUNT, () => qos, 2, never, never, 1, { make: on(flash), died })
      }
      dyingIn(0, 0)
      const last = writes
      expect(last - SESSION_WRITE).toBeGreaterThanOrEqual(COUNT)
      for (let write = SESSION_WRITE + 1; write <= last; write++)
        for (let seed = 1; seed <= 5; seed++)
          check(dyingIn(write, seed), COUNT, qos === 2, `write ${write} of ${last}, seed ${seed}`)
    })
  })
}

test('restarts at random, with both QoS mixed: seeds 1 to 200', () => {
  cutAtRandom(1, 200, restarts)
})

test('a message comes back with its id, its properties and what was left of its deadline', () => {
  const { bench, restart } = lives()
  const properties = { contentType: 'a', correlationData: Uint8Array.of(1, 2) }
  const deadline = later(bench.now, 9000)
  const rich = { topic: 'é', payload: 'ü', qos: 1 as const, tag: 2 ** 40, properties, deadline }
  bench.client.publish(rich, bench.now)
  bench.settle()
  const sent = seenPublish(bench.seen[1])
  const next = restart()
  expect(next.outputs[0]).toEqual({ kind: 'sent', tag: 2 ** 40 })
  next.gets(connack(1))
  const again = seenPublish(next.seen[1])
  expect(again).toEqual({ ...sent, duplicate: true })
  expect(again.expiryS).toBe(9)
  next.gets(puback(again.id))
  expect(next.outputs.at(-1)).toEqual({ kind: 'acknowledged', tag: 2 ** 40 })
})

test('what is left of its deadline stays as it was while it waits for its answer: no write', () => {
  const { bench, writes } = lives()
  bench.client.publish({ ...message, deadline: later(bench.now, 9000) }, bench.now)
  bench.settle()
  const before = writes()
  bench.now = later(bench.now, 3000)
  bench.client.publish({ ...message, qos: 0 }, bench.now)
  bench.settle()
  expect(writes()).toBe(before)
})

test('a QoS 2 message that was delivered before the restart is not delivered again', () => {
  const { bench, restart } = lives()
  const inward = { topic: 't', payload: 'x', qos: 2, id: 9 }
  bench.gets(publish(inward))
  const next = restart()
  next.gets(connack(1), publish({ ...inward, flags: 8 }))
  expect(next.outputs.filter(({ kind }) => kind === 'message')).toEqual([])
  expect(next.seen.map(({ name }) => name)).toEqual(['CONNECT', 'PUBREC'])
})

test('a message that waits for PUBCOMP goes on with PUBREL', () => {
  const { bench, restart } = lives()
  bench.client.publish({ ...message, qos: 2 }, bench.now)
  bench.settle()
  bench.gets(pubrec(1))
  const next = restart()
  next.gets(connack(1))
  expect(next.seen.map(({ name }) => name)).toEqual(['CONNECT', 'PUBREL'])
})

test('an id that the server assigned, and subscriptions, are of the session', () => {
  const { bench, restart } = lives({ clientId: '' })
  bench.client.closed('cut', bench.now)
  bench.client.hurry(bench.now)
  bench.pass(1000)
  bench.gets(connack(0, 0, 0x12, 0, 1, 0x61))
  const { subscriptions, tag } = { subscriptions: [{ filter: 'a', qos: 1 as const }], tag: 1 }
  bench.client.subscribe({ subscriptions, tag }, bench.now)
  bench.client.publish({ ...message, deadline: later(bench.now, 1000) }, bench.now)
  bench.settle()
  const next = restart()
  next.pass(2000)
  expect(next.client.clientId).toBe('a')
  // All in flight is stale, but the subscriptions are not given up for it.
  next.client.closed('cut', next.now)
  next.client.hurry(next.now)
  next.pass(1000)
  expect(next.seen[0].body[7] & 2).toBe(0)
})

test('nothing is written if nothing has changed', () => {
  const { bench, writes } = lives()
  bench.client.publish(message, bench.now)
  bench.settle()
  bench.gets(puback(1))
  const before = writes()
  for (let i = 0; i < 10; i++) {
    bench.client.publish({ ...message, qos: 0 }, bench.now)
    bench.settle()
  }
  // That the message is acknowledged.
  expect(writes() - before).toBe(1)
})

test.each([
  ['its connection ended it', { sessionExpiryS: 0 }, {}],
  ['another client has begun', {}, { clientId: 'another' }],
  ['the start is clean', {}, { cleanStart: true }],
])('no session goes on if %s', (_, first, second) => {
  const { bench, restart } = lives(first)
  bench.client.publish(message, bench.now)
  bench.settle()
  const next = restart({ ...first, ...second })
  expect(next.outputs.filter(({ kind }) => kind === 'sent')).toEqual([])
  // Nor in the life after that.
  expect(restart(first).outputs.filter(({ kind }) => kind === 'sent')).toEqual([])
})

test('a session that was ended without a connection is not found again', () => {
  const { bench, restart } = lives()
  bench.client.publish(message, bench.now)
  bench.settle()
  bench.client.closed('cut', bench.now)
  bench.client.stop(bench.now, { endSession: true })
  expect(restart().outputs.map(({ kind }) => kind)).not.toContain('sent')
})

test('a session that the server has lost is kept as lost before anybody hears of it', () => {
  const { bench, restart } = lives()
  bench.client.publish({ ...message, qos: 2 }, bench.now)
  bench.settle()
  bench.client.closed('cut', bench.now)
  bench.client.hurry(bench.now)
  bench.pass(1000)
  bench.client.receive(connack(0), bench.now)
  expect(bench.client.poll(bench.now).kind).toBe('dropped')
  expect(restart().outputs.map(({ kind }) => kind)).not.toContain('sent')
})

test('user name, password and Will are not in it', () => {
  const [username, password, payload] = ['key-4711', 'secret-0815', 'last words']
  const will = { topic: 'will', payload, qos: 1 as const, retain: false }
  const { bench, flash } = lives({ username, password, will })
  bench.client.publish(message, bench.now)
  bench.settle()
  const records = [...flash.blobs.values()]
  expect(records.length).toBeGreaterThan(0)
  expect(records.some((record) => has(record, 'dongle'))).toBe(true)
  for (const each of [username, password, payload, 'will'])
    expect(records.filter((record) => has(record, each))).toEqual([])
})

function has(record: Uint8Array, text: string): boolean {
  const wanted = utf8(text)
  return record.some((_, at) => equalBytes(record.slice(at, at + wanted.length), wanted))
}

test('records with any byte changed or missing are an older session or none, and nothing throws', () => {
  const { bench, flash, restart } = lives()
  bench.client.publish(message, bench.now)
  bench.settle()
  const whole = new Map(flash.blobs)
  for (const [name, record] of whole)
    for (let at = 0; at < record.length; at++)
      for (const damaged of [
        record.slice(0, at),
        record.map((byte, i) => (i === at ? byte ^ 0x41 : byte)),
      ]) {
        for (const [each, bytes] of whole) flash.blobs.set(each, bytes)
        flash.blobs.set(name, damaged)
        expect(restart().outputs.at(-2)?.kind).toBe('open')
      }
})

test.each([
  ['nothing', []],
  ['a length above what is there', [0, 9, 97]],
  ['more delivered ids than there are', [0, 1, 97, 1, 0, 9, 0, 1]],
  ['a tag without a packet', [0, 1, 97, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ['half a packet', [0, 1, 97, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x62, 2, 0]],
  ['a packet of another kind', [0, 1, 97, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 2, 0, 1]],
])('a whole record of %s is no session', (_, bytes) => {
  expect(readSession(Uint8Array.from(bytes), 0 as never)).toBeUndefined()
})

test('a store that fails is told once, the messages flow, and what it takes later is kept', () => {
  const { bench, flash, restart } = lives()
  flash.failsNow = () => true
  for (let id = 1; id <= 2; id++) {
    bench.client.publish({ ...message, tag: id }, bench.now)
    bench.settle()
    bench.gets(puback(id))
  }
  const kinds = bench.outputs.map(({ kind }) => kind).filter((kind) => kind !== 'send')
  expect(kinds).toEqual(['unkept', 'sent', 'acknowledged', 'sent', 'acknowledged'])
  flash.failsNow = () => false
  bench.client.publish({ ...message, tag: 3 }, bench.now)
  bench.settle()
  flash.failsNow = () => true
  bench.client.publish({ ...message, tag: 4 }, bench.now)
  bench.settle()
  expect(bench.outputs.filter(({ kind }) => kind === 'unkept')).toHaveLength(2)
  flash.failsNow = () => false
  expect(restart().outputs[0]).toEqual({ kind: 'sent', tag: 3 })
})

test('a store that cannot be read is told, and the client connects without a session', () => {
  const { flash, restart } = lives()
  flash.read = () => {
    throw new Error('worn out')
  }
  const kinds = restart().outputs.map(({ kind }) => kind)
  expect(kinds.slice(0, 2)).toEqual(['unkept', 'open'])
})
