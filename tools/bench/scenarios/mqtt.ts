/** The MQTT client alone; mqtt-packet.ts has what npm mqtt-packet does of it. */
import { u16 } from '../../../firmware/core/bytes'
import { FOREVER, later, type MonotonicMs } from '../../../firmware/core/time'
import { MqttClient } from '../../../firmware/mqtt/client'
import { Framing } from '../../../firmware/mqtt/packet/framing'
import { random } from '../../sim/random'
import type { Scenario } from '../scenario'
import { payload, TOPIC } from './message'

const CONNACK = Uint8Array.of(0x20, 3, 0, 0, 0)

/** A client and a server that takes everything, in virtual time. */
class Client {
  now = 1000 as MonotonicMs
  readonly client = new MqttClient({
    clientId: 'wattbeat240ac4000001',
    username: 'site-key',
    password: 'site-secret',
    keepAliveS: 30,
    sessionExpiryS: 3600,
    entropy: random(1),
  })
  readonly #puback = Uint8Array.of(0x40, 2, 0, 0)
  acknowledged = 0

  constructor() {
    this.client.start(this.now)
    this.#drain()
  }

  publish(count: number): void {
    const deadline = later(this.now, 55_000)
    for (let tag = 0; tag < count; tag++) {
      this.client.publish({ topic: TOPIC, payload, qos: 1, tag, deadline }, this.now)
    }
    this.#drain()
  }

  reconnect(): void {
    this.client.closed('cut', this.now)
    this.#drain()
    if (!this.client.connected) throw new Error('not connected')
  }

  /** Serves the client until it is connected and waits. */
  #drain(): void {
    for (;;) {
      const output = this.client.poll(this.now)
      if (output.kind === 'open') this.client.opened(this.now)
      else if (output.kind === 'send') this.#serve(output.bytes)
      else if (output.kind === 'acknowledged') this.acknowledged++
      else if (output.kind === 'wait') {
        if (this.client.connected || output.until === FOREVER) return
        this.now = output.until
      }
    }
  }

  #serve(bytes: Uint8Array): void {
    if (bytes[0] === 0x10) {
      this.client.receive(CONNACK, this.now)
      return
    }
    for (let at = 0; at < bytes.length; ) {
      const long = bytes[at + 1] >= 0x80
      const body = at + (long ? 3 : 2)
      const id = body + 2 + u16(bytes, body)
      this.#puback[2] = bytes[id]
      this.#puback[3] = bytes[id + 1]
      this.client.receive(this.#puback, this.now)
      at = body + (long ? (bytes[at + 1] & 0x7f) | (bytes[at + 2] << 7) : bytes[at + 1])
    }
  }
}

function publish(streams: number): Scenario {
  return {
    name: `publish and acknowledge, ${streams} stream${streams > 1 ? 's' : ''}`,
    prepare: () => {
      const client = new Client()
      return () => {
        const before = client.acknowledged
        client.publish(streams)
        if (client.acknowledged !== before + streams) throw new Error('not acknowledged')
      }
    },
  }
}

function parse(name: string, ...bytes: number[]): Scenario {
  return {
    name: `parse ${name}`,
    prepare: () => {
      const framing = new Framing(1024)
      const wire = Uint8Array.from(bytes)
      return () => {
        framing.used = 0
        const packet = framing.next(wire)
        if (!packet || packet.kind === 'illegal') throw new Error(`${name}: ${packet?.why}`)
      }
    },
  }
}

const text = (words: string) => [0, words.length, ...Array.from(words, (c) => c.charCodeAt(0))]

export const scenarios: Scenario[] = [
  publish(1),
  publish(3),
  publish(11),
  {
    name: 'CONNECT and CONNACK',
    prepare: () => {
      const client = new Client()
      return () => client.reconnect()
    },
  },
  // Receive maximum 20, topic alias maximum 10.
  parse('CONNACK', 0x20, 9, 1, 0, 6, 0x21, 0, 20, 0x22, 0, 10),
  parse('PUBLISH', 0x32, 20, ...text('site/1/cmd'), 0, 7, 0, ...text('off')),
  parse('PUBACK', 0x40, 2, 0, 7),
  parse('PUBREC', 0x50, 2, 0, 7),
  parse('PUBREL', 0x62, 2, 0, 7),
  parse('PUBCOMP', 0x70, 2, 0, 7),
  parse('SUBACK', 0x90, 4, 0, 7, 0, 1),
  parse('UNSUBACK', 0xb0, 4, 0, 7, 0, 0),
  parse('PINGRESP', 0xd0, 0),
  parse('DISCONNECT', 0xe0, 1, 0x8b),
  parse('AUTH', 0xf0, 6, 0x18, 4, 0x15, 0, 1, 0x78),
]
