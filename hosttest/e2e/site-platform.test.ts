/** The simulated platform, asked by npm mqtt: what it lets in, and what it shows of what it received. */
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import mqtt from 'mqtt'
import { Peer } from '../../tools/peers/peer'
import type { SettingsJson } from '../../tools/sim/site/installation'
import { until } from '../support/virtual-dongle'

let child: Peer
let settings: SettingsJson

beforeAll(async () => {
  child = await Peer.start({
    program: 'node',
    debianPackage: 'nodejs',
    arguments: ['--import', 'tsx', 'hosttest/support/platform-child.ts'],
    ready: (output) => output.includes('\n'),
  })
  settings = JSON.parse(child.output.split('\n')[0])
})

afterAll(() => child?.stop())

function connect(change: mqtt.IClientOptions = {}) {
  return mqtt.connectAsync(settings.broker, {
    protocolVersion: 5,
    ca: settings.ca,
    username: settings.credentials.key,
    password: settings.credentials.secret,
    reconnectPeriod: 0,
    ...change,
  })
}

test('the credentials of its site are let in, and a message is shown as it came', async () => {
  const client = await connect()
  await client.publishAsync('site/a/data', '{"value":1}', { qos: 1 })
  await client.endAsync()
  const shown = () =>
    child.output
      .split('\n')
      .slice(1, -1)
      .map((line) => JSON.parse(line))
  await until('the message', () => shown().length > 0)
  expect(shown()).toEqual([{ topic: 'site/a/data', payload: '{"value":1}', qos: 1, retain: false }])
})

test.each([
  ['another secret', { password: 'another' }],
  ['another key', { username: 'another' }],
  ['none', { username: undefined, password: undefined }],
])('%s: not authorised', async (_which, change) => {
  await expect(connect(change)).rejects.toThrow(/not authorized/i)
})

test('its certificate holds for nobody who trusts another authority', async () => {
  await expect(connect({ ca: undefined })).rejects.toThrow(/certificate/)
})
