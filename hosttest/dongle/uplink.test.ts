import { describe, expect, test } from '@jest/globals'
import { FOREVER, type MonotonicMs, type Timescale, type UnixMs } from '../../firmware/core/time'
import { Uplink } from '../../firmware/dongle/uplink'
import type { SecureLayer } from '../../firmware/ports/secure'
import type { Settings } from '../../firmware/settings/schema'
import { settingsOf } from '../../tools/bench/board'
import { plainLayer } from '../../tools/sim/plain'
import { random } from '../../tools/sim/random'
import * as wire from '../mqtt/wire'

const NOW = 5000 as MonotonicMs
const NOON = 1_800_000_000_000 as UnixMs

const SURE: Timescale = { utc: () => NOON, monotonic: () => NOW, estimate: () => NOON }

function uplinkOf(settings: Settings, secureLayer: SecureLayer = plainLayer): Uplink {
  return new Uplink({
    settings,
    serial: 'WB1',
    streams: 1,
    entropy: random(1),
    secureLayer,
    time: SURE,
  })
}

/** An uplink whose TCP is open: CONNECT is written. */
function connecting(secureLayer: SecureLayer = plainLayer): Uplink {
  const uplink = uplinkOf(settingsOf(1), secureLayer)
  uplink.start(NOW)
  uplink.poll(NOW)
  uplink.resolved('broker', '192.0.2.1', '')
  uplink.poll(NOW)
  uplink.tcpOpened()
  uplink.poll(NOW)
  return uplink
}

test('why the broker ended the last connection is told until the next one stands, without our password', () => {
  const uplink = connecting()
  const why = [0x1f, ...wire.text('site-key/site-secret is wrong, site-secret!')]
  uplink.tcpBytes(wire.connack(0, 0x87, ...why))
  const told = 'the active credentials: not authorised (0x87): site-key/*** is wrong, ***!'
  expect(uplink.poll(NOW)).toEqual({ kind: 'disconnect' })
  expect(uplink.poll(NOW)).toEqual({ kind: 'offline', why: told })
  expect(uplink.trouble).toBe(told)

  const later = (NOW + 300_000) as MonotonicMs
  expect(uplink.poll(later)).toMatchObject({ kind: 'resolve' })
  uplink.resolved('broker', '192.0.2.1', '')
  uplink.poll(later)
  uplink.tcpOpened()
  uplink.poll(later)
  uplink.tcpBytes(wire.connack())
  expect(uplink.poll(later)).toMatchObject({ kind: 'online' })
  expect(uplink.trouble).toBe('')

  const publication = { topic: 't', payload: new Uint8Array(1), tag: 5, deadline: FOREVER }
  expect(uplink.publish(publication, later)).toBeUndefined()
  while (uplink.poll(later).kind !== 'wait');
  uplink.tcpBytes(wire.puback(1, 0x97, ...wire.properties(...why)))
  expect(uplink.poll(later)).toEqual({
    kind: 'lost',
    tag: 5,
    why: 'quota exceeded (0x97): site-key/*** is wrong, ***!',
  })
})

describe('settings that come while a change of the credentials is still to be stored', () => {
  const retired = { key: 'old-key', secret: 'old-secret', untilS: NOON / 1000 + 3600 }
  const stored = (uplink: Uplink): unknown[] => {
    const changes: unknown[] = []
    for (;;) {
      const output = uplink.poll(NOW)
      if (output.kind === 'store credentials') changes.push(output.change)
      if (output.kind === 'wait') return changes
    }
  }

  // The old pair was stored over the new one, which was for another broker: the next start would have sent it there.
  test('are not undone by it', () => {
    const settings = { ...settingsOf(1), retired }
    const uplink = uplinkOf(settings)
    uplink.forgetRetired()
    const credentials = { key: 'key', secret: 'of another broker' }
    const { retired: _, ...other } = { ...settings, environment: 'sandbox' as const, credentials }
    uplink.change(other, NOW)
    expect(stored(uplink)).toEqual([])
  })

  // Nobody stored it, and a commit would have waited for it in vain.
  test('and asking again that the old pair be forgotten loses none', () => {
    const settings = { ...settingsOf(1), retired }
    const uplink = uplinkOf(settings)
    uplink.forgetRetired()
    uplink.forgetRetired()
    const { credentials } = settings
    expect(stored(uplink)).toEqual([{ credentials, staged: undefined, retired: undefined }])
  })
})

test('the broker is told no expiry: the platform goes by the time in the samples', () => {
  const uplink = connecting()
  uplink.tcpBytes(wire.connack())
  expect(uplink.poll(NOW)).toMatchObject({ kind: 'online' })
  const deadline = (NOW + 55_000) as MonotonicMs
  uplink.publish({ topic: 't', payload: Uint8Array.of(7), tag: 5, deadline }, NOW)
  const sent: number[] = []
  for (let output = uplink.poll(NOW); output.kind !== 'wait'; output = uplink.poll(NOW))
    if (output.kind === 'send') sent.push(...output.bytes)
  expect(sent).toEqual([0x32, 7, 0, 1, 0x74, 0, 1, 0, 7])
})

test('a connection that ended while TCP was full says nothing about the next', () => {
  const uplink = connecting()
  uplink.tcpRoom(0)
  uplink.tcpClosed('reset')
  while (uplink.poll(NOW).kind !== 'wait');
  const later = (NOW + 300_000) as MonotonicMs
  expect(uplink.poll(later)).toMatchObject({ kind: 'resolve' })
  uplink.resolved('broker', '192.0.2.1', '')
  uplink.poll(later)
  uplink.tcpOpened()
  expect(uplink.poll(later)).toMatchObject({ kind: 'send' })
})

test('TLS at work is polled when it asks to be, not only when MQTT has something to do', () => {
  const layer: SecureLayer = {
    client: (...options) => ({
      ...plainLayer.client(...options),
      poll: (now) => ({ kind: 'wait', until: now }),
    }),
  }
  expect(connecting(layer).poll(NOW)).toEqual({ kind: 'wait', until: NOW })
})

test('TLS is given the best estimate of the time, also when it is too unsure for samples', () => {
  const time: Timescale = { utc: () => undefined, monotonic: () => NOW, estimate: () => NOON }
  const asked: unknown[] = []
  const secureLayer: SecureLayer = {
    client(...options) {
      asked.push(...options)
      return plainLayer.client(...options)
    },
  }
  const settings = settingsOf(1)
  const uplink = new Uplink({
    settings,
    serial: 'WB1',
    streams: 1,
    entropy: random(1),
    secureLayer,
    time,
  })
  expect(uplink.poll(NOW)).toMatchObject({ kind: 'wait' })
  uplink.start(NOW)
  expect(uplink.poll(NOW)).toEqual({ kind: 'resolve', host: 'broker' })
  uplink.resolved('broker', '192.0.2.1', '')
  expect(uplink.poll(NOW)).toEqual({ kind: 'connect', address: '192.0.2.1', port: 8883 })
  uplink.tcpOpened()
  expect(uplink.poll(NOW)).toMatchObject({ kind: 'send' })
  expect(asked).toEqual([{ host: 'broker', port: 8883 }, NOON, NOW + 30_000])
})

// It was 64 for any site: of eleven streams, what came in 24 s without an acknowledgement.
test.each([1, 3, 11])('the queue of %i streams has room for all that is fresh', (streams) => {
  const uplink = new Uplink({
    settings: settingsOf(1),
    serial: 'WB1',
    streams,
    entropy: random(1),
    secureLayer: plainLayer,
    time: SURE,
  })
  const publish = () =>
    uplink.publish({ topic: 'a', payload: new Uint8Array(1), tag: 0, deadline: FOREVER }, NOW)
  for (let message = 0; message < 14 * streams; message++) expect(publish()).toBeUndefined()
  expect(publish()).toBe(`no room: ${14 * streams} messages are waiting`)
})

test('a secure layer that has bytes without end is an error of our own, not a poll without end', () => {
  const layer: SecureLayer = {
    client: (...options) => ({
      ...plainLayer.client(...options),
      poll: () => ({ kind: 'bytes', bytes: new Uint8Array(0) }),
    }),
  }
  expect(() => connecting(layer)).toThrow('assertion failed')
})

test('CONNECT asks for the keep alive and the session expiry of docs/platform.md', () => {
  const uplink = new Uplink({
    settings: settingsOf(1),
    serial: 'WB1',
    streams: 1,
    entropy: random(1),
    secureLayer: plainLayer,
    time: SURE,
  })
  uplink.start(NOW)
  uplink.poll(NOW)
  uplink.resolved('broker', '192.0.2.1', '')
  uplink.poll(NOW)
  uplink.tcpOpened()
  const output = uplink.poll(NOW)
  const [connect] = wire.split(output.kind === 'send' ? output.bytes : new Uint8Array(0)).packets
  expect(connect.name).toBe('CONNECT')
  // After 'MQTT', its version and the flags; the first property is the expiry.
  expect([...connect.body.subarray(8, 10)]).toEqual(wire.u16(30))
  expect([...connect.body.subarray(11, 16)]).toEqual([0x11, ...wire.u32(3600)])
})
