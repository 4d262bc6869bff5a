/** What surrounds the simulator: the simulated meters on a pseudo-terminal, and the real peers. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseSettings } from '../../firmware/settings/parse'
import { saveSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'
import { FileStore } from '../node/store'
import { Chrony } from '../peers/chrony'
import { Mosquitto } from '../peers/mosquitto'
import { freePort, scratchFolder } from '../peers/peer'
import { SerialCable } from '../peers/socat'
import { Subscriber } from '../peers/subscriber'
import { makeCertificates } from '../sim/host/certificates'
import { houseLine } from '../sim/host/house-line'
import { SerialSlave } from '../sim/host/serial-slave'
import type { DeviceImage } from '../sim/site/image'
import { SIMULATED_SITE } from '../sim/site/installation'
import { type Streams, streamsOf } from '../sim/site/site'
import { Relay } from './relay'

export interface Surroundings {
  /** Of the site, as an installer writes them. */
  settings: Settings
  /** A directory of blobs. */
  store: string
  /** A serial device. */
  line: string
  serial: string
  /** What the streams have to show. */
  streams: Streams
  /** Between the device and the broker. */
  relay: Relay
  /** Another client of the broker, which sees every message. */
  subscriber: Subscriber
  stop(): Promise<void>
}

export interface SurroundingsOptions {
  /** As houseLine() takes it. */
  imageOf?: (model: string) => DeviceImage
  /** A directory of blobs that is left as it is, without settings at first. */
  keptStore?: string
}

/** `site`: its id, devices and line, as in settings. */
export async function surroundSimulator(
  site: object = SIMULATED_SITE,
  { imageOf, keptStore }: SurroundingsOptions = {},
): Promise<Surroundings> {
  const scratch = scratchFolder()
  const started: { stop(): Promise<void> }[] = []
  const start = async <T extends { stop(): Promise<void> }>(peer: Promise<T>): Promise<T> => {
    started.push(await peer)
    return peer
  }
  const stop = async () => {
    for (const peer of started.splice(0).reverse()) await peer.stop()
    scratch.remove()
  }
  try {
    const device = { key: 'simulated-site', secret: randomBytes(12).toString('hex') }
    const observer = { key: 'observer', secret: randomBytes(12).toString('hex') }
    const certificates = await makeCertificates()
    const { authority } = certificates
    const chrony = await start(Chrony.start(await freePort(), 'local stratum 3'))
    const accounts = [device, observer]
    const { port } = await start(Mosquitto.start({ certificates, accounts }))
    const relay = await start(Relay.start(await freePort(), port))
    const subscriber = await start(Subscriber.start({ port, authority, ...observer }))
    const parsed = parseSettings({
      ...site,
      environment: 'custom',
      broker: `mqtts://localhost:${relay.port}`,
      ca: authority,
      credentials: device,
      timeServers: [`127.0.0.1:${chrony.port}`],
    })
    if (!('settings' in parsed)) throw new Error(JSON.stringify(parsed.wrong))
    const { settings } = parsed
    const store = keptStore ?? join(scratch.path, 'store')
    const blobs = new FileStore(store)
    if (!keptStore) saveSettings(blobs, settings)
    const { line, meters } = houseLine(settings.devices, settings.line, imageOf)
    const cable = await start(SerialCable.start())
    await start(SerialSlave.start(cable.ends[1], line, settings.line))
    const streams = streamsOf(settings, meters)
    const [near] = cable.ends
    return { settings, store, line: near, serial: 'SIM0001', streams, relay, subscriber, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
