/** Another client of the broker, by npm mqtt: what the platform would see, as it was published. */
import mqtt, { type MqttClient } from 'mqtt'

export interface Seen {
  topic: string
  payload: string
  qos: number
  retain: boolean
  dup: boolean
  /** When it came, in ms since 1970. */
  atMs: number
}

export class Subscriber {
  readonly seen: Seen[] = []
  onMessage: (message: Seen) => void = () => {}
  readonly #client: MqttClient

  static async start(options: {
    port: number
    authority: string
    key: string
    secret: string
  }): Promise<Subscriber> {
    const { port, authority, key, secret } = options
    const client = await mqtt.connectAsync(`mqtts://localhost:${port}`, {
      protocolVersion: 5,
      ca: authority,
      username: key,
      password: secret,
      reconnectPeriod: 100,
    })
    const subscriber = new Subscriber(client)
    // QoS 2 and retain-as-published: nothing of what was published is lowered on the way here.
    await client.subscribeAsync('#', { qos: 2, rap: true })
    return subscriber
  }

  private constructor(client: MqttClient) {
    this.#client = client
    client.on('message', (topic, payload, { qos, retain, dup }) => {
      const seen = { topic, payload: payload.toString(), qos, retain, dup, atMs: Date.now() }
      this.seen.push(seen)
      this.onMessage(seen)
    })
    client.on('error', () => {})
  }

  async stop(): Promise<void> {
    await this.#client.endAsync(true)
  }
}
