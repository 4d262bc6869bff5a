/**
 * A dongle is set up by its cable: the real tool, a pseudo-terminal, the firmware on XS, and mosquitto. The tests are the steps
 * of one installation, in their order.
 */
import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { SerialPort } from 'serialport'
import { Dongle } from '../../tools/cli/wattbeat/dongle'
import { EXIT, Failure } from '../../tools/cli/wattbeat/failure'
import { openPort } from '../../tools/cli/wattbeat/surroundings'
import { readLabel } from '../../tools/factory/label'
import { Mosquitto } from '../../tools/peers/mosquitto'
import { type Scratch, scratchFolder } from '../../tools/peers/peer'
import { Subscriber } from '../../tools/peers/subscriber'
import { makeCertificates } from '../../tools/sim/host/certificates'
import { SIMULATED_SITE } from '../../tools/sim/site/installation'
import { type Told, wattbeat } from '../cli/wattbeat/fake'
import { improvClient } from '../support/improv-sdk'
import { hasSaid, interrupt, type Run, settingsFile, start } from '../support/npm-start'
import { until } from '../support/virtual-dongle'

const PERIOD_S = 4
const SITE_SECRET = 'hunter2-of-the-site'
const ACCOUNTS = [
  { key: 'site-key', secret: SITE_SECRET },
  { key: 'platform', secret: 'a secret of the platform' },
]
const SITE_TOPIC = `site/${SIMULATED_SITE.site}/data`
/** A newcomer's patience. */
const MAX_STREAMING_MS = 60_000

let scratch: Scratch
let mosquitto: Mosquitto
let subscriber: Subscriber
let run: Run
let site: string
const told: Told[] = []

const file = (name: string): string => join(scratch.path, 'wattbeat', 'virtual', name)
const label = (): string => readFileSync(file('label'), 'utf8').trim()

/** As in a process of its own, but for its start. */
async function tool(line: string, text = label()): Promise<Told> {
  const env = { WATTBEAT_LABEL: text, WATTBEAT_PORT: file('cable') }
  const one = await wattbeat(line, { env, openPort })
  told.push(one)
  return one
}

/** As npx starts it. `forMs`: then it is interrupted. */
function npx(line: string, forMs?: number): Promise<Told> {
  const words = ['tools/cli/wattbeat.mjs', ...line.split(' '), '--label-file', file('label')]
  const env = { ...process.env, XDG_STATE_HOME: scratch.path }
  const child = spawn(process.execPath, words, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const one = { code: -1, out: '', err: '' }
  child.stdout.on('data', (bytes: Buffer) => {
    // What it follows has begun.
    if (one.out === '' && forMs !== undefined) setTimeout(() => child.kill('SIGINT'), forMs)
    one.out += bytes.toString()
  })
  child.stderr.on('data', (bytes: Buffer) => void (one.err += bytes.toString()))
  return new Promise((resolve) =>
    child.once('close', (code) => {
      told.push({ ...one, code: code ?? -1 })
      resolve({ ...one, code: code ?? -1 })
    }),
  )
}

async function state(): Promise<unknown> {
  const { code, out } = await tool('info --json')
  expect(code).toBe(EXIT.done)
  return JSON.parse(out).info.state
}

/** Of the site's samples that mosquitto passed on, in seconds since 1970. */
function times(): number[] {
  return subscriber.seen
    .filter(({ topic }) => topic === SITE_TOPIC)
    .flatMap(({ payload }) => [JSON.parse(payload)].flat() as { time: number }[])
    .map(({ time }) => time)
}

/** How many ticks there are none of. */
function missing(all: readonly number[]): number {
  const ticks = Math.round((all[all.length - 1] - all[0]) / PERIOD_S) + 1
  return ticks - all.length
}

/** Web Serial's port, of the same pseudo-terminal. */
async function webSerial(): Promise<{ port: object; close(): Promise<void> }> {
  const serial = (await openPort(file('cable'))) as SerialPort
  const readable = new ReadableStream({
    start: (controller) =>
      void serial.on('data', (bytes: Buffer) => controller.enqueue(new Uint8Array(bytes))),
  })
  const writable = new WritableStream<Uint8Array>({
    write: (bytes) => new Promise((resolve) => serial.write(Buffer.from(bytes), () => resolve())),
  })
  return {
    port: { readable, writable },
    close: () => new Promise((resolve) => serial.close(() => resolve())),
  }
}

beforeAll(async () => {
  scratch = scratchFolder()
  const certificates = await makeCertificates()
  const { authority } = certificates
  mosquitto = await Mosquitto.start({ certificates, accounts: ACCOUNTS })
  const { port } = mosquitto
  subscriber = await Subscriber.start({ port, authority, ...ACCOUNTS[1] })
  run = await hasSaid(start(scratch.path, '--provision'), 'state unprovisioned')
  site = settingsFile(scratch.path, {
    ...JSON.parse(readFileSync(file('site.json'), 'utf8')),
    broker: `mqtts://localhost:${port}`,
    ca: authority,
    credentials: ACCOUNTS[0],
  })
})

afterAll(async () => {
  if (run?.child.exitCode === null) interrupt(run)
  await run?.ended
  await subscriber?.stop()
  await mosquitto?.stop()
  scratch?.remove()
})

test('it says how to set it up, with a command that is right, and shows no secret but the simulated label', () => {
  const said = run.said()
  expect(said).toContain(
    `npx wattbeat provision ${file('site.json')} --port ${file('cable')} --label-file ${file('label')}`,
  )
  expect(said).toMatch(/^label {3}WB1:SIM[0-9A-F]{6}:[0-9A-Z]{26} \(simulated/m)
  expect(said).not.toContain('only-on-loopback')
  for (const name of ['label', 'site.json', 'surroundings.json'])
    expect(statSync(file(name)).mode & 0o777).toBe(0o600)
})

test('npm improv-wifi-serial-sdk finds it, scans, and sets its Wi-Fi while it has no site', async () => {
  const { port, close } = await webSerial()
  const client = improvClient(port)
  expect(await client.initialize(10_000)).toMatchObject({
    firmware: 'wattbeat',
    chipFamily: 'host',
  })
  expect(client.state).toBe(2)
  expect(await client.scan()).toEqual([
    { name: 'simulated-guests', rssi: -71, secured: false },
    { name: 'simulated-house', rssi: -58, secured: true },
  ])
  await client.provision('simulated-house', 'any-password')
  expect(client.state).toBe(4)
  await client.close()
  await close()
  expect(await state()).toBe('unprovisioned')
})

test('a wrong secret is told from a right one, with when the next try is possible', async () => {
  const [mark, serial, secret] = label().split(':')
  const wrong = [mark, serial, secret.replace(/.$/, (last) => (last === '0' ? '1' : '0'))]
  const { code, err } = await tool('info', wrong.join(':'))
  expect([code, err]).toEqual([
    EXIT.secret,
    expect.stringMatching(
      /secret or the serial number is not this dongle's[\s\S]*next try is possible in [12] s/,
    ),
  ])
  // It waits by itself.
  expect(await state()).toBe('unprovisioned')
})

test('a cable that is pulled half-way through settings.set changes nothing', async () => {
  const read = readLabel(label())
  const port = await openPort(file('cable'))
  if (read.kind === 'wrong' || port instanceof Failure) throw new Error('no port')
  const connected = await Dongle.connect(port, read.label)
  if (connected instanceof Failure) throw new Error(connected.message)
  const [, socat] = /kill (\d+) pulls/.exec(run.said()) as RegExpExecArray
  const write = port.write.bind(port)
  let frames = 0
  port.write = (bytes: Buffer) => {
    if (++frames === 1) return write(bytes)
    // The second half of the message's second record never arrives.
    if (frames === 2)
      write(bytes.subarray(0, bytes.length / 2), () => process.kill(Number(socat), 'SIGKILL'))
    return true
  }
  const set = await connected.dongle.call('settings.set', {
    patch: JSON.parse(readFileSync(site, 'utf8')),
  })
  expect([frames, set]).toEqual([2, expect.objectContaining({ kind: 'cable' })])
  connected.dongle.close()
  port.destroy()
  let back = await tool('info')
  for (let i = 0; back.code !== EXIT.done && i < 20; i++) {
    await sleep(500)
    back = await tool('info')
  }
  expect(await state()).toBe('unprovisioned')
  expect((await tool(`provision ${site} --dry-run`)).out).toMatch(
    /^would change environment, broker/,
  )
})

test('provision sets it up, and it streams within a minute', async () => {
  const began = Date.now()
  const { code, out } = await npx(`provision ${site}`)
  expect([code, out]).toEqual([
    EXIT.done,
    expect.stringMatching(
      /^stored and read back: environment, broker, ca, .*\ntested: step network/,
    ),
  ])
  await until('a tick', () => times().length > 0, { said: run.said })
  const streamedMs = subscriber.seen[0].atMs - began
  console.log(`streams ${(streamedMs / 1000).toFixed(1)} s after the command`)
  expect(streamedMs).toBeLessThan(MAX_STREAMING_MS)
})

test('the same again changes nothing, and while it is looked at for half a minute no tick is missed', async () => {
  const { code, out } = await tool(`provision ${site} --json`)
  expect([code, JSON.parse(out.trim().split('\n').at(-1) as string)]).toMatchObject([
    EXIT.done,
    { ok: true, changed: [] },
  ])
  const looked = [await tool('status --json'), await tool('log'), await tool('identify')]
  expect(looked.map((one) => one.code)).toEqual([0, 0, 0])
  expect(JSON.parse(looked[0].out).status).toMatchObject({ state: 'streaming' })
  expect((await tool('set qos=3')).code).toBe(EXIT.settings)
  expect((await tool('set line.baud=19200 --dry-run')).code).toBe(EXIT.done)
  const watched = await npx('watch --every 1', 4000)
  expect([watched.code, watched.out.split('\n').length > 3]).toEqual([EXIT.done, true])
  expect(watched.out).toContain('streaming')
  const followed = await npx('log --follow', 20_000)
  expect([followed.code, followed.out]).toEqual([EXIT.done, expect.stringContaining('streaming')])
  expect(missing(times())).toBe(0)
  expect(run.said()).not.toContain('missed')
})

test('a site’s dongle refuses Improv’s scan and Wi-Fi, until its button was held', async () => {
  const { port, close } = await webSerial()
  const client = improvClient(port)
  await client.initialize(10_000)
  expect(client.state).toBe(4)
  await expect(client.scan()).rejects.toBe('UNKNOWN_ERROR (4)')
  await expect(client.provision('mine', 'any-password')).rejects.toBe('UNKNOWN_ERROR (4)')
  run.child.kill('SIGUSR2')
  await until('it was let go', () => client.state === 2)
  expect(await client.scan()).toHaveLength(2)
  await client.close()
  await close()
  expect(missing(times())).toBe(0)
})

test('a setting that the running dongle takes costs no tick', async () => {
  expect((await tool('set qos=2')).out).toBe('set qos\n')
  await until('it is so', () => subscriber.seen.at(-1)?.qos === 2, { said: run.said })
  expect(run.said().split('restart new settings')).toHaveLength(2)
  expect(missing(times())).toBe(0)
})

test('one that takes a restart costs the ticks of the restart', async () => {
  expect((await tool('set devices[2].capacityWh=12000')).out).toBe('set devices[2].capacityWh\n')
  await until('the restart', () => run.said().split('restart new settings').length === 3, {
    said: run.said,
  })
  const before = times().length
  await until('two ticks more', () => times().length >= before + 2, { said: run.said })
  const cost = missing(times())
  console.log(`the restart cost ${cost} ticks`)
  expect(cost).toBeLessThan(30 / PERIOD_S)
})

test('what it was told outlives the process', async () => {
  interrupt(run)
  await run.ended
  const before = times().length
  const [, serial] = label().split(':')
  run = start(scratch.path, '--provision')
  await until('it streams again', () => times().length > before, { said: run.said })
  expect(run.said()).toContain(`label   WB1:${serial}:`)
  expect(run.said()).not.toContain('unprovisioned')
})

test('reset erases the site, and not the identity', async () => {
  const text = label()
  expect((await tool('reset --yes')).code).toBe(EXIT.done)
  await hasSaid(run, 'state unprovisioned')
  expect(await state()).toBe('unprovisioned')
  expect([label(), (await tool('info')).out]).toEqual([
    text,
    expect.stringContaining(text.split(':')[1]),
  ])
})

test('on Node too, with the file that it wrote, in a folder of one’s own', async () => {
  const folder = join(scratch.path, 'another')
  const other = start(scratch.path, '--provision', folder, '--engine', 'node')
  await hasSaid(other, 'state unprovisioned')
  const env = {
    WATTBEAT_LABEL: readFileSync(join(folder, 'label'), 'utf8'),
    WATTBEAT_PORT: join(folder, 'cable'),
  }
  const { code } = await wattbeat(`provision ${join(folder, 'site.json')}`, { env, openPort })
  interrupt(other)
  await other.ended
  expect([code, other.said()]).toEqual([EXIT.done, expect.stringContaining('state streaming')])
})

test('no secret was printed, by the dongle or the tool', () => {
  const [, , secret] = label().split(':')
  for (const { out, err } of told)
    for (const hidden of [SITE_SECRET, secret]) expect(out + err).not.toContain(hidden)
  expect(run.said()).not.toContain(SITE_SECRET)
})
