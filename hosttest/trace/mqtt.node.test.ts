/** MQTT packets in words, and no secret in any of them, however the bytes are cut. */
import { describe, expect, test } from '@jest/globals'
import mqtt, { type Packet } from 'mqtt-packet'
import { toHex, utf8 } from '../../firmware/core/bytes'
import { MqttTrace, type TracedMessage } from '../../tools/trace/mqtt'
import * as wire from '../mqtt/wire'

const KEY = 'the-sites-own-key'
const SECRET = 'hunter2-é-hunter2'

interface Noted {
  direction: string
  bytes: Uint8Array
  words: string
}

function trace(...steps: ['out' | 'in', Uint8Array][]): {
  noted: Noted[]
  messages: TracedMessage[]
} {
  const noted: Noted[] = []
  const messages: TracedMessage[] = []
  const traced = new MqttTrace({
    note: (direction, bytes, words) => noted.push({ direction, bytes, words }),
    onMessage: (message) => messages.push(message),
  })
  for (const [direction, bytes] of steps)
    if (direction === 'out') traced.sent(bytes)
    else traced.received(bytes)
  traced.end()
  return { noted, messages }
}

function packet(value: Packet): Uint8Array {
  return new Uint8Array(mqtt.generate(value, { protocolVersion: 5 }))
}

function connect(more: object = {}): Uint8Array {
  return packet({
    cmd: 'connect',
    protocolVersion: 5,
    clientId: 'wattbeat1',
    clean: false,
    keepalive: 30,
    username: KEY,
    password: Buffer.from(SECRET),
    properties: { sessionExpiryInterval: 3600 },
    ...more,
  })
}

function publish(topic: string, topicAlias?: number, more: object = {}): Uint8Array {
  return packet({
    cmd: 'publish',
    topic,
    payload: '{"value":5}',
    qos: 1,
    dup: false,
    retain: false,
    messageId: 7,
    properties: { topicAlias, messageExpiryInterval: 55 },
    ...more,
  })
}

/** What a secret looks like in what is printed or written. */
function leaks({ noted }: { noted: Noted[] }, secret: string): boolean {
  const all = noted.map(({ bytes, words }) => `${toHex(bytes)} ${words}`).join('\n')
  return all.includes(secret) || all.includes(toHex(utf8(secret)))
}

describe('CONNECT', () => {
  test('has its user name and password overwritten at the same length', () => {
    const sent = connect()
    const { noted } = trace(['out', sent])
    expect(noted.map(({ words }) => words)).toEqual([
      'CONNECT as wattbeat1, user name and password masked, keep alive 30 s, session kept for 3600 s',
    ])
    const stars = connect({
      username: '*'.repeat(KEY.length),
      password: Buffer.alloc(utf8(SECRET).length, '*'),
    })
    expect(toHex(noted[0].bytes)).toBe(toHex(stars))
    expect(noted[0].bytes).toHaveLength(sent.length)
  })

  test.each<[string, object]>([
    ['user name alone', { password: undefined }],
    ['an empty password', { password: Buffer.alloc(0) }],
    [
      'authentication data',
      { properties: { authenticationMethod: 'x', authenticationData: Buffer.from(SECRET) } },
    ],
    ['a Will', { will: { topic: 'w', payload: Buffer.from('gone'), qos: 1, retain: false } }],
  ])('with %s', (_, more) => {
    const traced = trace(['out', connect(more)])
    expect(traced.noted).toHaveLength(1)
    expect(traced.noted[0].words).toContain('CONNECT as wattbeat1')
    for (const secret of [KEY, SECRET]) expect(leaks(traced, secret)).toBe(false)
  })

  test('cut anywhere, and never finished, shows no secret', () => {
    const sent = connect()
    for (let cut = 1; cut < sent.length; cut++) {
      const whole = trace(['out', sent.subarray(0, cut)], ['out', sent.subarray(cut)])
      expect(whole.noted).toHaveLength(1)
      const part = trace(['out', sent.subarray(0, cut)])
      expect(part.noted).toHaveLength(1)
      for (const secret of [KEY, SECRET, KEY.slice(0, 4), SECRET.slice(0, 4)])
        expect(leaks(whole, secret) || leaks(part, secret)).toBe(false)
    }
  })

  test('damaged so that nobody can read it is masked whole', () => {
    for (let at = 0; at < 30; at++) {
      const sent = connect()
      sent[at] ^= 0x08
      const traced = trace(['out', sent])
      for (const secret of [KEY, SECRET]) expect(leaks(traced, secret)).toBe(false)
    }
  })
})

describe('what the broker sends', () => {
  test('is read by the firmware’s own codec', () => {
    const { noted } = trace(
      ['in', wire.connack(1, 0, 0x22, 0, 10)],
      ['in', Uint8Array.from([...wire.puback(7), ...wire.puback(8, 0x97)])],
      ['in', wire.pingresp()],
      ['in', wire.publish({ topic: 'a', payload: 'xyz' })],
      ['in', wire.disconnect(0x8e, 0x1f, ...wire.text('go away'))],
      ['in', wire.packet(0x10)],
    )
    expect(noted.map(({ words }) => words)).toEqual([
      'CONNACK: success (0x00), session present; topicAliasMaximum 10',
      'PUBACK 7: success (0x00)',
      'PUBACK 8: quota exceeded (0x97)',
      'PINGRESP',
      'PUBLISH to a, QoS 0: 3 bytes',
      'DISCONNECT: session taken over (0x8e); reasonString "go away"',
      'no MQTT packet: a packet that only clients send',
    ])
  })

  test('shows neither authentication data nor a password that it repeats', () => {
    // Our wire counts characters: the password without its é.
    const secret = SECRET.replace('é', 'e')
    const data = 'another-secret'
    const auth = [0x18, 0x15, ...wire.text('x'), 0x16, ...wire.text(data)]
    const traced = trace(
      ['out', connect({ password: Buffer.from(secret) })],
      ['in', wire.connack(0, 0, ...auth.slice(1))],
      ['in', wire.connack(0, 0x86, 0x1f, ...wire.text(`not ${secret}, not ${secret}`))],
      ['in', wire.packet(0xf0, auth[0], ...wire.properties(...auth.slice(1)))],
    )
    expect(traced.noted).toHaveLength(4)
    expect(leaks(traced, secret) || leaks(traced, data)).toBe(false)
    expect(traced.noted[2].words).toContain(
      `reasonString "not ${'*'.repeat(secret.length)}, not ${'*'.repeat(secret.length)}"`,
    )
  })

  test('and repeats a password, cut anywhere and never finished, shows none of it', () => {
    const secret = 'hunter2-hunter2'
    const connack = wire.connack(0, 0x86, 0x1f, ...wire.text(`not ${secret}`))
    for (let cut = 1; cut < connack.length; cut++) {
      const traced = trace(
        ['out', connect({ password: Buffer.from(secret) })],
        ['in', connack.subarray(0, cut)],
      )
      expect(leaks(traced, secret.slice(0, 4))).toBe(false)
    }
  })

  test('and is no MQTT at all is noted all the same, to the last byte', () => {
    const noise = new Uint8Array(1000).fill(0xff)
    const { noted } = trace(['in', noise], ['in', noise], ['in', wire.pingresp()])
    expect(noted.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(2002)
  })
})

describe('messages', () => {
  test('have the topic that their alias stands for, on their own connection', () => {
    const { noted, messages } = trace(
      ['out', publish('site/1/data', 1)],
      ['out', publish('', 1, { dup: true })],
      ['out', publish('', 2)],
    )
    expect(noted.map(({ words }) => words)).toEqual([
      'PUBLISH 7 to site/1/data, QoS 1, alias 1, for 55 s: {"value":5}',
      'PUBLISH 7 again to site/1/data, QoS 1, alias 1, for 55 s: {"value":5}',
      'PUBLISH 7 to the topic of alias 2, QoS 1, alias 2, for 55 s: {"value":5}',
    ])
    expect(messages.slice(0, 2)).toEqual([
      { topic: 'site/1/data', payload: '{"value":5}', again: false },
      { topic: 'site/1/data', payload: '{"value":5}', again: true },
    ])
  })

  test('what else the dongle sends', () => {
    const { noted } = trace(
      ['out', packet({ cmd: 'pubrel', messageId: 7 })],
      ['out', packet({ cmd: 'pingreq' })],
      ['out', packet({ cmd: 'disconnect', reasonCode: 0 })],
      ['out', wire.packet(0xf0, 0x18, 0)],
    )
    expect(noted.map(({ words }) => words)).toEqual([
      'PUBREL 7',
      'PINGREQ',
      'DISCONNECT: success (0x00)',
      'a packet that cannot be read, masked',
    ])
  })
})
