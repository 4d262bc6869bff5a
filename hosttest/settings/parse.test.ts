import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../firmware/core/bytes'
import { Journal } from '../../firmware/core/journal'
import { brokerAddress, timeServers } from '../../firmware/settings/derive'
import { explain, MAX_WRONG_FIELDS, parseSettings } from '../../firmware/settings/parse'
import { eraseSettings, loadSettings, saveSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'

const SITE = '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11'
const BATTERY = '5a0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b22'

/** A valid file with `patch` over it; each path of `patch` is one member, as deep as it goes. */
function file(patch: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    environment: 'sandbox',
    site: SITE,
    credentials: { key: 'key', secret: 'correct horse' },
    devices: [
      { model: 'eastron-sdm630', unit: 1, role: 'site' },
      { model: 'pace-modbus', unit: 3, role: 'resource', resource: BATTERY, capacityWh: 10_240 },
    ],
    ...patch,
  }
}

function wrong(patch: Record<string, unknown>): string[] {
  const parsed = parseSettings(file(patch))
  return 'wrong' in parsed ? parsed.wrong.map(explain) : []
}

function right(patch: Record<string, unknown> = {}): Settings {
  const parsed = parseSettings(file(patch))
  if ('wrong' in parsed) throw new Error(parsed.wrong.map(explain).join('; '))
  return parsed.settings
}

describe('a valid file', () => {
  test('gets its defaults', () => {
    expect(right().line).toEqual({ baud: 9600, parity: 'none', stopBits: 1 })
    expect(right().timeServers.length).toBe(4)
  })
  test('names the platform by its environment', () => {
    expect(brokerAddress(right())).toEqual({ host: 'mqtt.sandbox.powernaut.io', port: 8883 })
    expect(brokerAddress(right({ environment: 'production' })).host).toBe('mqtt.powernaut.io')
  })
  test('may name its own broker and time server, with and without a port', () => {
    const settings = right({
      environment: 'custom',
      broker: 'mqtts://[::1]:18883',
      timeServers: ['127.0.0.1:11123', 'ntp.se'],
    })
    expect(brokerAddress(settings)).toEqual({ host: '::1', port: 18883 })
    expect(timeServers(settings)).toEqual([
      { host: '127.0.0.1', port: 11123 },
      { host: 'ntp.se', port: 123 },
    ])
  })

  test('whose ca cannot be read has no authority at all, and not the built-in ones', () => {
    // As no file can be, but what is stored is not read again at each start.
    const settings = { ...right(), ca: '-----BEGIN CERTIFICATE-----\n!' }
    expect(brokerAddress(settings).anchors).toEqual([])
  })
  test('comes back from the store as it went in', () => {
    const blobs = new Map<string, Uint8Array>()
    const store = {
      read: (name: string) => blobs.get(name),
      write: (name: string, bytes: Uint8Array) => void blobs.set(name, bytes),
      erase: (name: string) => void blobs.delete(name),
    }
    expect(loadSettings(store)).toBeUndefined()
    saveSettings(store, right())
    expect(loadSettings(store)).toEqual({ settings: right() })
    new Journal(store, 'settings').writeBoth(1, new Uint8Array([0xff, 0xfe]))
    expect(loadSettings(store)).toEqual({
      wrong: [
        { field: 'settings', found: '2 bytes that are no JSON', expected: 'a settings record' },
      ],
    })
    new Journal(store, 'settings').writeBoth(200, new Uint8Array([0x7b, 0x7d]))
    expect(loadSettings(store)).toMatchObject({ wrong: [{ found: 'a record of version 200' }] })
    new Journal(store, 'settings').writeBoth(0, utf8(JSON.stringify(file())))
    expect(loadSettings(store)).toEqual({ settings: right() })
    eraseSettings(store)
    expect(loadSettings(store)).toBeUndefined()
  })
})

test('an inverter may be several streams under one unit, and the site the sum of two meters', () => {
  right({
    devices: [
      { model: 'inverter', unit: 1, role: 'site' },
      { model: 'inverter', unit: 1, role: 'resource', resource: BATTERY, part: 'battery' },
      { model: 'meter', unit: 2, role: 'site', ctRatio: 2.5, inverted: true, phases: [1, 3] },
    ],
  })
})

describe('a wrong file', () => {
  test.each([
    [
      { site: 'home' },
      'site: expected a UUID such as 3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11, found a text of 4 characters',
    ],
    [
      { site: undefined },
      'site: expected a UUID such as 3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11, found nothing',
    ],
    [
      { environment: 'test' },
      'environment: expected one of production, sandbox, custom, found a text of 4 characters',
    ],
    [
      { environment: 'custom' },
      'broker: expected mqtts://HOST:PORT, because the environment is custom, found nothing',
    ],
    [
      { environment: 'custom', broker: 'mqtt://h' },
      'broker: expected mqtts://HOST or mqtts://HOST:PORT (MQTT without TLS is not spoken here), found a text of 8 characters',
    ],
    [{ devices: [] }, 'devices: expected a list of 1 to 16, found a list of 0'],
    [
      { line: { baud: 9601 } },
      'line.baud: expected one of 2400, 4800, 9600, 19200, 38400, 57600, 115200, found 9601',
    ],
    [{ timeServers: [] }, 'timeServers: expected a list of 1 to 4, found a list of 0'],
    [
      { lines: 1 },
      'lines: expected only environment, broker, ca, site, credentials, staged, retired, wifi, line, devices, qos, timeServers, found a field that does not exist',
    ],
    [
      { credentials: { key: 'k', secret: 's', user: 'me' } },
      'credentials: expected only key, secret, found a field that does not exist',
    ],
    [
      { ca: 'not PEM' },
      'ca: expected certificates in PEM (-----BEGIN CERTIFICATE-----) and no private key, found a text of 7 characters',
    ],
    [
      { ca: '-----BEGIN CERTIFICATE-----\n!' },
      'ca: expected certificates in PEM (-----BEGIN CERTIFICATE-----) and no private key, found a text of 29 characters',
    ],
  ])('%j', (patch, line) => {
    expect(wrong(patch)).toEqual([line])
  })

  test('is refused with every wrong field at once', () => {
    expect(
      wrong({ site: 1, environment: 2, devices: [{ unit: 300 }] }).map(
        (line) => line.split(':')[0],
      ),
    ).toEqual(['environment', 'site', 'devices[0].model', 'devices[0].unit', 'devices[0].role'])
  })

  test('never shows a password that came in an address', () => {
    const [line] = wrong({ environment: 'custom', broker: 'mqtts://u:hunter2@h' })
    expect(line).toMatch(/found a text of 19 characters$/)
  })

  // A Wi-Fi password of digits without quotes was printed, and so were credentials given as one text.
  test.each<[string, Record<string, unknown>, string]>([
    [
      'a secret that is a number',
      { wifi: { ssid: 'house', password: 87654321 } },
      'wifi.password: expected empty, 8 to 63 ASCII characters, or 64 hexadecimal digits, found a number',
    ],
    [
      'a secret in the place of its group',
      { credentials: 'correct horse' },
      'credentials: expected an object, found a text of 13 characters',
    ],
  ])('never shows %s', (_, patch, line) => {
    expect(wrong(patch)).toEqual([line])
  })

  test('is refused with fields that contradict each other beside those that are wrong alone', () => {
    expect(
      wrong({
        qos: 0,
        environment: 'custom',
        devices: [
          { model: 'm', unit: 1, role: 'resource' },
          { model: 'm', unit: 'x', role: 'resource', resource: SITE },
          null,
        ],
      }).map((line) => line.split(':')[0]),
    ).toEqual([
      'devices[1].unit',
      'devices[2]',
      'qos',
      'broker',
      'devices[0].resource',
      'devices[1].resource',
    ])
  })

  test.each<[Record<string, unknown>, string]>([
    [
      { timeServers: ['ntp.se', 'time.nist.gov', 'ntp.se'] },
      'timeServers[2]: expected each once, found a text of 6 characters again',
    ],
    [
      { devices: [{ model: 'm', unit: 1, role: 'site', phases: [1, 1] }] },
      'devices[0].phases[1]: expected each once, found 1 again',
    ],
    [
      { line: { pins: { transmit: 4, receive: 4, direction: 4 } } },
      'line.pins.receive: expected a pin of its own, found 4 again',
    ],
    [
      { credentials: { key: 'k\0', secret: 's' } },
      'credentials.key: expected a text of valid characters, found a text of 2 characters',
    ],
    [
      { credentials: { key: 'k', secret: '\ud800' } },
      'credentials.secret: expected a text of valid characters, found a text of 1 characters',
    ],
    [
      { wifi: { ssid: 'ü'.repeat(17) } },
      'wifi.ssid: expected at most 32 bytes of UTF-8, found a text of 17 characters',
    ],
    [
      { wifi: { ssid: 'house', password: 'short' } },
      'wifi.password: expected empty, 8 to 63 ASCII characters, or 64 hexadecimal digits, found a text of 5 characters',
    ],
  ])('%j', (patch, line) => {
    expect(wrong(patch)).toContain(line)
  })

  test('that does not fit into the flash is refused with its size', () => {
    const ca = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(6000)}\n-----END CERTIFICATE-----\n`
    expect(wrong({ ca })).toEqual([
      'settings: expected at most 6000 bytes, which is what the flash holds: fewer certificates in ca, found 6513 bytes',
    ])
  })

  test('never shows a secret', () => {
    const lines = wrong({ credentials: { key: 'k', secret: 'x'.repeat(300) } })
    expect(lines).toEqual([
      'credentials.secret: expected at most 256 characters, found a text of 300 characters',
    ])
  })

  test.each([
    [
      [{ model: 'm', unit: 1, role: 'resource' }],
      'devices[0].resource: expected the id of the resource, a UUID, found nothing',
    ],
    [
      [
        { model: 'm', unit: 1, role: 'site' },
        { model: 'n', unit: 1, role: 'resource', resource: BATTERY },
      ],
      'devices[1].unit: expected a unit that no other device has, found 1 again',
    ],
    [
      [{ model: 'm', unit: 1, role: 'resource', resource: SITE.toUpperCase() }],
      'devices[0].resource: expected an id that no other stream has, found an id given twice',
    ],
    [
      [{ model: 'm', unit: 1, role: 'site', resource: BATTERY }],
      'devices[0].resource: expected none, because the role is site, found an id',
    ],
  ])('%j', (devices, line) => {
    expect(wrong({ devices })).toEqual([line])
  })

  test('has at most the resources that the platform takes', () => {
    const devices = Array.from({ length: 11 }, (_, i) => ({
      model: 'm',
      unit: i + 1,
      role: 'resource',
      resource: `5a0c2a6e-6f0b-4c38-9d0f-0d8f6f7a${1000 + i}`,
    }))
    expect(wrong({ devices })).toEqual([
      "devices: expected at most 10, the platform's limit, found 11 resources",
    ])
  })

  test('of which a thousand fields are wrong costs a short list', () => {
    const unknown = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`field${i}`, 1]))
    expect(wrong({ ...unknown, devices: Array(16).fill({}) })).toHaveLength(MAX_WRONG_FIELDS)
    const parsed = parseSettings(unknown)
    // What is missing is wrong too.
    const empty = parseSettings({})
    const missing = 'wrong' in empty ? empty.wrong.length : 0
    expect('wrong' in parsed && parsed.wrong.more).toBe(1000 + missing - MAX_WRONG_FIELDS)
  })

  test.each([[null], [[]], ['text'], [7], [undefined]])('that is %j is no settings', (json) => {
    expect('wrong' in parseSettings(json)).toBe(true)
  })
})
