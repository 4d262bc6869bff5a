/** `npm start` as somebody would type it: its lines, its summary, its exit code. */
import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { Chrony } from '../../tools/peers/chrony'
import { Mosquitto } from '../../tools/peers/mosquitto'
import { freePort, type Scratch, scratchFolder } from '../../tools/peers/peer'
import { SerialCable } from '../../tools/peers/socat'
import { Subscriber } from '../../tools/peers/subscriber'
import { makeCertificates } from '../../tools/sim/host/certificates'
import { houseLine } from '../../tools/sim/host/house-line'
import { SerialSlave } from '../../tools/sim/host/serial-slave'
import { SIMULATED_SITE } from '../../tools/sim/site/installation'
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
    // A process group of its own, as a shell gives to what it runs in a terminal.
    detached: true,
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

/** What a terminal's Ctrl-C does: the signal goes to every process of the group. */
function interrupt({ child }: Run): void {
  process.kill(-(child.pid as number), 'SIGINT')
}

/** Runs until `what` was said, and ends by Ctrl-C. */
async function untilSaid(what: string, ...words: string[]): Run['ended'] {
  const run = start(...words)
  await until(what, () => run.said().includes(what), { said: run.said })
  interrupt(run)
  return run.ended
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
  const { code, out, err } = await start('--for', '24').ended
  expect([code, err]).toEqual([0, ''])
  const tick =
    /^\d\d:\d\d:\d\d {2}eastron-sdm630@1 +-?\d+ W {2}eastron-sdm120@2 +-\d+ W {2}pace-modbus@3 +-?\d+ W \d+ Wh {2}sent +3\/3 \+\d+ ms {2}acknowledged +3\/3 \+\d+ ms$/gm
  expect(out.match(tick)?.length).toBeGreaterThanOrEqual(2)
  expect(out).toMatch(/^missed +0 \(meter 0, clock 0, broker 0, capacity 0\)$/m)
  expect(out).toMatch(/^lateness +sent p50 \d+\.\d ms, p99 \d+\.\d ms; acknowledged p50 /m)
  expect(out).toMatch(/^on the wire +[1-9]\d+ bytes out, [1-9]\d+ bytes in, TLS included$/m)
  // A pipe gets no colours.
  expect(out).not.toContain('\u001b')
})

test('Ctrl-C, even twice, stops all of it and sums up', async () => {
  const run = start()
  const { said } = run
  await until('a tick', () => said().includes('acknowledged 3/3'), { said })
  interrupt(run)
  interrupt(run)
  const { code, out } = await run.ended
  expect(code).toBe(0)
  expect(out).toMatch(/^ticks due +[1-9]\d*, of 3 streams/m)
})

test('a clock that is never set: the state says why, nothing is sent, and the exit code is 1', async () => {
  const why = 'state synchronising: 127.0.0.1'
  const { code, out } = await untilSaid(why, '--settings', settingsFile(SETTINGS))
  expect(code).toBe(1)
  expect(out).toMatch(/^no tick came due; the dongle was synchronising: 127\.0\.0\.1/m)
  expect(out).toMatch(/^on the wire +0 bytes out/m)
})

test('a line without meters: every sample is missed, with the cause, and the exit code is 1', async () => {
  const cable = await SerialCable.start()
  const { code, out } = await untilSaid('missed by the meter', '--serial', cable.ends[0])
  await cable.stop()
  expect(code).toBe(1)
  expect(out).toMatch(/missed by the meter: \S+/)
  expect(out).toMatch(/^acknowledged +0$/m)
})

test('a serial device that does not exist is named', async () => {
  const { code, out } = await untilSaid('missed by the meter', '--serial', '/dev/no-such-adapter')
  expect(code).toBe(1)
  expect(out).toMatch(/missed by the meter: .*\/dev\/no-such-adapter/)
})

test('a real site to a real broker: --settings and --broker, with and without --serial', async () => {
  const certificates = await makeCertificates()
  const accounts = [CREDENTIALS, { key: 'platform', secret: 'p' }]
  const mosquitto = await Mosquitto.start({ certificates, accounts })
  const chrony = await Chrony.start(await freePort(), 'local stratum 1')
  const cable = await SerialCable.start()
  const { line } = houseLine(SIMULATED_SITE.devices, SIMULATED_SITE.line)
  const slave = await SerialSlave.start(cable.ends[1], line)
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
  // Ended by Ctrl-C, and not without a goodbye to the broker.
  const first = await untilSaid('acknowledged 3/3', ...real, '--serial', cable.ends[0])
  // Without an adapter: simulated meters, as before there is hardware.
  const again = await untilSaid('acknowledged 3/3', ...real)
  const goodbyes = () => mosquitto.log.match(/Received DISCONNECT from wattbeat/g)?.length ?? 0
  await until('two goodbyes', () => goodbyes() >= 2, { withinMs: 5000, said: () => mosquitto.log })
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
    expect(err).toMatch(/site\.json: site: expected a UUID .*, found a text of 4 characters/)
    expect(err).toMatch(/site\.json: line\.baud: expected one of .*, found 9601/)
    expect(err).not.toContain(SECRET)
  })

  test('settings that are no JSON', async () => {
    const path = join(scratch.path, 'broken.json')
    writeFileSync(path, `{\n  "secret": "${SECRET}" oops`)
    const { code, err } = await start('--settings', path).ended
    expect([code, err.trimEnd()]).toEqual([
      2,
      `--settings ${path}: is no JSON: line 2, column 36: expected a comma or }`,
    ])
  })

  test('a model that has no simulated meter', async () => {
    const devices = [{ model: 'eastron-sdm230', unit: 1, role: 'site' }]
    const { code, err } = await start('--settings', settingsFile({ ...SETTINGS, devices })).ended
    expect(code).toBe(2)
    expect(err).toMatch(/devices\[0\]\.model: .*eastron-sdm230.*--serial DEVICE/)
  })
})
