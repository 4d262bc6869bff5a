/** The same bursts behind TLS, which is played at both ends; and a TCP that is full, told to the whole dongle by its pump. */
import { expect, test } from '@jest/globals'
import { nodeTlsLayer } from '../../tools/node/tls/layer'
import { overTls, simulateTls } from '../../tools/sim/tls'
import { joined } from '../mqtt/bench'
import { publish } from '../mqtt/wire'
import { SECOND, story } from './site'
import { HOUR, NOON, UplinkSite } from './uplink-site'

async function tlsSite(): Promise<UplinkSite> {
  const tls = await simulateTls('broker', NOON)
  const over = (accept: Parameters<typeof overTls>[1]) => overTls(tls, accept)
  return new UplinkSite({ ca: tls.authority, layer: nodeTlsLayer(), over })
}

test.each([2000, 200])('64 messages of %i bytes at once are all acknowledged', async (bytes) => {
  const site = await tlsSite()
  site.burst(bytes)
  expect(site.ends).toEqual([])
  expect(site.acknowledged).toHaveLength(64)
})

test('a broker that sends 300 messages that nobody asked for is not left', async () => {
  const site = await tlsSite()
  const one = publish({ topic: 'a', payload: 'on', flags: 1 })
  site.greeting = joined(...Array.from({ length: 300 }, () => one))
  site.uplink.start(site.now)
  site.run(HOUR)
  expect(site.ends).toEqual([])
  expect(site.isOnline).toBe(true)
})

test('nothing is written to a TCP that said it is full, until it says that it has room', () => {
  const { world } = story()
  const writes: number[] = []
  let isFull = false
  let drained = (): void => {}
  world.agenda.at(500, () => {
    const { network } = world.dongle
    const connect = network!.connect.bind(network)
    network!.connect = (address, port, events) => {
      const stream = connect(address, port, events)
      drained = () => events.onWritable(5744)
      return {
        write(bytes) {
          writes.push(world.agenda.now)
          const room = stream.write(bytes)
          return isFull ? 0 : room
        },
        close: () => stream.close(),
      }
    }
  })
  world.agenda.at(60 * SECOND, () => void (isFull = true))
  world.agenda.at(70 * SECOND, () => {
    isFull = false
    drained()
  })
  expect(world.run(90 * SECOND)).toBeUndefined()
  const within = (from: number, to: number) =>
    writes.filter((at) => at >= from * SECOND && at < to * SECOND).length
  expect(within(50, 60)).toBeGreaterThan(1)
  expect(within(60, 70)).toBe(1)
  expect(within(70, 80)).toBeGreaterThan(1)
})
