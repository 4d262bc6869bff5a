/** A dongle that streams answers its cable, and misses no tick by it. */
import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { CODE } from '../../firmware/provisioning/request'
import { brokerAddress } from '../../firmware/settings/derive'
import { loadSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'
import { sealFactoryData } from '../../tools/factory/seal'
import { nodePrimitives } from '../../tools/node/crypto'
import type { Reply } from '../../tools/sim/channel-end'
import { random } from '../../tools/sim/random'
import { ToolEnd } from '../../tools/sim/tool-end'
import { MINUTE } from '../../tools/sim/world'
import { longestGap, SECOND, story } from './site'

const labelSecret = new Uint8Array(16).fill(0x5a)
const CALLS = ['info', 'status', 'settings.get', 'log', 'identify', 'wifi.scan', 'test']
const NONE_MISSED = { meter: 0, clock: 0, broker: 0, capacity: 0 }

interface Called {
  reply?: Reply | undefined
  /** What it had to say before. */
  told: unknown[]
}

/** A site with a tool at its cable, whose channel is begun `opensS` after power on. */
function served({ opensS = 60, adjust = (_: Settings): void => {} } = {}) {
  let serial = ''
  let settings!: Settings
  const told = story({}, (site) => {
    serial = site.serial
    settings = site.settings
    adjust(settings)
  })
  const { agenda, dongle } = told.world
  const label = { serial, labelSecret }
  dongle.factoryRecord = sealFactoryData(label)
  const entropy = random(5)
  const tool = new ToolEnd(
    { primitives: nodePrimitives(entropy), entropy, label, transport: 'cable' },
    (bytes) => dongle.cable.heard(bytes),
  )
  const now = (): MonotonicMs => agenda.now as MonotonicMs
  dongle.cable.onBytes = (bytes) => tool.receive(bytes, now())
  agenda.at(opensS * SECOND, () => tool.open(now()))
  /** So long after power on. */
  const call = (atS: number, method: string, params?: object): Called => {
    const called: Called = { told: [] }
    agenda.at(atS * SECOND, () => {
      const id = tool.call(method, params, now())
      const look = (): void => {
        for (const { params: progress } of tool.replies)
          if (progress?.id === id) called.told.push(progress.value)
        called.reply = tool.reply(id)
        tool.replies.length = 0
        if (!called.reply) agenda.after(SECOND, look)
      }
      look()
    })
    return called
  }
  return { ...told, settings, tool, call, now, agenda, dongle }
}

test('calls go on for minutes while it streams, and no tick is missed', () => {
  const { world, times, tool, agenda, dongle, now } = served()
  let replies = 0
  let calls = 0
  const ask = (): void => {
    tool.call(CALLS[calls++ % CALLS.length], undefined, now())
    agenda.after(0.7 * SECOND, () => {
      replies += tool.replies.splice(0).length
      ask()
    })
  }
  agenda.at(MINUTE + 2 * SECOND, () => {
    tool.call('status', { everyS: 1 }, now())
    ask()
  })
  expect(world.run(6 * MINUTE)).toBeUndefined()
  expect(tool.channel).toEqual(['open'])
  expect(calls).toBeGreaterThan(400)
  // Each call's, and what status had to say each second.
  expect(replies).toBeGreaterThan(calls + 290)
  expect(dongle.health?.ticks.missed).toEqual(NONE_MISSED)
  expect(dongle.health?.ticks.due).toBeGreaterThan(200)
  for (const of of times.values()) expect(longestGap(of)).toBeLessThan(6)
})

describe('new settings', () => {
  test('of the network are in force at once, and no tick is missed', () => {
    const patch = { wifi: { ssid: 'other', password: 'other-password' } }
    const { world, log, times, call, dongle } = served()
    const called = call(70, 'settings.set', { patch })
    expect(world.run(4 * MINUTE)).toBeUndefined()
    expect(called.reply?.result).toEqual({ isChanged: true })
    expect(log.filter(([, text]) => text === 'streaming')).toHaveLength(2)
    expect(log.some(([, text]) => text.startsWith('new settings'))).toBe(false)
    expect(dongle.health?.ticks.missed).toEqual(NONE_MISSED)
    for (const of of times.values()) expect(longestGap(of)).toBeLessThan(6)
  })

  test('of the broker get a session of their own, with credentials of their own', () => {
    const { world, settings, call, dongle, log } = served()
    const { key, secret } = settings.credentials
    // As another broker would be, if there were one.
    const elsewhere = { environment: 'custom', broker: `mqtts://${brokerAddress(settings).host}` }
    const refused = call(70, 'settings.set', { patch: elsewhere })
    const taken = call(72, 'settings.set', {
      patch: { ...elsewhere, credentials: { key, secret } },
    })
    const shown = call(100, 'settings.get')
    expect(world.run(4 * MINUTE)).toBeUndefined()
    expect(refused.reply?.error?.data).toMatchObject({
      wrong: [{ field: 'credentials.key' }, { field: 'credentials.secret' }],
    })
    expect(taken.reply?.result).toEqual({ isChanged: true })
    expect(shown.reply?.result).toMatchObject(elsewhere)
    expect(log.filter(([, text]) => text === 'streaming')).toHaveLength(2)
    expect(dongle.health?.ticks.missed).toEqual(NONE_MISSED)
  })

  test('of the devices reach the site by a restart, and streaming goes on', () => {
    const { world, settings, log, call, agenda } = served()
    const devices = settings.devices.map((device) => ({ ...device, ratedW: 50_000 }))
    const called = call(70, 'settings.set', { patch: { devices } })
    agenda.at(70 * SECOND, () => {
      world.observer.provisioning.asks({ devices })
      world.observer.provisioning.awaitsRestart()
    })
    expect(world.run(4 * MINUTE)).toBeUndefined()
    expect(called.reply?.result).toEqual({ isChanged: true })
    expect(log.filter(([, text]) => text === 'streaming')).toHaveLength(2)
    expect(log.at(-1)?.[1]).toBe('streaming')
  })
})

// Until then the dongle may promote the pair that is staged: of the settings before, and so of none that are stored.
test('new settings are not undone by what the dongle changes until it restarts', () => {
  let promoted = 0
  for (let laterMs = 0; laterMs < 3000; laterMs += 250) {
    const { world, settings, call, log } = served()
    call(70, 'credentials.stage', world.addCredentials('the next'))
    const devices = settings.devices.map((device) => ({ ...device, ratedW: 50_000 }))
    const credentials = { key: 'brought', secret: 'brought-secret' }
    call(70 + laterMs / SECOND, 'settings.set', { patch: { devices, credentials, staged: null } })
    world.agenda.runUntil(70 * SECOND + laterMs + 1500, () => {})
    expect(loadSettings(world.flash)).toMatchObject({ settings: { credentials } })
    promoted += log.filter(([, text]) => text === 'streaming').length - 1
  }
  expect(promoted).toBeGreaterThan(0)
})

describe('other credentials', () => {
  test('that the broker accepts are the only ones once they are committed, and no tick is missed', () => {
    const { world, call, dongle } = served()
    const next = world.addCredentials('the next')
    const staged = call(70, 'credentials.stage', next)
    const committed = call(72, 'credentials.commit')
    const shown = call(130, 'settings.get')
    expect(world.run(4 * MINUTE)).toBeUndefined()
    expect(staged.reply?.result).toBeNull()
    expect(committed.reply?.result).toBeNull()
    expect(shown.reply?.result).toMatchObject({ credentials: { key: 'the next', secret: true } })
    for (const name of ['staged', 'retired']) expect(shown.reply?.result).not.toHaveProperty(name)
    expect(dongle.health?.ticks.missed).toEqual(NONE_MISSED)
  })

  // What the dongle had changed itself stood in another order: the same settings were others, and it connected anew.
  test('that are in force leave the same settings the same', () => {
    const { world, settings, call, log } = served()
    const { wifi, qos } = settings
    call(70, 'credentials.stage', world.addCredentials('the next'))
    const first = call(80, 'settings.set', { patch: { wifi, qos } })
    call(90, 'credentials.commit')
    const second = call(100, 'settings.set', { patch: { wifi, qos } })
    expect(world.run(2 * MINUTE)).toBeUndefined()
    for (const { reply } of [first, second]) expect(reply?.result).toEqual({ isChanged: false })
    // Since power on, and with the next pair.
    expect(log.filter(([, text]) => text === 'streaming')).toHaveLength(2)
  })

  test('that it refuses are told as refused, and are gone once they are cancelled', () => {
    const { world, call, dongle, agenda } = served()
    // After a refusal half a minute and more is waited, in which samples are kept.
    agenda.at(70 * SECOND, () =>
      world.injectFault('refused', 60 * SECOND, () => () => {}, 0, 'broker'),
    )
    const staged = call(70, 'credentials.stage', { key: 'nobody', secret: 'wrong' })
    const committed = call(72, 'credentials.commit')
    const cancelled = call(150, 'credentials.cancel')
    const shown = call(160, 'settings.get')
    expect(world.run(5 * MINUTE)).toBeUndefined()
    expect(staged.reply?.result).toBeNull()
    expect(committed.reply?.error?.message).toMatch(/^the broker: /)
    expect(cancelled.reply?.result).toBeNull()
    expect(shown.reply?.result).not.toHaveProperty('staged')
    expect(dongle.health?.state).toBe('streaming')
    expect(dongle.health?.ticks.missed).toEqual(NONE_MISSED)
  })

  test('that it refused before they are committed are told as refused, though others were given up lately', () => {
    const { world, call, agenda } = served()
    const next = world.addCredentials('the next')
    call(70, 'credentials.stage', next)
    agenda.at(90 * SECOND, () =>
      world.injectFault('refused', 60 * SECOND, () => () => {}, 0, 'broker'),
    )
    call(90, 'credentials.stage', { key: 'nobody', secret: 'wrong' })
    const shown = call(160, 'settings.get')
    const committed = call(162, 'credentials.commit')
    expect(world.run(5 * MINUTE)).toBeUndefined()
    const settings = shown.reply?.result
    expect(settings).toMatchObject({ credentials: { key: 'the next' } })
    expect(settings).toHaveProperty('retired')
    expect(settings).not.toHaveProperty('staged')
    expect(committed.reply?.error?.message).toMatch(/^the broker: /)
  })

  test('are committed once flash has taken them', () => {
    const { world, call, agenda, dongle } = served()
    const next = world.addCredentials('the next')
    call(70, 'credentials.stage', next)
    agenda.at(75 * SECOND, () => {
      world.conditions.flash.isFull = true
    })
    const committed = call(76, 'credentials.commit')
    const again = call(140, 'credentials.commit')
    world.injectFault('flash full', 4 * MINUTE, () => () => {}, 0, 'board')
    expect(world.run(4 * MINUTE)).toBeUndefined()
    for (const { reply } of [committed, again]) expect(reply?.error?.code).toBe(CODE.timedOut)
    expect(dongle.health?.credentials.inUse).toBe('active')
  })

  test('have to be staged before they are committed', () => {
    const { world, call } = served()
    const committed = call(70, 'credentials.commit')
    expect(world.run(2 * MINUTE)).toBeUndefined()
    expect(committed.reply?.error?.message).toBe('no credentials are staged')
  })
})

describe('a test', () => {
  const connected = [
    { step: 'network', ok: true },
    { step: 'time', ok: true },
    { step: 'broker', ok: true },
  ]
  const read = { step: 'device', ok: true, powerW: expect.any(Number) }

  test('of a site that works tells each step, and that all of it does', () => {
    const { world, settings, call } = served()
    const tested = call(70, 'test')
    expect(world.run(2 * MINUTE)).toBeUndefined()
    expect(tested.reply?.result).toEqual({ ok: true })
    expect(tested.told.slice(0, 3)).toEqual(connected)
    expect(tested.told.slice(3)).toMatchObject(
      settings.devices.map(({ unit }) => ({ ...read, unit })),
    )
  })

  test('from power on waits for each step', () => {
    const { world, settings, call } = served({ opensS: 1 })
    const tested = call(3, 'test')
    expect(world.run(2 * MINUTE)).toBeUndefined()
    expect(tested.reply?.result).toEqual({ ok: true })
    expect(tested.told).toEqual(expect.arrayContaining(connected))
    expect(tested.told).toHaveLength(3 + settings.devices.length)
  })

  test('names the device that does not answer, and what the broker says', () => {
    const { world, call } = served({
      opensS: 20,
      adjust(settings) {
        settings.devices[1].unit = 99
        settings.credentials = { key: 'nobody', secret: 'wrong' }
      },
    })
    world.conditions.broker.connackReason = 0x87
    const tested = call(22, 'test')
    world.injectFault('all of it', 5 * MINUTE, () => () => {}, 0, 'board')
    expect(world.run(4 * MINUTE)).toBeUndefined()
    expect(tested.reply?.result).toEqual({ ok: false })
    expect(tested.told).toContainEqual(
      expect.objectContaining({
        step: 'broker',
        ok: false,
        why: expect.stringMatching(/credentials/),
      }),
    )
    expect(tested.told).toContainEqual(
      expect.objectContaining({ step: 'device', unit: 99, ok: false, why: expect.any(String) }),
    )
  })
})
