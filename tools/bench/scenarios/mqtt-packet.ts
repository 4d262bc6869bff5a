/** The publishes and acknowledgements of one tick through npm mqtt-packet, bundled for XS. */
import { generate, parser, writeToStream } from 'mqtt-packet'
import type { Scenario } from '../scenario'
import { SAMPLE, TOPIC } from './message'

// Its cache of every 16-bit number is 65,536 Buffers, 15 times the slots of an ESP32: no dongle could have it.
writeToStream.cacheNumbers = false

const VERSION = { protocolVersion: 5 }

function publish(streams: number): Scenario {
  return {
    name: `mqtt-packet: publish and acknowledge, ${streams} stream${streams > 1 ? 's' : ''}`,
    prepare: () => {
      const puback = Buffer.from([0x40, 2, 0, 0])
      const parse = parser(VERSION)
      let acknowledged = 0
      parse.on('packet', ({ messageId }) => {
        acknowledged = messageId!
      })
      let id = 0
      return () => {
        for (let stream = 0; stream < streams; stream++) {
          id = (id % 0xffff) + 1
          const payload = JSON.stringify(SAMPLE)
          generate(
            {
              cmd: 'publish',
              topic: TOPIC,
              payload,
              qos: 1,
              messageId: id,
              dup: false,
              retain: false,
              properties: { messageExpiryInterval: 55 },
            },
            VERSION,
          )
          puback.writeUInt16BE(id, 2)
          parse.parse(puback)
          if (acknowledged !== id) throw new Error(`no acknowledgement of ${id}`)
        }
      }
    },
  }
}

export const scenarios = [publish(1), publish(3), publish(11)]
