/** A burst in either direction through TCP as the device has it ends no connection. */
import { expect, test } from '@jest/globals'
import { joined } from '../mqtt/bench'
import { publish } from '../mqtt/wire'
import { HOUR, UplinkSite } from './uplink-site'

const ALL = Array.from({ length: 64 }, (_, i) => i)

test.each([2000, 200])('64 messages of %i bytes at once are all acknowledged', (bytes) => {
  const site = new UplinkSite()
  site.burst(bytes)
  expect(site.ends).toEqual([])
  expect(site.acknowledged).toEqual(ALL)
})

test('a broker that sends 300 messages that nobody asked for is not left', () => {
  const site = new UplinkSite()
  const one = publish({ topic: 'a', payload: 'on', flags: 1 })
  site.greeting = joined(...Array.from({ length: 300 }, () => one))
  site.uplink.start(site.now)
  site.run(HOUR)
  expect(site.ends).toEqual([])
  expect(site.isOnline).toBe(true)
})
