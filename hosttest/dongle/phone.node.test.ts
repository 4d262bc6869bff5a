/** A dongle with a radio in virtual time: the button, a phone, a test by turns with the broker, and the way back to streaming. */
import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../firmware/core/bytes'
import type { MonotonicMs } from '../../firmware/core/time'
import { leaveErrand } from '../../firmware/dongle/errand'
import { PHONE_GONE_MS, PHONE_MS } from '../../firmware/dongle/radiopump'
import { encodePacket, PACKET } from '../../firmware/provisioning/improv'
import { LineReader } from '../../firmware/provisioning/line'
import { eraseSettings, loadSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'
import { sealFactoryData } from '../../tools/factory/seal'
import { nodePrimitives } from '../../tools/node/crypto'
import type { Reply } from '../../tools/sim/channel-end'
import { random } from '../../tools/sim/random'
import { inShort } from '../../tools/sim/tool-end'
import { MINUTE, type World } from '../../tools/sim/world'
import { PhoneEnd } from '../provisioning/phone-end'
import { SECOND, story } from './site'

const labelSecret = new Uint8Array(16).fill(0x5a)

/** What an app does: it looks for the dongle, connects, and opens the channel. */
class App {
  readonly #world: World
  readonly #serial: string
  readonly #secret: Uint8Array
  end: PhoneEnd | undefined

  constructor(world: World, serial: string, secret = labelSecret) {
    this.#world = world
    this.#serial = serial
    this.#secret = secret
  }

  get now(): MonotonicMs {
    return this.#world.agenda.now as MonotonicMs
  }

  get isConnected(): boolean {
    return this.end?.connection?.isConnected === true && this.#world.dongle.radio !== undefined
  }

  /** False if there is nothing to connect to. */
  connect(): boolean {
    const { radio } = this.#world.dongle
    if (!radio?.advertised) return false
    const entropy = random(5)
    const label = { serial: this.#serial, labelSecret: this.#secret }
    const options = { primitives: nodePrimitives(entropy), entropy, label }
    const end = (this.end = new PhoneEnd(radio, { ...options, transport: 'radio' }, this.now, 256))
    end.open(this.now)
    this.#run(end)
    return true
  }

  disconnect(): void {
    this.end?.connection?.disconnect()
  }

  /** Answers where the reply will be, with what came before it. */
  call(method: string, params?: object): { reply: Reply | undefined; told: unknown[] } {
    const called: { reply: Reply | undefined; told: unknown[] } = { reply: undefined, told: [] }
    const { end } = this
    const id = end?.call(method, params, this.now)
    const look = (): void => {
      for (const { params: progress } of end?.replies ?? [])
        if (progress?.id === id) called.told.push(progress?.value)
      called.reply = id === undefined ? undefined : end?.reply(id)
      if (end) end.replies.length = 0
      if (!called.reply) this.#world.agenda.after(50, look)
    }
    look()
    return called
  }

  #run(end: PhoneEnd): void {
    if (end !== this.end || !this.isConnected) return
    const until = end.run(this.now)
    // What the channel says meanwhile does not wait longer than this.
    const next = Math.max(this.now + 1, Math.min(until, this.now + 20))
    this.#world.agenda.at(next, () => this.#run(end))
  }
}

/** `isNew`: it has no site yet. */
function withRadio({ isNew = false, baud = 0 } = {}) {
  let serial = ''
  let settings!: Settings
  const told = story({}, (site) => {
    serial = site.serial
    settings = site.settings
    if (baud) settings.line = { ...settings.line, baud }
  })
  const { world } = told
  const { dongle, agenda } = world
  if (isNew) eraseSettings(world.flash)
  dongle.powerOff()
  dongle.factoryRecord = sealFactoryData({ serial, labelSecret })
  dongle.hasFront = true
  dongle.powerOn()
  // No sample is owed while a phone is served.
  world.injectFault('a phone', 60 * MINUTE, () => () => {}, 0, 'board')
  const app = new App(world, serial)
  const at = (second: number, event: () => void): void => void agenda.at(second * SECOND, event)
  const hold = (second: number): void => {
    at(second, () => dongle.press(true))
    at(second + 4, () => dongle.press(false))
  }
  return { ...told, settings, serial, dongle, app, at, hold }
}

const STEPS = ['network', 'time', 'broker'].map((step) => ({ step, ok: true }))
const states = (log: [number, string][]): string[] =>
  log.map(([, text]) => text).filter((text) => !text.includes(' '))

test('a phone brings a new dongle its site, has it tested, and sends it off to stream', () => {
  const { world, log, settings, app, at, dongle } = withRadio({ isNew: true })
  let replies: ReturnType<App['call']>[] = []
  at(5, () => expect(app.connect()).toBe(true))
  at(7, () => {
    expect(app.end?.channel).toEqual(['open'])
    replies = [app.call('settings.set', { patch: settings })]
  })
  at(9, () => replies.push(app.call('test')))
  // It is in the other mode now, in which there is no radio.
  at(13, () => expect(app.isConnected).toBe(false))
  at(60, () => {
    expect(app.connect()).toBe(true)
  })
  at(62, () => replies.push(app.call('test')))
  at(64, () => replies.push(app.call('restart')))
  // The observer of lives knows no dongle that is new.
  world.agenda.runUntil(2 * MINUTE, () => {})
  expect(replies.map(({ reply }) => reply?.result)).toEqual([
    { isChanged: true },
    { isLater: true },
    { ok: true },
    null,
  ])
  expect(replies[2].told.slice(0, 3)).toEqual(STEPS)
  expect(replies[2].told).toHaveLength(3 + settings.devices.length)
  expect(states(log)).toEqual([
    ...['unprovisioned', 'joining', 'synchronising', 'connecting', 'streaming'],
    ...['provisioning', 'joining', 'synchronising', 'connecting', 'streaming'],
  ])
  expect(dongle.radio?.advertised).toBeUndefined()
})

describe('the button', () => {
  test('brings the radio, and a site goes on if no phone comes', () => {
    const { world, log, dongle, hold, at } = withRadio()
    at(20, () => expect(dongle.radio?.isReleased).toBe(true))
    hold(30)
    at(40, () => expect(dongle.radio?.advertised?.name).toBe('Wattbeat WB3'))
    expect(world.run(35 * SECOND + PHONE_MS + 30 * SECOND)).toBeUndefined()
    expect(states(log).slice(4, 6)).toEqual(['provisioning', 'joining'])
    expect(dongle.health).toMatchObject({
      state: 'streaming',
      restarts: ['provisioning by the button'],
    })
  })

  test('a phone that is there is waited for, and the site goes on a minute after it has gone', () => {
    const { world, log, app, dongle, hold, at } = withRadio()
    hold(30)
    at(40, () => app.connect())
    let status: ReturnType<App['call']> | undefined
    at(42, () => {
      status = app.call('status')
    })
    at(60 + PHONE_MS / SECOND, () => {
      expect(app.isConnected).toBe(true)
      app.disconnect()
    })
    expect(world.run(60 * SECOND + PHONE_MS + PHONE_GONE_MS + 30 * SECOND)).toBeUndefined()
    expect(status?.reply?.result).toMatchObject({ state: 'provisioning' })
    expect(states(log).slice(4, 6)).toEqual(['provisioning', 'joining'])
    const backS = log.filter(([, text]) => text === 'joining')[1][0]
    expect(backS).toBeLessThan(60 + PHONE_MS / SECOND + PHONE_GONE_MS / SECOND + 5)
    expect(dongle.health?.state).toBe('streaming')
  })

  test('strangers do not keep a site from streaming', () => {
    const { world, serial, dongle, hold, at } = withRadio()
    hold(30)
    const stranger = new App(world, serial, new Uint8Array(16))
    for (let second = 36; second < 2 * 700; second += 31) at(second, () => void stranger.connect())
    expect(world.run(35 * SECOND + PHONE_MS + 30 * SECOND)).toBeUndefined()
    expect(dongle.health?.state).toBe('streaming')
  })
})

test('the button lets Improv set another Wi-Fi by the cable, and the site runs with it', () => {
  const { world, dongle, hold, at } = withRadio()
  const heard: string[] = []
  const reader = new LineReader()
  dongle.cable.onBytes = (bytes) =>
    heard.push(...inShort(reader.take(bytes, world.agenda.now as MonotonicMs)))
  dongle.powerOff()
  dongle.powerOn()
  const text = '\u0001\u0000\u0004away\u000eright-password'
  const packet = utf8(text)
  packet[1] = packet.length - 2
  const ask = (): void => dongle.cable.heard(encodePacket(PACKET.rpc, packet))
  at(25, ask)
  at(27, () => expect(heard.filter((item) => /^improv/.test(item))).toEqual(['improv 2 4']))
  hold(30)
  at(40, ask)
  // The observer of lives knows nobody who sets Wi-Fi by Improv.
  world.agenda.runUntil(2 * MINUTE, () => {})
  expect(heard.filter((item) => /^improv/.test(item)).slice(-2)).toEqual([
    'improv 1 4',
    'improv 4 1 1 0',
  ])
  expect(loadSettings(world.flash)).toMatchObject({
    settings: { wifi: { ssid: 'away', password: 'right-password' } },
  })
  expect(dongle.health?.state).toBe('streaming')
})

test('after a test for a phone nobody has touched the button: Improv may set nothing', () => {
  const { world, dongle, at } = withRadio()
  const heard: string[] = []
  const reader = new LineReader()
  dongle.cable.onBytes = (bytes) =>
    heard.push(...inShort(reader.take(bytes, world.agenda.now as MonotonicMs)))
  dongle.powerOff()
  leaveErrand(world.flash, { kind: 'provisioning', tested: { ok: true, steps: [] } })
  dongle.powerOn()
  const packet = utf8('\u0001\u0000\u0004away\u000eright-password')
  packet[1] = packet.length - 2
  at(5, () => dongle.cable.heard(encodePacket(PACKET.rpc, packet)))
  world.agenda.runUntil(20 * SECOND, () => {})
  expect(heard.filter((item) => /^improv/.test(item))).toEqual(['improv 2 4'])
})

test('a phone is told every step of a test, however many there are', () => {
  const { world, dongle, app, at } = withRadio()
  const steps = Array.from({ length: 19 }, (_, unit) => ({
    ...{ step: 'device' as const, model: 'eastron-sdm120', unit, ok: true, powerW: unit },
  }))
  dongle.powerOff()
  leaveErrand(world.flash, { kind: 'provisioning', tested: { ok: true, steps } })
  dongle.powerOn()
  let tested: ReturnType<App['call']> | undefined
  at(5, () => void app.connect())
  // It goes away in the midst of it.
  at(7, () => void app.call('test'))
  at(7.3, () => app.disconnect())
  at(10, () => void app.connect())
  at(12, () => {
    tested = app.call('test')
  })
  world.agenda.runUntil(30 * SECOND, () => {})
  expect(tested?.reply?.result).toEqual({ ok: true })
  expect(tested?.told).toEqual(steps)
})

test('a phone reads a device at the line settings of the site', () => {
  const { world, settings, dongle, app, hold, at } = withRadio({ baud: 19_200 })
  const { resource: _, ...device } = settings.devices[1]
  const bauds: number[] = []
  hold(30)
  at(40, () => {
    app.connect()
    const line = dongle.line!
    const open = line.open.bind(line)
    line.open = (settings, events) => {
      bauds.push(settings.baud)
      return open(settings, events)
    }
  })
  at(42, () => void app.call('device.read', { device: { ...device, resource: settings.site } }))
  world.agenda.runUntil(MINUTE, () => {})
  expect(bauds).toEqual([19_200])
})

test('a power cut ends the wait for a phone and the test for one', () => {
  const { world, app, dongle, hold, at } = withRadio()
  const cut = (second: number): void => {
    at(second, () => dongle.powerOff())
    at(second + 1, () => dongle.powerOn())
  }
  hold(30)
  cut(40)
  at(60, () => expect(dongle.health?.state).toBe('streaming'))
  hold(70)
  at(80, () => app.connect())
  at(82, () => app.call('test'))
  cut(86)
  expect(world.run(2 * MINUTE)).toBeUndefined()
  expect(dongle.health?.state).toBe('streaming')
})

// It was given over and over in the same turn, ten thousand writes until an assertion restarted the dongle.
test('what a test found that flash does not take is no reason to stop streaming', () => {
  const { world, app, dongle, hold, at } = withRadio()
  hold(30)
  at(40, () => app.connect())
  at(42, () => app.call('test'))
  at(46, () => {
    world.conditions.flash.isFull = true
  })
  world.agenda.runUntil(3 * MINUTE, () => {})
  expect(dongle.health?.state).toBe('streaming')
  expect(dongle.health?.failedAssertions).toBe(0)
  expect(dongle.health?.forMs).toBeGreaterThan(2 * MINUTE)
})

test('many tests are no loop of restarts', () => {
  const { world, app, dongle, hold, at } = withRadio()
  hold(30)
  let results: unknown[] = []
  const anew: unknown[] = []
  for (let i = 0; i < 8; i++) {
    at(40 + 40 * i, () => void app.connect())
    at(42 + 40 * i, () => {
      const called = app.call('test')
      at(44 + 40 * i, () => results.push(called.reply?.result))
      // Told, and asked for anew.
      at(45 + 40 * i, () => {
        if (i % 2 === 0 || !called.reply) return
        const again = app.call('test')
        at(46 + 40 * i, () => anew.push(again.reply?.result))
      })
    })
  }
  // More restarts than the observer of lives lets pass.
  world.agenda.runUntil(18 * MINUTE, () => {})
  results = results.filter((result) => result !== undefined)
  expect(results).toContainEqual({ ok: true })
  expect(anew).toContainEqual({ isLater: true })
  expect(anew).not.toContainEqual({ ok: true })
  expect(dongle.health?.state).toBe('streaming')
})
