/** `npm start` as somebody would type it: its lines, its summary, its exit code. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Chrony } from '../../tools/peers/chrony'
import { Mosquitto } from '../../tools/peers/mosquitto'
import { find, freePort } from '../../tools/peers/peer'
import { SerialCable } from '../../tools/peers/socat'
import { Subscriber } from '../../tools/peers/subscriber'
import { makeCertificates } from '../../tools/sim/host/certificates'
import { houseLine } from '../../tools/sim/host/house-line'
import { SerialSlave } from '../../tools/sim/host/serial-slave'
import { SIMULATED_SITE } from '../../tools/sim/site/installation'
import { readJsonLines } from '../../tools/trace/entry'
import {
  CREDENTIALS,
  hasSaid,
  interrupt,
  type Run,
  SECRET,
  SETTINGS,
  settingsFile,
  start,
} from '../support/npm-start'
import { scratchForEachTest } from '../support/scratch'
import { until } from '../support/virtual-dongle'
import { replay } from '../trace/replay'

const scratch = scratchForEachTest()

const begin = (...words: string[]) => start(scratch.path, ...words)

/** Runs until a tick has been acknowledged. */
const untilTick = (...words: string[]) => hasSaid(begin(...words), 'acknowledged 3/3')

/** Runs until `what` was said, and ends by Ctrl-C. */
async function untilSaid(what: string, ...words: string[]): Run['ended'] {
  const said = await hasSaid(begin(...words), what)
  interrupt(said)
  return said.ended
}

test('the simulated site streams: the lines, the command that shows its messages, and its trace', async () => {
  const trace = join(scratch.path, 'trace.jsonl')
  const run = begin('--for', '24', '--messages', '--trace', trace)
  const { said } = run
  await hasSaid(run, 'state ')
  find('mosquitto_sub', 'mosquitto-clients')
  const [line] = /^mosquitto_sub .*$/m.exec(said()) as RegExpExecArray
  const [, authority] = /--cafile '(.*?)'/.exec(line) as RegExpExecArray
  expect(readFileSync(authority, 'utf8')).not.toContain('PRIVATE KEY')
  const looker = spawn('sh', ['-c', `exec ${line}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  let looked = ''
  looker.stdout.on('data', (bytes: Buffer) => {
    looked += bytes.toString()
  })
  const { code, out, err } = await run.ended
  looker.kill()
  expect([code, err]).toEqual([0, ''])
  expect(existsSync(authority)).toBe(false)
  const tick =
    /^\d\d:\d\d:\d\d {2}eastron-sdm630@1 +-?\d+ W {2}eastron-sdm120@2 +-\d+ W {2}pace-modbus@3 +-?\d+ W \d+ Wh {2}sent +3\/3 \+\d+ ms {2}acknowledged +3\/3 \+\d+ ms$/gm
  expect(out.match(tick)?.length).toBeGreaterThanOrEqual(2)
  expect(out).toMatch(/^missed +0 \(meter 0, clock 0, broker 0, capacity 0\)$/m)
  expect(out).toMatch(/^lateness +sent p50 \d+\.\d ms, p99 \d+\.\d ms; acknowledged p50 /m)
  expect(out).toMatch(/^on the wire +[1-9]\d+ bytes out, [1-9]\d+ bytes in, TLS included$/m)
  // A pipe gets no colours.
  expect(out).not.toContain('\u001b')

  const messages = [...out.matchAll(/^\d\d:\d\d:\d\d\.\d{3} {2}(\S+\/data) {2}(\{"value":.*\})$/gm)]
  const lines = messages.map(([, topic, json]) => `${topic} ${json}`)
  const seen = looked.trimEnd().split('\n')
  expect(seen.length).toBeGreaterThanOrEqual(6)
  // It may have come in the middle of a tick, and after some of them.
  expect(lines.slice(-seen.length)).toEqual(seen)

  const text = readFileSync(trace, 'utf8')
  const password = 'only-on-loopback'
  expect(out).toContain(`password ${password}`)
  expect(text).not.toContain(password)
  expect(text).not.toContain(Buffer.from(password).toString('hex'))
  const replayed = replay(readJsonLines(text), {
    settings: {
      ...SIMULATED_SITE,
      environment: 'custom',
      broker: 'mqtts://localhost:8883',
      credentials: { key: '*'.repeat(14), secret: '*'.repeat(password.length) },
      timeServers: ['127.0.0.1:123'],
    },
    serial: 'simulated',
  })
  // The trace has whole milliseconds: a time may fall into the second beside it.
  const values = (all: string[]) => all.map((json) => json.replace(/,"time":\d+/, ''))
  expect(values(replayed.messages.map(({ payload }) => payload))).toEqual(
    values(messages.map(([, , json]) => json)),
  )
})

describe('all of it is stopped and summed up, with the exit code of what was reached, by', () => {
  const summary = /^ticks due +[1-9]\d*, of 3 streams/m

  test('Ctrl-C, even twice', async () => {
    const run = await untilTick()
    interrupt(run)
    interrupt(run)
    const { code, out } = await run.ended
    expect([code, out]).toEqual([0, expect.stringMatching(summary)])
    // Neither was asked for.
    expect(out).not.toMatch(/"value"|PUBLISH/)
  })

  test.each(['SIGTERM', 'SIGHUP'] as const)('%s', async (signal) => {
    const run = await untilTick('--engine', 'node')
    run.child.kill(signal)
    const { code, out } = await run.ended
    expect([code, out]).toEqual([0, expect.stringMatching(summary)])
  })

  test('a reader that is gone: the summary is then on the other stream', async () => {
    const run = await untilTick()
    run.child.stdout?.destroy()
    const { code, err } = await run.ended
    expect([code, err]).toEqual([0, expect.stringMatching(summary)])
  })

  test('Ctrl-C before anything has begun: no tick came due', async () => {
    const run = begin('--trace')
    await hasSaid(run, 'meters  simulated')
    interrupt(run)
    const { code, out } = await run.ended
    expect([code, out]).toEqual([1, expect.stringMatching(/^no tick came due/m)])
  })
})

test('one identity, one virtual dongle: a second start is refused, until the first has ended or died', async () => {
  const real = ['--settings', settingsFile(scratch.path, SETTINGS), '--engine', 'node']
  const started = () => hasSaid(begin(...real), 'client  wattbeat')
  const first = await started()
  const { code, out, err } = await begin(...real).ended
  expect([code, out, err.trimEnd().split('\n').length]).toEqual([2, '', 1])
  expect(err).toContain(
    `process ${first.child.pid} is a virtual dongle with the same MQTT client id`,
  )
  expect(err).toContain(`delete ${join(scratch.path, 'wattbeat', 'lock')}`)
  // The simulated site has an identity that nobody else sees.
  expect((await untilSaid('state streaming')).code).toBeLessThan(2)
  first.child.kill('SIGKILL')
  await first.ended
  const next = await started()
  interrupt(next)
  await next.ended
  expect(existsSync(join(scratch.path, 'wattbeat', 'lock'))).toBe(false)
})

test('a clock that is never set: the state says why, nothing is sent, and the exit code is 1', async () => {
  const why = 'state synchronising: 127.0.0.1'
  const { code, out } = await untilSaid(why, '--settings', settingsFile(scratch.path, SETTINGS))
  expect(code).toBe(1)
  expect(out).toMatch(/^no tick came due; the dongle was synchronising: 127\.0\.0\.1/m)
  expect(out).toMatch(/^on the wire +0 bytes out/m)
})

test('a line without meters: every sample is missed, with the cause, and the exit code is 1', async () => {
  const cable = await SerialCable.start()
  const { code, out } = await untilSaid('missed by the meter', '--serial', cable.ends[0])
  await cable.stop()
  expect(code).toBe(1)
  expect(out).toMatch(/ (eastron-sdm630@1|eastron-sdm120@2|pace-modbus@3) missed by the meter: \S+/)
  expect(out).toMatch(/^acknowledged +0$/m)
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
  const file = settingsFile(scratch.path, {
    ...SETTINGS,
    ca: certificates.authority,
    timeServers: [`127.0.0.1:${chrony.port}`],
  })
  const broker = `mqtts://localhost:${port}`
  const real = ['--settings', file, '--broker', broker]
  // Ended by Ctrl-C, and not without a goodbye to the broker.
  const first = await untilSaid('acknowledged 3/3', ...real, '--serial', cable.ends[0], '--trace')
  // Without an adapter: simulated meters, as before there is hardware.
  const again = await untilSaid('acknowledged 3/3', ...real)
  const goodbyes = () => mosquitto.log.match(/Received DISCONNECT from wattbeat/g)?.length ?? 0
  await until('two goodbyes', () => goodbyes() >= 2, { withinMs: 5000, said: () => mosquitto.log })
  for (const peer of [subscriber, mosquitto, chrony, slave, cable]) await peer.stop()

  expect([first.code, first.err, again.code]).toEqual([0, '', 0])
  expect(first.out).toContain(`broker  ${broker}`)
  expect(first.out).toMatch(
    /broker {2}out {2}CONNECT as wattbeat\w+, user name and password masked/,
  )
  for (const secret of [CREDENTIALS.key, SECRET])
    expect(first.out + again.out).not.toContain(secret)
  expect(new Set(subscriber.seen.map(({ topic }) => topic)).size).toBe(3)
  // A new process does not know the session of the last one: that is normal, and said so.
  expect(again.out).toContain('note the broker still has the session of an earlier run')
  expect(again.out).not.toContain('does not know')
  // The same dongle both times.
  const ids = mosquitto.log.match(/as wattbeat\w+ \(p5/g) ?? []
  expect(ids.length).toBeGreaterThanOrEqual(2)
  expect(new Set(ids).size).toBe(1)
})
