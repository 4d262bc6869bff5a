/** A dongle that streams answers its cable, and misses no tick by it. */
import { expect, test } from '@jest/globals'
import { sealFactoryData } from '../../tools/factory/seal'
import { nodePrimitives } from '../../tools/node/crypto'
import { random } from '../../tools/sim/random'
import { MINUTE } from '../../tools/sim/world'
import { ToolEnd } from '../provisioning/tool-end'
import { longestGap, SECOND, story } from './site'

const labelSecret = new Uint8Array(16).fill(0x5a)
const CALLS = ['info', 'status', 'settings.get', 'log', 'identify', 'wifi.scan', 'test']

test('calls go on for minutes while it streams, and no tick is missed', () => {
  let serial = ''
  const { world, times } = story({}, (site) => {
    serial = site.serial
  })
  const { agenda, dongle } = world
  const label = { serial, labelSecret }
  dongle.factoryRecord = sealFactoryData(label)
  const entropy = random(5)
  const tool = new ToolEnd(
    { primitives: nodePrimitives(entropy), entropy, label, transport: 'cable' },
    (bytes) => dongle.cable.heard(bytes),
  )
  dongle.cable.onBytes = (bytes) => tool.receive(bytes, agenda.now as never)
  let replies = 0
  let calls = 0
  const ask = (): void => {
    tool.call(CALLS[calls++ % CALLS.length], undefined, agenda.now as never)
    agenda.after(0.7 * SECOND, () => {
      replies += tool.replies.splice(0).length
      ask()
    })
  }
  agenda.at(MINUTE, () => {
    tool.open(agenda.now as never)
    agenda.after(2 * SECOND, () => {
      tool.call('status', { everyS: 1 }, agenda.now as never)
      ask()
    })
  })
  expect(world.run(6 * MINUTE)).toBeUndefined()
  expect(tool.channel).toEqual(['open'])
  expect(calls).toBeGreaterThan(400)
  // Each call's, and what status had to say each second.
  expect(replies).toBeGreaterThan(calls + 290)
  expect(dongle.health?.ticks.missed).toEqual({ meter: 0, clock: 0, broker: 0, capacity: 0 })
  expect(dongle.health?.ticks.due).toBeGreaterThan(200)
  for (const of of times.values()) expect(longestGap(of)).toBeLessThan(6)
})

test('new settings reach the site after a restart, and streaming goes on', () => {
  let serial = ''
  const { world, log } = story({}, (site) => {
    serial = site.serial
  })
  const { agenda, dongle } = world
  const label = { serial, labelSecret }
  dongle.factoryRecord = sealFactoryData(label)
  const entropy = random(5)
  const tool = new ToolEnd(
    { primitives: nodePrimitives(entropy), entropy, label, transport: 'cable' },
    (bytes) => dongle.cable.heard(bytes),
  )
  dongle.cable.onBytes = (bytes) => tool.receive(bytes, agenda.now as never)
  agenda.at(MINUTE, () => {
    tool.open(agenda.now as never)
    // What a restart takes, no sample is made in.
    const set = () => {
      const patch = { wifi: { ssid: 'other', password: 'other-password' } }
      tool.call('settings.set', { patch }, agenda.now as never)
      return () => {}
    }
    agenda.after(2 * SECOND, () => world.injectFault('new settings', 20 * SECOND, set, 0, 'board'))
  })
  expect(world.run(4 * MINUTE)).toBeUndefined()
  expect(tool.replies.at(-1)?.result).toEqual({ isChanged: true })
  expect(log.filter(([, text]) => text === 'streaming')).toHaveLength(2)
  expect(log.at(-1)?.[1]).toBe('streaming')
})
