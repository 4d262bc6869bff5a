/** bus.scan and device.read while the site streams: they take the time that its rounds leave, and no tick is missed. */
import { expect, test } from '@jest/globals'
import { CODE } from '../../firmware/provisioning/request'
import type { DeviceSettings as Device } from '../../firmware/settings/schema'
import { sealFactoryData } from '../../tools/factory/seal'
import { nodePrimitives } from '../../tools/node/crypto'
import type { Reply } from '../../tools/sim/channel-end'
import { random } from '../../tools/sim/random'
import { drawSite } from '../../tools/sim/site/drawn'
import { type Site, streamsOf } from '../../tools/sim/site/site'
import { ToolEnd } from '../../tools/sim/tool-end'
import { MINUTE } from '../../tools/sim/world'
import { longestGap, SECOND, story } from './site'

const labelSecret = new Uint8Array(16).fill(0x5a)
const SEED = 3
const NONE = { meter: 0, clock: 0, broker: 0, capacity: 0 }

class Installer {
  readonly story
  readonly tool: ToolEnd
  readonly site: Site
  readonly spare: Device

  /** `spare`: the last device is on the line, and nobody has set it up. */
  constructor(seed = SEED, spare = false) {
    const site = (this.site = drawSite(seed))
    const { settings, meters, serial } = site
    if (spare) site.settings = { ...settings, devices: settings.devices.slice(0, -1) }
    this.spare = settings.devices.at(-1) as Device
    this.story = story({ seed, site: { ...site, streams: streamsOf(site.settings, meters) } })
    const { agenda, dongle } = this.story.world
    const label = { serial, labelSecret }
    dongle.factoryRecord = sealFactoryData(label)
    const entropy = random(5)
    this.tool = new ToolEnd(
      { primitives: nodePrimitives(entropy), entropy, label, transport: 'cable' },
      (bytes) => dongle.cable.heard(bytes),
    )
    dongle.cable.onBytes = (bytes) => this.tool.receive(bytes, agenda.now as never)
    // It streams by then.
    this.pass(MINUTE)
    this.tool.open(agenda.now as never)
    this.pass(2 * SECOND)
    expect(this.tool.channel).toEqual(['open'])
  }

  get now(): number {
    return this.story.world.agenda.now
  }

  pass(ms: number): void {
    expect(this.story.world.run(this.now + ms)).toBeUndefined()
  }

  call(method: string, params?: object): number {
    return this.tool.call(method, params, this.now as never)
  }

  await(id: number, ms: number): Reply {
    for (const end = this.now + ms; this.now < end; this.pass(100)) {
      const reply = this.tool.reply(id)
      if (reply) return reply
    }
    throw new Error(`no answer in ${ms} ms`)
  }

  progress(id: number): Record<string, unknown>[] {
    return this.tool.replies
      .filter(({ params }) => params?.id === id)
      .map(({ params }) => params?.value as Record<string, unknown>)
  }

  expectNoneMissed(): void {
    const { world, times } = this.story
    expect(world.dongle.health?.ticks.missed).toEqual(NONE)
    for (const of of times.values()) expect(longestGap(of)).toBeLessThan(6)
  }
}

test.each([3, 4, 7, 9])('a scan finds what is there, and no tick is missed (site %i)', (seed) => {
  const installer = new Installer(seed)
  const { devices } = installer.site.settings
  const begin = installer.now
  const scan = installer.call('bus.scan')
  const { result, error } = installer.await(scan, 2 * MINUTE)
  expect(installer.now - begin).toBeLessThan(MINUTE)
  const found = installer.progress(scan).filter(({ unit }) => unit !== undefined)
  expect([error, result]).toEqual([undefined, { found: devices.length }])
  expect(found.map(({ unit }) => unit)).toEqual(devices.map(({ unit }) => unit))
  installer.pass(MINUTE)
  installer.expectNoneMissed()
})

test.each([3, 4, 7])('a meter that is not set up is found and read (site %i)', (seed) => {
  const installer = new Installer(seed, true)
  const { spare: device, site } = installer
  const scan = installer.call('bus.scan', { units: [device.unit] })
  expect(installer.await(scan, 2 * MINUTE).result).toMatchObject({ found: expect.any(Number) })
  const found = installer.progress(scan).filter(({ unit }) => unit === device.unit)
  expect(found.map(({ model }) => model)).toContain(device.model)
  const id = installer.call('device.read', { device, seconds: MINUTE / SECOND })
  const { result } = installer.await(id, 2 * MINUTE)
  const readings = installer.progress(id)
  // Twice a second, but for the time that the rounds take.
  expect(readings.length).toBeGreaterThan(100)
  expect(readings.at(-1)).toEqual(result)
  const meter = site.meters.find(({ unit }) => unit === device.unit)
  expect(readings.filter(({ powerW }) => powerW === undefined)).toEqual([])
  expect(meter?.model).toBe(device.model)
  installer.pass(MINUTE)
  installer.expectNoneMissed()
})

test('calls over and over, some cancelled and the channel opened anew, cost no tick', () => {
  const installer = new Installer(SEED, true)
  const { story, spare, tool } = installer
  const begin = installer.now
  let calls = 0
  while (installer.now < begin + 5 * MINUTE) {
    const scan = installer.call('bus.scan', { units: [5, 6, 7, spare.unit] })
    const busy = installer.call('device.read', { device: spare })
    expect(installer.await(busy, SECOND).error?.code).toBe(CODE.busy)
    calls++
    if (calls % 3 === 0) {
      tool.open(installer.now as never)
      installer.pass(SECOND)
      continue
    }
    if (calls % 3 === 1) {
      installer.pass(3 * SECOND)
      installer.call('cancel', { id: scan })
    }
    installer.await(scan, MINUTE)
    const read = installer.await(installer.call('device.read', { device: spare }), 10 * SECOND)
    expect(read.error).toBeUndefined()
  }
  expect(calls).toBeGreaterThan(9)
  expect(story.world.dongle.alive).toBe(true)
  installer.expectNoneMissed()
})

test('the devices of the site are read by its rounds', () => {
  const installer = new Installer()
  const { devices } = installer.site.settings
  for (const device of devices) {
    const id = installer.call('device.read', { device, seconds: 20 })
    const { result } = installer.await(id, 30 * SECOND)
    const readings = installer.progress(id)
    expect(readings.length).toBeGreaterThanOrEqual(4)
    expect(readings.length).toBeLessThanOrEqual(6)
    expect(readings.at(-1)).toEqual(result)
    const once = installer.await(installer.call('device.read', { device }), 5 * SECOND)
    expect(typeof (once.result as { powerW: number }).powerW).toBe('number')
  }
  const other = { ...devices[0], inverted: true }
  const { error } = installer.await(installer.call('device.read', { device: other }), SECOND)
  expect(error).toMatchObject({
    code: CODE.failed,
    message: 'the site reads this unit otherwise',
  })
  installer.expectNoneMissed()
})
