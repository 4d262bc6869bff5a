/**
 * A site streams: the whole firmware on Node between real peers. Meters by npm modbus-serial on socat's
 * pseudo-terminals, time from chrony, mosquitto over verified TLS. Real time, for the grid of 4 s is what is shown.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { AdapterLine } from '../../tools/node/serial-line'
import { Chrony } from '../../tools/peers/chrony'
import { Mosquitto } from '../../tools/peers/mosquitto'
import { freePort } from '../../tools/peers/peer'
import { startSerialMeters } from '../../tools/peers/serial-meters'
import { SerialCable } from '../../tools/peers/socat'
import { type Seen, Subscriber } from '../../tools/peers/subscriber'
import type { LineConditions } from '../../tools/sim/conditions'
import { type Certificates, makeCertificates } from '../../tools/sim/host/certificates'
import { houseLine } from '../../tools/sim/host/house-line'
import { SerialSlave } from '../../tools/sim/host/serial-slave'
import { float, type MeterFault } from '../../tools/sim/modbus/slave'
import { SIMULATED_SITE } from '../../tools/sim/site/installation'
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
  chrony = await Chrony.start(await freePort(), 'local stratum 1')
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

/** At the other end of the cable. */
async function startSimulatedMeters(): Promise<LineConditions> {
  const { line, conditions } = houseLine(SIMULATED_SITE.devices, SIMULATED_SITE.line)
  slave = await SerialSlave.start(cable.ends[1], line)
  return conditions
}

function on(topic: string): Seen[] {
  return subscriber.seen.filter((message) => message.topic === topic)
}

test('messages are exactly what the specification says, every 4 s, from independent meters', async () => {
  const [high, low] = float(1234.5)
  const [pvHigh, pvLow] = float(-2500.4)
  const meters = await startSerialMeters(cable.ends[1], {
    input: { 1: { 52: high, 53: low }, 2: { 12: pvHigh, 13: pvLow } },
    // -15.00 A at 52.00 V: 780 W of discharge. 81.50 Ah of 200 Ah.
    holding: { 3: { 0: 0x10000 - 1500, 1: 5200, 2: 41, 3: 100, 4: 8150, 5: 20000, 6: 20000 } },
  })
  const started = start()
  const topics = [SITE_TOPIC, PANELS_TOPIC, STORAGE_TOPIC]
  await until('four ticks', () => topics.every((topic) => on(topic).length >= 4), {
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
  // The grid does not drift against UTC by a millisecond, however late this machine is.
  const due = started.of('due').map(({ at }) => at)
  due.forEach((at, i) => {
    expect(at).toBe(due[0] + i * PERIOD_MS)
  })
  const dueAt = new Map(started.of('due').map(({ tick, at }) => [tick, at as number]))
  payloads.forEach(([topic, payload], stream) => {
    const sent = started.of('sent').filter((one) => one.stream === stream)
    const missed = started.of('missed').filter((one) => one.stream === stream)
    const last = sent[sent.length - 1].tick
    const ticks = [...ticksOf(sent), ...missed.map(({ tick }) => tick)].filter((at) => at <= last)
    expect(ticks.sort((a, b) => a - b)).toEqual([...dueAt.keys()].filter((tick) => tick <= last))
    on(topic).forEach((message, i) => {
      expect(message).toMatchObject({ qos: 1, retain: false, dup: false })
      expect(message.payload).toMatch(payload)
      // The time of the measurement itself, in whole seconds: before it was sent, and for its own tick.
      const at = dueAt.get(sent[i].tick) ?? Number.NaN
      const measuredMs = timeOf(message) * 1000
      expect(measuredMs).toBeLessThanOrEqual(at + sent[i].lateMs)
      expect(measuredMs).toBeGreaterThan(at - PERIOD_MS)
      expect(message.atMs).toBeGreaterThan(measuredMs)
      // It is there before the next tick, on a busy machine too.
      expect(message.atMs).toBeLessThan(at + PERIOD_MS)
    })
  })
  // MQTT 5 (p5) with clean start 0 (c0), as our one id and under the site's key.
  expect(mosquitto.log).toMatch(/as wattbeat[0-9a-zA-Z]{1,15} \(p5, c0, k30, u'site-key'\)/)
  expect(JSON.stringify(started.reports)).not.toContain(DONGLE.secret)
})

test('a meter that fails, whichever way: its stream is silent for the tick, the others go on', async () => {
  const { meters } = await startSimulatedMeters()
  const panels = meters.get(PANELS.unit)!
  const started = start()
  const said = () => started.words
  const came = (stream: number) =>
    ticksOf(started.of('acknowledged').filter((one) => one.stream === stream))
  const missed = () => started.of('missed').filter(({ stream }) => stream === 1)
  await until('a first tick', () => subscriber.seen.length >= 3, { said })
  for (const fault of ['dead', 'wrong unit', 'bad crc', 'exception'] satisfies MeterFault[]) {
    const before = missed().length
    panels.fault = fault
    // If this machine is busy another meter may be late too, but not in every tick.
    const alone = () =>
      missed()
        .slice(before)
        .some(({ tick }) => came(0).includes(tick) && came(2).includes(tick))
    await until(`${fault}: a tick of which only its sample is missing`, alone, { said })
    panels.fault = undefined
    const [first] = missed().slice(before)
    await until(`${fault}: back`, () => came(1).some((tick) => tick > first.tick), { said })
    for (const { by, why } of missed().slice(before)) {
      expect(by).toBe('meter')
      expect(why.length).toBeGreaterThan(3)
    }
  }
  // Nothing for a tick that was missed, and what came is what was sent for the others.
  const sent = ticksOf(started.of('sent').filter(({ stream }) => stream === 1))
  for (const { tick } of missed()) expect(sent).not.toContain(tick)
  const received = () => on(PANELS_TOPIC).flatMap(({ payload }) => samples(payload))
  await until('what was sent', () => received().length >= sent.length)
  expect(received()).toHaveLength(sent.length)
  // Never 0, never an old value with a new time.
  for (const { value } of received()) expect(value).toBeLessThan(-100)
  const times = received().map(({ time }) => time)
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
    await until('its answer', () => attempts() > 0)
    await sleep(5000)
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
    said: () => started.words,
  })
  expect(started.of('missed')).toEqual([])
  const acknowledged = ticksOf(
    started.of('acknowledged').filter(({ stream }) => stream === 0),
  ).sort((a, b) => a - b)
  const due = started.of('due').map(({ tick }) => tick)
  expect(acknowledged).toEqual(due.slice(0, acknowledged.length))
  const site = [...before, ...subscriber.seen].filter(({ topic }) => topic === SITE_TOPIC)
  const ages = site.flatMap(({ payload, atMs }) =>
    samples(payload).map(({ time }) => atMs - time * 1000),
  )
  expect(Math.max(...ages)).toBeLessThan(60_000)
})

/** A message holds the samples of several ticks up to the one that is named. */
function ticksOf(reports: { tick: number; samples: number }[]): number[] {
  return reports.flatMap(({ tick, samples }) => Array.from({ length: samples }, (_, i) => tick - i))
}

function samples(payload: string): { value: number; soc?: number; time: number }[] {
  return [JSON.parse(payload)].flat()
}

function timeOf({ payload }: Seen): number {
  return samples(payload)[0].time
}
