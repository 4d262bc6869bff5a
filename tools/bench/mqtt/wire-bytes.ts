/**
 * Bytes from the client to a broker on 127.0.0.1 for 3 streams over 100 ticks at QoS 1: this client and npm mqtt, as the
 * platform's page shows it and as its users tune it, each with and without message expiry. The same messages, one broker
 * that grants topic aliases or does not, nothing counted but what the client sends.
 */
import { createServer, type Socket } from 'node:net'
import { Aedes } from 'aedes'
import mqtt, { type IClientOptions } from 'mqtt'
import { later } from '../../../firmware/core/time'
import { MqttClient } from '../../../firmware/mqtt/client'
import { TcpPump } from '../../peers/tcp-pump'

const TICKS = 100
const FRESH_MS = 60_000
const TOPICS = [
  'site/0b9a7c1e-94a1-4f0e-9a3f-5d8a4a0c9d11/data',
  'resource/5f3c2f0a-7d54-4d0b-8f0a-2f0e5d8c9b21/data',
  'resource/9a1b6d7c-3e2f-4a5b-8c6d-1e0f9a8b7c31/data',
]

/** What a tick says of one stream. */
function payload(tick: number, stream: number): string {
  const time = 1_744_858_400 + 4 * tick
  const soc = stream === 2 ? `,"soc":${8150 - tick}` : ''
  return `{"value":${[1532, -2500, 870][stream] + tick}${soc},"time":${time}}`
}

type Publish = (port: number) => Promise<void>

export const CLIENTS = {
  ours: (port) => publishOurs(port, false),
  'ours, with expiry': (port) => publishOurs(port, true),
  "npm mqtt, as on the platform's page": (port) => publishTheirs(port, {}, false),
  'npm mqtt, autoAssignTopicAlias': (port) => publishTheirs(port, ALIASES, false),
  'npm mqtt, autoAssignTopicAlias, with expiry': (port) => publishTheirs(port, ALIASES, true),
} satisfies Record<string, Publish>

const ALIASES = { autoAssignTopicAlias: true }

export function payloadBytes(): number {
  let bytes = 0
  for (let tick = 0; tick < TICKS; tick++)
    for (let stream = 0; stream < TOPICS.length; stream++) bytes += payload(tick, stream).length
  return bytes
}

/** By client. */
export async function wireBytes(topicAliasMaximum: number): Promise<Map<string, number>> {
  const broker = await Aedes.createBroker({ topicAliasMaximum })
  let received = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    broker.handle(socket)
    const count = socket.bytesRead
    socket.on('close', () => {
      received += socket.bytesRead - count
      sockets.delete(socket)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const bytes = new Map<string, number>()
  for (const [client, publish] of Object.entries(CLIENTS)) {
    received = 0
    await publish(port)
    while (sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 5))
    bytes.set(client, received)
  }
  await new Promise<void>((resolve) => broker.close(resolve))
  await new Promise((resolve) => server.close(resolve))
  return bytes
}

async function publishOurs(port: number, tellsExpiry: boolean): Promise<void> {
  const entropy = {
    fill(bytes: Uint8Array): void {
      crypto.getRandomValues(bytes)
    },
  }
  const client = new MqttClient({
    ...{ clientId: 'unique-fixed-device-id-12345', username: 'site-key', password: 'site-secret' },
    ...{ keepAliveS: 30, sessionExpiryS: 3600, entropy, tellsExpiry },
  })
  const pump = new TcpPump(client, port)
  client.start(pump.now())
  pump.run()
  await pump.until('connected')
  for (let tick = 0; tick < TICKS; tick++) {
    for (let stream = 0; stream < TOPICS.length; stream++) {
      const tag = tick * TOPICS.length + stream
      const deadline = later(pump.now(), FRESH_MS)
      const message = { topic: TOPICS[stream], payload: payload(tick, stream), qos: 1 as const }
      const why = client.publish({ ...message, tag, deadline }, pump.now())
      if (why) throw new Error(why)
    }
    pump.run()
    const last = (tick + 1) * TOPICS.length - 1
    await pump.until('acknowledged', ({ tag }) => tag === last)
    pump.outputs.length = 0
  }
  client.stop(pump.now())
  pump.run()
}

/** As on the platform's page, with the QoS it asks for, but for `options`. */
async function publishTheirs(
  port: number,
  options: IClientOptions,
  tellsExpiry: boolean,
): Promise<void> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: 'unique-fixed-device-id-12345',
    username: 'site-key',
    password: 'site-secret',
    protocolVersion: 5,
    clean: false,
    ...options,
  })
  const properties = tellsExpiry ? { messageExpiryInterval: FRESH_MS / 1000 } : undefined
  for (let tick = 0; tick < TICKS; tick++)
    await Promise.all(
      TOPICS.map((topic, stream) =>
        client.publishAsync(topic, payload(tick, stream), { qos: 1, properties }),
      ),
    )
  await client.endAsync()
}
