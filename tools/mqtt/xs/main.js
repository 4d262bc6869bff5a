/** Cases of MQTTClient and of persistence on XS against a broker on 127.0.0.1; traces a line for each and 'end' (tools/mqtt/test.ts reads them). */

import TCP from 'embedded:io/socket/tcp'
import UDP from 'embedded:io/socket/udp'
import Resolver from 'embedded:network/dns/resolver/udp'
import config from 'mc/config'
import MQTTClient from 'mqtt/moddable/client'
import { MqttPump } from 'mqtt/moddable/pump'
import { PersistentMqttClient } from 'mqtt/persistence/client'
import Timer from 'timer'

const MAX_CASE_MS = 30_000
const bytes = (text) => ArrayBuffer.fromString(text)

const DNS = { io: Resolver, servers: ['127.0.0.1'], socket: { io: UDP } }

function connect(options) {
  return new MQTTClient({
    host: 'localhost',
    port: config.port,
    keepAlive: 30_000,
    socket: { io: TCP },
    dns: DNS,
    ...options,
  })
}

/** Resolves once the client may write; everything it is told is in `told`, every message in `heard`. */
function connected(options = {}) {
  return new Promise((resolve, reject) => {
    const told = []
    const heard = []
    connect({
      onControl(message) {
        told.push(message)
        if (message.operation === MQTTClient.CONNACK) resolve({ client: this, told, heard })
      },
      onReadable(count, more) {
        heard.push({ ...more, count, text: count ? String.fromArrayBuffer(this.read(count)) : '' })
      },
      onError: reject,
      ...options,
    })
  })
}

/** What the function answers as soon as it answers something. */
function until(what, find) {
  return new Promise((resolve, reject) => {
    let left = MAX_CASE_MS / 20
    const timer = Timer.repeat(() => {
      const found = find()
      if (!found && --left > 0) return
      Timer.clear(timer)
      if (found) resolve(found)
      else reject(new Error(`waited in vain for ${what}`))
    }, 20)
  })
}

function equal(what, found, wanted) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`)
}

function throws(what, run) {
  try {
    run()
  } catch {
    return
  }
  throw new Error(`${what} was taken`)
}

const answer = ({ told }, operation, id) =>
  until(`the answer ${operation} to ${id}`, () =>
    told.find((one) => one.operation === operation && (id === undefined || one.id === id)),
  )

/** Another client takes the connection, not the session. */
function takeOver(id) {
  const name = Array.from(new Uint8Array(bytes(id)))
  const head = [0, 4, 77, 81, 84, 84, 5, 0, 0, 0, 5, 0x11, 255, 255, 255, 255]
  const connect = Uint8Array.of(
    0x10,
    head.length + 2 + name.length,
    ...head,
    0,
    name.length,
    ...name,
  )
  let isSent = false
  new TCP({
    address: '127.0.0.1',
    port: config.port,
    onWritable() {
      if (!isSent) this.write(connect)
      isSent = true
    },
    onReadable() {
      this.close()
    },
    onError() {},
  })
}

async function subscribed(topic, options) {
  const ears = await connected(options)
  ears.client.write(null, {
    operation: MQTTClient.SUBSCRIBE,
    id: 77,
    items: [{ topic, QoS: 2 }],
  })
  const { payload } = await answer(ears, MQTTClient.SUBACK, 77)
  equal('granted', Array.from(payload), [2])
  return ears
}

/** One life of a program on `store`; it ends, without DISCONNECT, as soon as it has heard of `end`. */
function life(store, end, publish) {
  return new Promise((resolve) => {
    const told = []
    const entropy = { fill: (bytes) => bytes.fill(7) }
    const options = { clientId: 'restarts', keepAliveS: 30, sessionExpiryS: 3600, entropy }
    const client = new PersistentMqttClient(options, store)
    const pump = new MqttPump({
      ...{ client, host: 'localhost', port: config.port, socket: { io: TCP }, dns: DNS },
      onOutput(output) {
        told.push(output)
        if (output.kind === 'connected') publish?.(client, pump.now())
        if (output.kind !== end) return
        pump.end()
        Timer.set(() => resolve(told))
      },
    })
    client.start(pump.now())
    Timer.set(() => pump.run())
  })
}

const cases = {
  async 'each QoS arrives with its properties, and is answered by its own id'() {
    const ears = await subscribed('qos/+')
    const mouth = await connected()
    const properties = { contentType: 'text/plain', userProperties: [['unit', 'W']] }
    for (const QoS of [0, 1, 2])
      mouth.client.write(bytes(`of ${QoS}`), {
        topic: `qos/${QoS}`,
        QoS,
        id: 1000 + QoS,
        properties,
      })
    equal('PUBACK', (await answer(mouth, MQTTClient.PUBACK, 1001)).reason, 0)
    equal('PUBCOMP', (await answer(mouth, MQTTClient.PUBCOMP, 1002)).reason, 0)
    await until('3 messages', () => ears.heard.length === 3)
    for (const QoS of [0, 1, 2]) {
      const { topic, text, count, properties, ...one } = ears.heard[QoS]
      equal('message', [topic, text, count, one.QoS], [`qos/${QoS}`, `of ${QoS}`, 4, QoS])
      equal('content type', properties.contentType, 'text/plain')
      equal('user properties', properties.userProperties, [['unit', 'W']])
    }
    for (const each of [ears, mouth]) each.client.close()
  },

  async 'a message is written in parts and read in parts'() {
    const whole = 'abcdefghij'.repeat(1000)
    let text = ''
    let tells = 0
    const ears = await subscribed('parts', {
      mqtt: { maximumPacketSize: 20_000 },
      onReadable(count, options) {
        tells++
        equal('count', [count, options.byteLength, options.more], [10_000, 10_000, false])
        text += String.fromArrayBuffer(this.read(1000))
        const buffer = new Uint8Array(700)
        const timer = Timer.repeat(() => {
          const read = this.read(buffer)
          if (read === undefined) Timer.clear(timer)
          else text += String.fromArrayBuffer(buffer.slice(0, read).buffer)
        }, 5)
      },
    })
    const mouth = await connected()
    let at = 10
    let writable = mouth.client.write(bytes(whole.slice(0, at)), {
      topic: 'parts',
      QoS: 1,
      id: 5,
      byteLength: whole.length,
    })
    throws('another message between parts', () =>
      mouth.client.write(bytes('x'), { topic: 'parts', QoS: 0 }),
    )
    while (at < whole.length) {
      equal('writable', writable, whole.length - at)
      const part = whole.slice(at, at + 3000)
      at += part.length
      writable = mouth.client.write(bytes(part))
    }
    await answer(mouth, MQTTClient.PUBACK, 5)
    await until('all parts', () => text.length === whole.length)
    equal('text', text === whole, true)
    equal('told', tells, 1)
    for (const each of [ears, mouth]) each.client.close()
  },

  async 'a slow reader gets 200 messages in their order'() {
    const heard = []
    const ears = await subscribed('burst', {
      mqtt: { receiveMaximum: 100 },
      onReadable() {
        Timer.set(() => heard.push(String.fromArrayBuffer(this.read())), 3)
      },
    })
    let next = 0
    const more = (client, writable) => {
      for (; next < 200 && writable >= 100; next++)
        writable = client.write(bytes(`${next}`.padStart(100)), { topic: 'burst', QoS: 1 })
    }
    const mouth = await connected({
      onWritable(count) {
        more(this, count)
      },
    })
    await until('200 messages', () => heard.length === 200)
    equal(
      'order',
      heard.map(Number).every((each, i) => each === i),
      true,
    )
    equal(
      'connection kept',
      ears.told.some(({ operation }) => operation === MQTTClient.DISCONNECT),
      false,
    )
    for (const each of [ears, mouth]) each.client.close()
  },

  async 'an empty message is told, and what comes after it'() {
    const ears = await subscribed('empty')
    ears.client.write(null, { topic: 'empty', QoS: 1 })
    ears.client.write(bytes('more'), { topic: 'empty', QoS: 1 })
    await until('2 messages', () => ears.heard.length === 2)
    equal(
      'counts',
      ears.heard.map(({ count }) => count),
      [0, 4],
    )
    ears.client.close()
  },

  async 'what is unsubscribed is heard no more'() {
    const ears = await subscribed('off')
    ears.client.write(null, {
      operation: MQTTClient.UNSUBSCRIBE,
      id: 9,
      items: [{ topic: 'off' }],
    })
    equal('payload', Array.from((await answer(ears, MQTTClient.UNSUBACK, 9)).payload), [0])
    ears.client.write(bytes('x'), { topic: 'off', QoS: 1, id: 10 })
    await answer(ears, MQTTClient.PUBACK, 10)
    equal('heard', ears.heard, [])
    ears.client.close()
  },

  async 'the Will is published if DISCONNECT asks for it, and not by close'() {
    const ears = await subscribed('will/+')
    const will = (topic) => ({ will: { topic, message: 'gone', QoS: 1 } })
    const polite = await connected(will('will/polite'))
    polite.client.close()
    let isClosed = false
    const mortal = await connected({ ...will('will/mortal'), onClose: () => (isClosed = true) })
    mortal.client.write(null, { operation: MQTTClient.DISCONNECT, withWill: true })
    await until('onClose', () => isClosed)
    await until('the Will', () => ears.heard.length > 0)
    equal(
      'wills',
      ears.heard.map(({ topic }) => topic),
      ['will/mortal'],
    )
    ears.client.close()
  },

  async 'what cannot be throws'() {
    const { client } = await connected()
    const topic = 'a'
    throws('a topic with a wildcard', () => client.write(bytes('x'), { topic: '#' }))
    throws('a payload above what is writable', () => client.write(new ArrayBuffer(5000), { topic }))
    throws('data above byteLength', () => client.write(bytes('xy'), { topic, byteLength: 1 }))
    throws('a part of no message', () => client.write(bytes('x')))
    throws('PINGREQ', () => client.write(null, { operation: MQTTClient.PINGREQ }))
    throws('no filter', () => client.write(null, { operation: MQTTClient.SUBSCRIBE }))
    throws('the format number', () => (client.format = 'number'))
    throws('no host', () => connect({ host: '' }))
    equal('all room is there', client.write(null, { topic }), 4096)
    client.close()
    client.close()
    throws('a write after close', () => client.write(bytes('x'), { topic }))
    equal('read', client.read(), undefined)
  },

  async 'without reconnect a loss is an error, in words'() {
    const lost = (options) =>
      new Promise((resolve) => connect({ reconnect: false, onError: resolve, ...options }))
    const { message } = await lost({ port: 1 })
    equal('words', message, 'no connection to localhost')
    equal('name', (await lost({ host: 'no.such.host.invalid' })).message.startsWith('no '), true)
  },

  async 'a session goes on after a loss, and what expired meanwhile is told'() {
    const options = { id: 'resumes', clean: false, mqtt: { topicAliasMaximum: 0 } }
    const { client, told, heard } = await subscribed('later', options)
    takeOver('resumes')
    const { retry } = await answer({ told }, MQTTClient.DISCONNECT)
    if (!(retry >= 0)) throw new Error(`retry ${retry}`)
    client.write(bytes('fresh'), { topic: 'later', QoS: 1, id: 31 })
    client.write(bytes('stale'), { topic: 'later', QoS: 1, id: 32, expiry: 1 })
    equal('why', (await answer({ told }, MQTTClient.PUBLISH, 32)).why, 'its deadline has passed')
    await answer({ told }, MQTTClient.PUBACK, 31)
    await until('the message', () => heard.length > 0)
    equal(
      'heard',
      heard.map(({ text }) => text),
      ['fresh'],
    )
    const connacks = told.filter(({ operation }) => operation === MQTTClient.CONNACK)
    equal(
      'session',
      connacks.map(({ sessionPresent }) => sessionPresent),
      [false, true],
    )
    client.close()
  },

  async 'a session goes on after restarts in the middle of it: QoS 2 both ways, exactly once'() {
    const blobs = new Map()
    const store = {
      read: (name) => blobs.get(name),
      write: (name, bytes) => blobs.set(name, bytes.slice()),
      erase: (name) => blobs.delete(name),
    }
    const kinds = (told) => told.map(({ kind }) => kind)
    const ears = await subscribed('up')
    await life(store, 'granted', (client, now) =>
      client.subscribe({ subscriptions: [{ filter: 'down', qos: 2 }], tag: 1 }, now),
    )
    ears.client.write(bytes('in'), { topic: 'down', QoS: 2, id: 3 })
    await answer(ears, MQTTClient.PUBCOMP, 3)
    const properties = { contentType: 'text/plain' }
    const out = { topic: 'up', payload: 'out', qos: 2, tag: 7, properties }
    // It ends once PUBLISH is sent, or, if the message came before, once that is told.
    const first = await life(store, 'sent', (client, now) => client.publish(out, now))
    const second = await life(store, 'acknowledged')
    equal('the message in flight', [second[0].kind, second[0].tag], ['sent', 7])
    equal('session', second.find(({ kind }) => kind === 'connected').sessionPresent, true)
    // That it was acknowledged would be kept with the next send: it is asked for, and told, again.
    const third = await life(store, 'acknowledged')
    equal('third life', kinds(third), ['sent', 'connected', 'acknowledged'])
    const all = [...first, ...second, ...third]
    await until('the message', () => ears.heard.length > 0)
    equal('out', [ears.heard.length, ears.heard[0].text], [1, 'out'])
    equal('in', kinds(all).filter((kind) => kind === 'message').length, 1)
    ears.client.close()
  },
}

async function run() {
  for (const [name, run] of Object.entries(cases))
    try {
      await run()
      trace(`ok ${name}\n`)
    } catch (error) {
      trace(`FAILED ${name}: ${error}\n`)
    }
  trace('end\n')
}

run()
