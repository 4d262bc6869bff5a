/** `npm start` as somebody would type it: its lines, its summary, its exit code. */
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { makeCertificates } from '../../tools/site/certificates'
import { SIMULATED_SITE } from '../../tools/site/installation'
import { MeterLine } from '../../tools/site/line'
import { SerialSlave } from '../../tools/site/serial-slave'
import { Site } from '../../tools/site/site'
import { Chrony } from '../support/chrony'
import { Mosquitto } from '../support/mosquitto'
import { type Scratch, scratchFolder } from '../support/peer'
import { SerialCable } from '../support/socat'
import { Subscriber } from '../support/subscriber'
import { until } from '../support/virtual-dongle'

const SECRET = 'a-secret-of-the-site'
const CREDENTIALS = { key: 'site-key', secret: SECRET }

let scratch: Scratch

beforeEach(() => {
  scratch = scratchFolder()
})

afterEach(() => {
  scratch.remove()
})

interface Run {
  child: ChildProcess
  /** Both streams, as they come. */
  said(): string
  ended: Promise<{ code: number | null; out: string; err: string }>
}

function start(...words: string[]): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', 'tools/cli/start.ts', ...words], {
    env: { ...process.env, XDG_STATE_HOME: scratch.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (bytes: Buffer) => {
    out += bytes.toString()
  })
  child.stderr.on('data', (bytes: Buffer) => {
    err += bytes.toString()
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, out, err })),
  )
  return { child, said: () => out + err, ended }
}

function settingsFile(settings: object): string {
  const path = join(scratch.path, 'site.json')
  writeFileSync(path, JSON.stringify(settings))
  return path
}

const SETTINGS = {
  ...SIMULATED_SITE,
  environment: 'sandbox',
  credentials: CREDENTIALS,
  timeServers: ['127.0.0.1:9'],
}

test('the simulated site streams, sums up and ends with 0', async () => {
  const { code, out, err } = await start('--for', '14').ended
  expect([code, err]).toEqual([0, ''])
  const tick =
    /^\d\d:\d\d:\d\d {2}eastron-sdm630@1 -?\d+ W {2}eastron-sdm120@2 -\d+ W {2}pace-modbus@3 -?\d+ W \d+ Wh {2}sent 3\/3 \+\d+ ms {2}acknowledged 3\/3 \+\d+ ms$/gm
  expect(out.match(tick)?.length).toBeGreaterThanOrEqual(2)
  expect(out).toMatch(/^missed +0 \(meter 0, clock 0, broker 0, capacity 0\)$/m)
  expect(out).toMatch(/^lateness +sent p50 \d+\.\d ms, p99 \d+\.\d ms; acknowledged p50 /m)
  expect(out).toMatch(/^on the wire +[1-9]\d+ bytes out, [1-9]\d+ bytes in, TLS included$/m)
  // A pipe gets no colours.
  expect(out).not.toContain('\u001b')
})

test('Ctrl-C, even twice, stops all of it and sums up', async () => {
  const { child, said, ended } = start()
  await until('a tick', () => said().includes('acknowledged 3/3'), { withinMs: 30_000, said })
  child.kill('SIGINT')
  child.kill('SIGINT')
  const { code, out } = await ended
  expect(code).toBe(0)
  expect(out).toMatch(/^ticks due +[1-9]\d*, of 3 streams/m)
})

test('a line without meters: every sample is missed, with the cause, and the exit code is 1', async () => {
  const cable = await SerialCable.start()
  const { code, out } = await start('--for', '12', '--serial', cable.ends[0]).ended
  await cable.stop()
  expect(code).toBe(1)
  expect(out).toMatch(/missed by the meter: \S+/)
  expect(out).toMatch(/^acknowledged +0$/m)
})

test('a serial device that does not exist is named', async () => {
  const { code, out } = await start('--for', '8', '--serial', '/dev/no-such-adapter').ended
  expect(code).toBe(1)
  expect(out).toContain('/dev/no-such-adapter')
})

test('a real site to a real broker: --settings and --broker, with and without --serial', async () => {
  const certificates = await makeCertificates()
  const accounts = [CREDENTIALS, { key: 'platform', secret: 'p' }]
  const mosquitto = await Mosquitto.start({ certificates, accounts })
  const chrony = await Chrony.start(20_000 + Math.floor(Math.random() * 20_000), 'local stratum 1')
  const cable = await SerialCable.start()
  const utc = () => Date.now() as UnixMs
  const meters = SIMULATED_SITE.devices.map(({ model, unit }) => ({ model, unit }))
  const site = new Site({ seed: 1, startsAt: utc() })
  const slave = await SerialSlave.start(cable.ends[1], new MeterLine({ meters, site, utc }))
  const { port } = mosquitto
  const subscriber = await Subscriber.start({
    port,
    authority: certificates.authority,
    ...accounts[1],
  })
  const file = settingsFile({
    ...SETTINGS,
    ca: certificates.authority,
    timeServers: [`127.0.0.1:${chrony.port}`],
  })
  const broker = `mqtts://localhost:${port}`
  const real = ['--settings', file, '--broker', broker]
  const first = await start('--for', '12', ...real, '--serial', cable.ends[0]).ended
  // Without an adapter: simulated meters, as before there is hardware.
  const again = await start('--for', '8', ...real).ended
  for (const peer of [subscriber, mosquitto, chrony, slave, cable]) await peer.stop()

  expect([first.code, first.err, again.code]).toEqual([0, '', 0])
  expect(first.out).toContain(`broker  ${broker}`)
  expect(first.out + again.out).not.toContain(SECRET)
  expect(new Set(subscriber.seen.map(({ topic }) => topic)).size).toBe(3)
  // The same dongle both times. (A new process does not know its session any more, so it asks for a clean start.)
  const ids = mosquitto.log.match(/as wattbeat\w+ \(p5/g) ?? []
  expect(ids.length).toBeGreaterThanOrEqual(2)
  expect(new Set(ids).size).toBe(1)
})

describe('what cannot work ends at once with 2, and says what to change', () => {
  test.each([
    ['--fro 60', '--fro: no such option'],
    ['--settings no-such-file.json', 'no-such-file.json: ENOENT'],
    ['--settings package.json --broker mqtt://b:1883', 'without TLS'],
  ])('%s', async (line, why) => {
    const { code, out, err } = await start(...line.split(' ')).ended
    expect([code, out, err.trimEnd().split('\n').length]).toEqual([2, '', 1])
    expect(err).toContain(why)
  })

  test('settings with wrong fields: each by its name, and no secret', async () => {
    const { code, err } = await start(
      '--settings',
      settingsFile({ ...SETTINGS, site: 'home', line: { baud: 9601 } }),
    ).ended
    expect(code).toBe(2)
    expect(err).toMatch(/site\.json: site: expected a UUID .*, found "home"/)
    expect(err).toMatch(/site\.json: line\.baud: expected one of .*, found 9601/)
    expect(err).not.toContain(SECRET)
  })

  test('settings that are no JSON', async () => {
    const path = join(scratch.path, 'broken.json')
    writeFileSync(path, `{"secret": "${SECRET}" oops`)
    const { code, err } = await start('--settings', path).ended
    expect([code, err.trimEnd()]).toEqual([2, `--settings ${path}: is no JSON`])
  })

  test('a model that has no simulated meter', async () => {
    const devices = [{ model: 'eastron-sdm230', unit: 1, role: 'site' }]
    const { code, err } = await start('--settings', settingsFile({ ...SETTINGS, devices })).ended
    expect(code).toBe(2)
    expect(err).toMatch(/devices\[0\]\.model: .*eastron-sdm230.*--serial DEVICE/)
  })
})
