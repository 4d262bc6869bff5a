/**
 * A thermometer that publishes every second, and hears itself. With a broker on port 1883, in this folder:
 * mcconfig -d -m -p lin    or another broker: mcconfig -d -m -p lin host=test.mosquitto.org
 */
import TCP from 'embedded:io/socket/tcp'
import UDP from 'embedded:io/socket/udp'
import Resolver from 'embedded:network/dns/resolver/udp'
import config from 'mc/config'
import MQTTClient from 'mqtt/moddable/client'
import Timer from 'timer'

const TOPIC = 'example/temperature'

const client = new MQTTClient({
  socket: { io: TCP },
  dns: { io: Resolver, servers: ['1.1.1.1', '8.8.8.8'], socket: { io: UDP } },
  host: config.host,
  port: Number(config.port),
  keepAlive: 30_000,
  will: { topic: 'example/state', message: 'gone', retain: true },
  onControl({ operation, id, why, retry, sessionPresent }) {
    switch (operation) {
      case MQTTClient.CONNACK:
        trace('connected\n')
        if (!sessionPresent)
          this.write(null, { operation: MQTTClient.SUBSCRIBE, items: [{ topic: TOPIC, QoS: 1 }] })
        break
      case MQTTClient.PUBACK:
        trace(`the server has message ${id}\n`)
        break
      case MQTTClient.PUBLISH:
        trace(`message ${id} is lost: ${why}\n`)
        break
      case MQTTClient.DISCONNECT:
        trace(`${why}; once more in ${Math.ceil(retry)} ms\n`)
    }
  },
  onReadable(count, { topic, properties }) {
    const text = String.fromArrayBuffer(this.read(count))
    trace(`${topic}: ${text} ${properties?.contentType}\n`)
  },
})

let id = 0
Timer.repeat(() => {
  const payload = ArrayBuffer.fromString((20 + Math.sin(id / 10)).toFixed(1))
  // Taken without a connection too; who hears it five seconds late is not told at all.
  const options = { topic: TOPIC, QoS: 1, id: ++id, expiry: 5000 }
  try {
    client.write(payload, { ...options, properties: { contentType: 'text/plain' } })
  } catch (error) {
    trace(`message ${id} is refused: ${error.message}\n`)
  }
}, 1000)
