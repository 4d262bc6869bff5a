/** What surrounds the simulator: meters on a pseudo-terminal (socat), mosquitto over TLS, chrony, and an observer. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mqtt, { type MqttClient } from 'mqtt'
import type { UnixMs } from '../../firmware/core/time'
import { parseSettings } from '../../firmware/settings/parse'
import { saveSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'
import { FileStore } from '../node/store'
import { Chrony } from '../peers/chrony'
import { MeterLine } from '../sim/host/line'
import { SerialSlave } from '../sim/host/serial-slave'
import { Site } from '../sim/site/house'
import { SIMULATED_SITE } from '../sim/site/installation'
import type { SimulatedModel } from '../sim/site/meters'
import { authority, type Issued, keyPem, leaf, pem } from '../tls/authority'
import type { Surroundings } from './simulator'

/** On a busy machine. */
const PATIENCE_MS = 30_000

export class World {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wattbeat-'))
  readonly #processes: ChildProcess[] = []
  #stopping = false
  #slave: SerialSlave | undefined
  #chrony: Chrony | undefined
  #observer: MqttClient | undefined
  readonly seed = 1
  readonly startsAt = Date.now() as UnixMs

  static async start(): Promise<World> {
    const world = new World()
    try {
      await world.#startMeters()
      await world.#startPeers()
    } catch (error) {
      await world.stop()
      throw error
    }
    return world
  }

  get surroundings(): Surroundings {
    return {
      store: join(this.#folder, 'store'),
      line: join(this.#folder, 'line'),
      serial: 'SIM0001',
    }
  }

  /** Subscribed to everything. */
  get observer(): MqttClient {
    return this.#observer as MqttClient
  }

  /** The same site as the meters measure: ask it for times that only go forward. */
  newSite(): Site {
    // Ten in the morning, wherever this runs: sun and battery at work.
    const longitudeDeg = (10 - ((this.startsAt / 3_600_000) % 24)) * 15
    return new Site({ seed: this.seed, startsAt: this.startsAt, longitudeDeg })
  }

  async stop(): Promise<void> {
    this.#stopping = true
    this.#observer?.end(true)
    await this.#slave?.stop()
    await this.#chrony?.stop()
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue
      const over = once(child, 'exit')
      child.kill()
      await over
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #startMeters(): Promise<void> {
    const meters = SIMULATED_SITE.devices.map(({ model, unit }) => ({
      model: model as SimulatedModel,
      unit,
    }))
    const line = new MeterLine({ meters, site: this.newSite(), utc: () => Date.now() as UnixMs })
    const [near, far] = [this.surroundings.line, join(this.#folder, 'meters')]
    this.#spawn('socat', `PTY,link=${near},raw,echo=0`, `PTY,link=${far},raw,echo=0`)
    await until(() => existsSync(near) && existsSync(far), 'socat makes no pseudo-terminals')
    this.#slave = await SerialSlave.start(far, line)
  }

  async #startPeers(): Promise<void> {
    const root = await authority('simulated site')
    const broker = await leaf(root, { hosts: ['localhost'] })
    const [brokerPort, timePort] = [await freePort(), await freePort()]
    const device = { key: 'simulated-site', secret: randomBytes(12).toString('hex') }
    const observer = { key: 'observer', secret: randomBytes(12).toString('hex') }
    this.#chrony = await Chrony.start(timePort, 'local stratum 3')
    this.#startMosquitto(brokerPort, broker, [device, observer])
    this.#observer = await observe(brokerPort, pem(root), observer)
    const parsed = parseSettings({
      ...SIMULATED_SITE,
      environment: 'custom',
      broker: `mqtts://localhost:${brokerPort}`,
      ca: pem(root),
      credentials: device,
      timeServers: [`127.0.0.1:${timePort}`],
    })
    if (!('settings' in parsed)) throw new Error(JSON.stringify(parsed.wrong))
    this.#seed(parsed.settings)
  }

  #seed(settings: Settings): void {
    saveSettings(new FileStore(this.surroundings.store), settings)
  }

  #startMosquitto(
    port: number,
    certificate: Issued,
    users: { key: string; secret: string }[],
  ): void {
    const file = (name: string, text: string) => {
      writeFileSync(join(this.#folder, name), text)
      return join(this.#folder, name)
    }
    const passwords = file(
      'passwords',
      users.map((user) => `${user.key}:${user.secret}\n`).join(''),
    )
    spawnSync('mosquitto_passwd', ['-U', passwords])
    const configuration = file(
      'mosquitto.conf',
      [
        `listener ${port} 127.0.0.1`,
        `certfile ${file('certificate.pem', pem(certificate))}`,
        `keyfile ${file('key.pem', keyPem(certificate))}`,
        'allow_anonymous false',
        `password_file ${passwords}`,
        'user root',
        '',
      ].join('\n'),
    )
    this.#spawn('mosquitto', '-c', configuration)
  }

  #spawn(command: string, ...args: string[]): ChildProcess {
    const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] })
    let said = ''
    child.stderr?.on('data', (text) => (said += text))
    child.on('error', (error) => console.error(`${command}: ${error.message}`))
    child.on('exit', (status) => {
      if (!this.#stopping) console.error(`${command} ended with ${status}: ${said}`)
    })
    this.#processes.push(child)
    return child
  }
}

async function observe(
  port: number,
  ca: string,
  { key, secret }: { key: string; secret: string },
): Promise<MqttClient> {
  const client = mqtt.connect(`mqtts://localhost:${port}`, {
    ...{ ca, username: key, password: secret, protocolVersion: 5, reconnectPeriod: 200 },
    connectTimeout: PATIENCE_MS,
  })
  // It may be quicker than the broker: that is tried again, and `until` says when it is too late.
  client.on('error', () => {})
  await until(() => client.connected, 'mosquitto does not answer')
  await client.subscribeAsync('#', { qos: 1 })
  return client
}

async function until(holds: () => boolean, otherwise: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!holds()) {
    if (performance.now() > end) throw new Error(otherwise)
    await sleep(20)
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
