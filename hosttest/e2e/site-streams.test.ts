/**
 * A site streams: the whole firmware on Node between real peers. Meters by npm modbus-serial on socat's
 * pseudo-terminals, time from chrony, mosquitto over verified TLS. Real time, for the grid of 4 s is what is shown.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { AdapterLine } from '../../tools/node/serial-line'
import { type Certificates, makeCertificates } from '../../tools/site/certificates'
import { SIMULATED_SITE } from '../../tools/site/installation'
import { MeterLine } from '../../tools/site/line'
import { SerialSlave } from '../../tools/site/serial-slave'
import { Site } from '../../tools/site/site'
import type { Fault } from '../../tools/site/slave'
import { Chrony } from '../support/chrony'
import { Mosquitto } from '../support/mosquitto'
import { float32, startSerialMeters } from '../support/serial-meters'
import { SerialCable } from '../support/socat'
import { type Seen, Subscriber } from '../support/subscriber'
import { until, VirtualDongle } from '../support/virtual-dongle'

const PERIOD_MS = 4000
const DONGLE = { key: 'site-key', secret: 'a secret of the site' }
const PLATFORM = { key: 'platform', secret: 'a secret of the platform' }
const SITE_TOPIC = `site/${SIMULATED_SITE.site}/data`
const [, PANELS, STORAGE] = SIMULATED_SITE.devices
const PANELS_TOPIC = `resource/${PANELS.resource}/data`
const STORAGE_TOPIC = `resource/${STORAGE.resource}/data`

let certificates: Certificates
let chrony: Chrony
let mosquitto: Mosquitto
let cable: SerialCable
let subscriber: Subscriber
let slave: SerialSlave | undefined
let dongle: VirtualDongle | undefined

beforeAll(async () => {
  certificates = await makeCertificates()
  chrony = await Chrony.start(20_000 + Math.floor(Math.random() * 20_000), 'local stratum 1')
})

afterAll(async () => {
  await chrony?.stop()
})

beforeEach(async () => {
  mosquitto = await Mosquitto.start({ certificates, accounts: [DONGLE, PLATFORM] })
  cable = await SerialCable.start()
  subscriber = await Subscriber.start({
    port: mosquitto.port,
    authority: certificates.authority,
    ...PLATFORM,
  })
})

afterEach(async () => {
  dongle?.stop()
  dongle = undefined
  await slave?.stop()
  slave = undefined
  await subscriber?.stop()
  await mosquitto?.stop()
  await cable?.stop()
})

function settings(change: object = {}): object {
  return {
    ...SIMULATED_SITE,
    environment: 'custom',
    broker: `mqtts://localhost:${mosquitto.port}`,
    ca: certificates.authority,
    credentials: DONGLE,
    timeServers: [`127.0.0.1:${chrony.port}`],
    ...change,
  }
}

function start(change: object = {}): VirtualDongle {
  dongle = new VirtualDongle({
    settings: settings(change),
    serialLine: new AdapterLine(cable.ends[0]),
  })
  return dongle
}

/** At the other end of the cable, in the sun of noon. */
async function startSimulatedMeters(): Promise<MeterLine> {
  const utc = () => Date.now() as UnixMs
  const longitudeDeg = (12 - ((utc() / 3_600_000) % 24)) * 15
  const line = new MeterLine({
    site: new Site({ seed: 1, startsAt: utc(), longitudeDeg }),
    utc,
    meters: [
      { model: 'eastron-sdm630', unit: 1 },
      { model: 'eastron-sdm120', unit: 2 },
      { model: 'pace-modbus', unit: 3 },
    ],
  })
  slave = await SerialSlave.start(cable.ends[1], line)
  return line
}

function on(topic: string): Seen[] {
  return subscriber.seen.filter((message) => message.topic === topic)
}

test('messages are exactly what the specification says, every 4 s, from independent meters', async () => {
  const [high, low] = float32(1234.5)
  const [pvHigh, pvLow] = float32(-2500.4)
  const meters = await startSerialMeters(cable.ends[1], {
    input: { 1: { 52: high, 53: low }, 2: { 12: pvHigh, 13: pvLow } },
    // -15.00 A at 52.00 V: 780 W of discharge. 81.50 Ah of 200 Ah.
    holding: { 3: { 0: 0x10000 - 1500, 1: 5200, 2: 41, 3: 100, 4: 8150, 5: 20000, 6: 20000 } },
  })
  const started = start()
  await until('four ticks', () => subscriber.seen.length >= 12, {
    withinMs: 40_000,
    said: () => `${started.words}\n${mosquitto.log.slice(-2000)}`,
  })
  started.stop()
  await meters.stop()

  const payloads: [string, RegExp][] = [
    [SITE_TOPIC, /^\{"value":1235,"time":\d{10}\}$/],
    [PANELS_TOPIC, /^\{"value":-2500,"time":\d{10}\}$/],
    [STORAGE_TOPIC, /^\{"value":-780,"soc":4238,"time":\d{10}\}$/],
  ]
  expect(new Set(subscriber.seen.map(({ topic }) => topic))).toEqual(
    new Set(payloads.map(([topic]) => topic)),
  )
  for (const [topic, payload] of payloads) {
    const messages = on(topic).slice(0, 4)
    expect(messages).toHaveLength(4)
    for (const message of messages) {
      expect(message).toMatchObject({ qos: 1, retain: false, dup: false })
      expect(message.payload).toMatch(payload)
    }
    messages.slice(1).forEach((message, i) => {
      const apartMs = message.atMs - messages[i].atMs
      expect(Math.abs(apartMs - PERIOD_MS)).toBeLessThan(250)
      expect(timeOf(message) - timeOf(messages[i])).toBeGreaterThanOrEqual(3)
      expect(timeOf(message) - timeOf(messages[i])).toBeLessThanOrEqual(5)
      // The time of the measurement: in the past, and by less than a period.
      expect(message.atMs - timeOf(message) * 1000).toBeGreaterThanOrEqual(0)
      expect(message.atMs - timeOf(message) * 1000).toBeLessThan(PERIOD_MS + 1000)
    })
  }
  // MQTT 5 (p5) with clean start 0 (c0), as our one id and under the site's key.
  expect(mosquitto.log).toMatch(/as wattbeat[0-9a-zA-Z]{1,15} \(p5, c0, k30, u'site-key'\)/)
  expect(JSON.stringify(started.reports)).not.toContain(DONGLE.secret)
})

test('a meter that fails, whichever way: its stream is silent for the tick, the others go on', async () => {
  const { meters } = await startSimulatedMeters()
  const started = start()
  const said = () => started.words
  await until('a first tick', () => subscriber.seen.length >= 3, { said })
  for (const fault of ['dead', 'wrong unit', 'bad crc', 'exception'] satisfies Fault[]) {
    const missedBefore = started.of('missed').length
    const siteBefore = on(SITE_TOPIC).length
    const panels = on(PANELS_TOPIC)
    meters[1].fault = fault
    await until(`${fault}: a miss`, () => started.of('missed').length > missedBefore, { said })
    meters[1].fault = undefined
    await until(`${fault}: the site`, () => on(SITE_TOPIC).length > siteBefore, { said })
    expect(on(PANELS_TOPIC)).toEqual(panels)
    const missed = started.of('missed').slice(missedBefore)
    expect(missed).toMatchObject([{ stream: 1, by: 'meter' }])
    expect(missed[0].why.length).toBeGreaterThan(3)
    await until(`${fault}: back`, () => on(PANELS_TOPIC).length > panels.length, { said })
  }
  // Never 0, never an old value with a new time.
  for (const { payload } of on(PANELS_TOPIC)) expect(samples(payload)[0].value).toBeLessThan(-100)
  const times = on(PANELS_TOPIC).map(timeOf)
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b))
})

describe('a broker that is not to be trusted, or does not trust us', () => {
  test('another authority: refused in words, and no MQTT byte is sent', async () => {
    await startSimulatedMeters()
    const { authority } = await makeCertificates()
    const { words } = await failing({ ca: authority }, /bad signature of|unknown issuer/)
    expect(words).toContain('localhost')
    // The subscriber is the only client that ever got as far as a CONNECT.
    expect(mosquitto.log.match(/New client connected/g)).toHaveLength(1)
    expect(mosquitto.log).not.toContain('as wattbeat')
  })

  test('wrong credentials: the MQTT reason in words, then a pause', async () => {
    await startSimulatedMeters()
    const wrong = { ...DONGLE, secret: 'another' }
    await failing({ credentials: wrong }, /not authori[sz]ed|bad user name or password/i)
    const attempts = () => mosquitto.log.match(/CONNACK to \S+ \(0, 13[45]\)/g)?.length ?? 0
    const first = attempts()
    await sleep(5000)
    expect(first).toBe(1)
    expect(attempts()).toBe(1)
    expect(subscriber.seen).toEqual([])
    expect(JSON.stringify(dongle?.reports)).not.toContain(wrong.secret)
  })

  async function failing(change: object, why: RegExp): Promise<VirtualDongle> {
    const started = start(change)
    await until('a reason', () => why.test(started.words), { said: () => started.words })
    expect(started.of('sent')).toEqual([])
    expect(started.of('state').map(({ state }) => state)).not.toContain('streaming')
    return started
  }
})

test('without the time nothing is sent, and the state says so', async () => {
  await startSimulatedMeters()
  // Nobody listens there.
  const started = start({ timeServers: ['127.0.0.1:9'] })
  await sleep(8000)
  expect(started.of('state').map(({ state }) => state)).toContain('synchronising')
  expect(started.of('state').map(({ state }) => state)).not.toContain('connecting')
  expect(started.of('due')).toEqual([])
  expect(subscriber.seen).toEqual([])
  expect(mosquitto.log).not.toContain('as wattbeat')
})

test('a broker that restarts: what was read meanwhile arrives, fresh and once', async () => {
  await startSimulatedMeters()
  const { port } = mosquitto
  const started = start()
  await until('a first tick', () => subscriber.seen.length >= 3, { said: () => started.words })
  await mosquitto.stop()
  await sleep(6000)
  mosquitto = await Mosquitto.start({ certificates, accounts: [DONGLE, PLATFORM], port })
  await subscriber.stop()
  const before = subscriber.seen
  subscriber = await Subscriber.start({ port, authority: certificates.authority, ...PLATFORM })
  const lastRead = () => started.of('acknowledged').at(-1)?.tick ?? 0
  const atRestart = lastRead()
  await until('three ticks more', () => lastRead() >= atRestart + 3, {
    withinMs: 40_000,
    said: () => started.words,
  })
  const acknowledged = started
    .of('acknowledged')
    .filter(({ stream }) => stream === 0)
    .flatMap(({ tick, samples }) => Array.from({ length: samples }, (_, i) => tick - i))
    .sort((a, b) => a - b)
  const due = started.of('due').map(({ tick }) => tick)
  expect(acknowledged).toEqual(due.slice(0, acknowledged.length))
  expect(started.of('missed')).toEqual([])
  const site = [...before, ...subscriber.seen].filter(({ topic }) => topic === SITE_TOPIC)
  const ages = site.flatMap(({ payload, atMs }) =>
    samples(payload).map(({ time }) => atMs - time * 1000),
  )
  expect(Math.max(...ages)).toBeLessThan(60_000)
})

function samples(payload: string): { value: number; soc?: number; time: number }[] {
  return [JSON.parse(payload)].flat()
}

function timeOf({ payload }: Seen): number {
  return samples(payload)[0].time
}
