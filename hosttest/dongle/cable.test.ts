import { describe, expect, test } from '@jest/globals'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { boot, type Running } from '../../firmware/dongle/boot'
import { leaveErrand } from '../../firmware/dongle/errand'
import type { Report } from '../../firmware/dongle/report'
import { PRODUCT, VERSION } from '../../firmware/dongle/service'
import type { Board } from '../../firmware/ports/board'
import type { WifiNetwork } from '../../firmware/ports/network'
import type { Label } from '../../firmware/provisioning/frames'
import { ERROR, encodePacket, PACKET } from '../../firmware/provisioning/improv'
import { LineReader } from '../../firmware/provisioning/line'
import { METHODS } from '../../firmware/provisioning/methods'
import { CODE } from '../../firmware/provisioning/request'
import { loadSettings, saveSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'
import { shownSettings } from '../../firmware/settings/shown'
import { sealFactoryData } from '../../tools/factory/seal'
import type { Reply } from '../../tools/sim/channel-end'
import { Flash } from '../../tools/sim/flash'
import { random } from '../../tools/sim/random'
import { drawSite } from '../../tools/sim/site/drawn'
import { ToolEnd } from '../../tools/sim/tool-end'
import { primitives } from '../crypto/primitives'
import { LABEL } from '../provisioning/conversation'
import { forgedCa, time } from '../tls/x509/forge'

const SECOND_MS = 1000
const MAX_STEPS = 20_000
const { settings: SITE } = drawSite(1)

interface Setup {
  settings?: Settings
  hasLabel?: boolean
  hasLed?: boolean
  networks?: WifiNetwork[]
  /** As if a scan never ended. */
  scansForEver?: boolean
  radio?: object
}

/** A board on which nothing answers but its time, its flash and the cable, and a tool at the cable's other end. */
class Bench {
  readonly store = new Flash()
  readonly reports: Report[] = []
  readonly restarts: string[] = []
  now = 0 as MonotonicMs
  isLit = false
  press: (isPressed: boolean) => void = () => {}
  isOpen = false
  isRead = true
  /** How often the network was given up. */
  left = 0
  /** All that went over the cable, one way and the other. */
  readonly wire: Uint8Array[] = []
  tool!: ToolEnd
  running!: Running
  readonly #setup: Setup
  #due = Number.POSITIVE_INFINITY
  #run = () => {}
  #onBytes: (bytes: Uint8Array) => void = () => {}
  readonly #arriving: Uint8Array[] = []

  readonly #offered: Label

  /** `offered`: by the tool. */
  constructor(setup: Setup = {}, offered = LABEL) {
    this.#setup = setup
    this.#offered = offered
    if (setup.settings) saveSettings(this.store, setup.settings)
    this.start()
  }

  start(): void {
    const options = { primitives, label: this.#offered, transport: 'cable' as const }
    this.tool = new ToolEnd({ ...options, entropy: random(2) }, (bytes) => {
      this.wire.push(bytes.slice())
      // A UART gives what it has.
      for (let at = 0; at < bytes.length; at += 64) this.#onBytes(bytes.slice(at, at + 64))
    })
    this.running = boot(this.#board() as unknown as Board, (report) => this.reports.push(report))
  }

  /** What comes over the cable beside the tool's. */
  hear(bytes: Uint8Array): void {
    this.#onBytes(bytes)
    this.pass(100)
  }

  pass(ms: number): void {
    const end = this.now + ms
    for (let left = MAX_STEPS; ; left--) {
      if (left === 0) throw new Error('it never waits')
      const bytes = this.#arriving.shift()
      if (bytes) {
        this.tool.receive(bytes, this.now)
        continue
      }
      if (this.#due > end) break
      this.now = Math.max(this.now, this.#due) as MonotonicMs
      this.#due = Number.POSITIVE_INFINITY
      this.#run()
    }
    this.now = end as MonotonicMs
  }

  open(): this {
    this.tool.open(this.now)
    this.pass(SECOND_MS)
    expect(this.tool.channel).toEqual(['open'])
    return this
  }

  call(method: string, params?: object, ms = 200): Reply | undefined {
    const id = this.tool.call(method, params, this.now)
    this.pass(ms)
    return this.tool.reply(id)
  }

  #board() {
    const { hasLabel = true, hasLed, networks, scansForEver, radio } = this.#setup
    return {
      clock: { now: () => this.now, setSystemTime() {} },
      alarm: {
        set: (due: MonotonicMs, run: () => void) => {
          this.#due = due
          this.#run = run
        },
        clear: () => {
          this.#due = Number.POSITIVE_INFINITY
        },
      },
      store: this.store,
      entropy: random(3),
      network: {
        join() {},
        leave: () => void this.left++,
        resolve() {},
        ...(scansForEver ? { scan() {} } : {}),
        ...(networks ? { scan: (found: (all: WifiNetwork[]) => void) => found(networks) } : {}),
      },
      datagrams: () => ({ ask() {}, closeSocket() {} }),
      serialLine: { open: () => ({ write() {}, close() {} }) },
      secureLayer: {},
      tcp: {},
      system: {
        serial: 'A1',
        builtAt: Date.UTC(2026, 0, 1) as UnixMs,
        lastReset: () => ({ cause: 'power on', words: '' }),
        factoryRecord: () => (hasLabel ? sealFactoryData(LABEL) : undefined),
        restart: (why: string) => this.restarts.push(why),
      },
      primitives,
      ...(radio ? { radio } : {}),
      ...(hasLed ? { led: { set: (isLit: boolean) => (this.isLit = isLit) } } : {}),
      button: { watch: (onChange: (isPressed: boolean) => void) => (this.press = onChange) },
      cable: {
        open: (onBytes: (bytes: Uint8Array) => void) => {
          this.isOpen = true
          this.#onBytes = onBytes
          return {
            write: (bytes: Uint8Array) => {
              if (!this.isRead) return 0
              this.#arriving.push(bytes.slice())
              this.wire.push(bytes.slice())
              return bytes.length
            },
            close: () => {
              this.isOpen = false
            },
          }
        },
      },
    }
  }
}

describe.each([
  ['without a site', undefined],
  ['with a site', SITE],
])('%s', (_name, settings) => {
  const state = settings ? 'joining' : 'unprovisioned'

  test('the dongle says who it is and how', () => {
    const bench = new Bench({ settings }).open()
    expect(bench.tool.reply(1)?.result).toMatchObject({
      ...{ product: PRODUCT, version: VERSION, serial: LABEL.serial, state },
    })
    expect(bench.call('status')?.result).toMatchObject({ state })
    expect(bench.tool.heard.some((line) => line.includes(state))).toBe(true)
  })

  test('status can be followed until it is cancelled', () => {
    const bench = new Bench({ settings }).open()
    const id = bench.tool.call('status', { everyS: 2 }, bench.now)
    bench.pass(10.5 * SECOND_MS)
    bench.tool.reply(1)
    const calls = bench.tool.replies.map(({ params }) => params?.id)
    expect(calls).toEqual([id, id, id, id, id, id])
    expect(bench.call('cancel', { id })?.result).toBe(true)
    expect(bench.tool.reply(id)?.error?.code).toBe(CODE.cancelled)
    bench.tool.replies.length = 0
    bench.pass(10 * SECOND_MS)
    expect(bench.tool.replies).toEqual([])
  })

  test('the log is told, and followed', () => {
    const bench = new Bench({ settings }).open()
    expect(bench.call('log')?.result).toBeInstanceOf(Array)
    const id = bench.tool.call('log', { follow: true }, bench.now)
    bench.pass(100)
    bench.tool.replies.length = 0
    bench.press(false)
    bench.pass(100)
    bench.press(true)
    bench.pass(100)
    bench.press(false)
    bench.pass(SECOND_MS)
    const [told, ...others] = bench.tool.replies.map(({ params }) => params)
    expect(others).toEqual([])
    expect(told?.id).toBe(id)
    expect(told?.value).toContain('I button: identify')
  })

  test('it shows which one it is, if it has an LED', () => {
    expect(new Bench({ settings }).open().call('identify')?.error?.code).toBe(CODE.failed)
    const bench = new Bench({ settings, hasLed: true }).open()
    expect(bench.call('identify', { seconds: 2 })?.result).toBeNull()
  })

  test('it scans for networks, if the board can', () => {
    const networks = [{ ssid: 'house', signalDbm: -60, isOpen: false }]
    expect(new Bench({ settings, networks }).open().call('wifi.scan')?.result).toEqual(networks)
    expect(new Bench({ settings }).open().call('wifi.scan')?.error).toMatchObject({
      code: CODE.failed,
      message: 'not on this board',
    })
  })

  test('what is not there yet says so', () => {
    const bench = new Bench({ settings }).open()
    expect(bench.call('update')?.error?.code).toBe(CODE.notYet)
    // Of a site they have something to say.
    if (!settings)
      for (const method of ['test', 'credentials.commit', 'credentials.cancel'])
        expect(bench.call(method)?.error?.code).toBe(CODE.unprovisioned)
  })

  test('it restarts once its answer is out', () => {
    const bench = new Bench({ settings }).open()
    expect(bench.call('restart', undefined, 0)?.result).toBeNull()
    expect(bench.restarts).toEqual([])
    bench.pass(SECOND_MS)
    expect(bench.restarts).toEqual(['restart by the installer'])
    expect(bench.isOpen).toBe(false)
  })

  test('it restarts though nobody takes the answer', () => {
    const bench = new Bench({ settings }).open()
    bench.isRead = false
    bench.call('restart', undefined, 10 * SECOND_MS)
    expect(bench.restarts).toEqual(['restart by the installer'])
  })

  test('a reset erases the site', () => {
    const bench = new Bench({ settings }).open()
    expect(bench.call('reset', undefined, SECOND_MS)?.result).toBeNull()
    expect(bench.restarts).toEqual(['reset by the installer'])
    expect(loadSettings(bench.store)).toBeUndefined()
  })

  test('settings that are wrong change nothing, and every wrong field is told', () => {
    const bench = new Bench({ settings }).open()
    const patch = { ...SITE, site: 'my secret', line: { ...SITE.line, baud: 1 } }
    const reply = bench.call('settings.set', { patch }, SECOND_MS)
    expect(reply?.error).toMatchObject({
      code: CODE.wrongParams,
      data: { wrong: [{ field: 'site' }, { field: 'line.baud' }] },
    })
    expect(JSON.stringify(reply)).not.toContain('my secret')
    expect(bench.restarts).toEqual([])
    expect(loadSettings(bench.store)).toEqual(settings && { settings })
  })

  test('a dongle without a label has no channel', () => {
    const bench = new Bench({ settings, hasLabel: false })
    bench.tool.open(bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.channel).toEqual(['refused: no label'])
  })
})

describe('settings', () => {
  test('are stored before the answer, and in force after the restart', () => {
    const bench = new Bench().open()
    expect(bench.call('settings.get')?.error?.code).toBe(CODE.unprovisioned)
    expect(bench.call('settings.set', { patch: SITE, dryRun: true })?.result).toEqual({
      isChanged: true,
    })
    expect(loadSettings(bench.store)).toBeUndefined()
    const reply = bench.call('settings.set', { patch: SITE }, 0)
    expect(reply?.result).toEqual({ isChanged: true })
    expect(loadSettings(bench.store)).toEqual({ settings: SITE })
    bench.pass(SECOND_MS)
    expect(bench.restarts).toEqual(['new settings'])
    bench.start()
    bench.open()
    expect(bench.tool.reply(1)?.result).toMatchObject({ state: 'joining' })
    expect(bench.call('settings.get')?.result).toEqual(shownSettings(SITE))
    // The same again changes nothing, and so needs no restart.
    expect(bench.call('settings.set', { patch: SITE }, SECOND_MS)?.result).toEqual({
      isChanged: false,
    })
    expect(bench.restarts).toHaveLength(1)
  })

  test('that are the first are followed by a restart, before which a test is no failure', () => {
    const bench = new Bench().open()
    expect(bench.call('settings.set', { patch: SITE }, 100)?.result).toEqual({ isChanged: true })
    expect(bench.call('test', undefined, SECOND_MS)).toBeUndefined()
    expect(bench.restarts).toEqual(['new settings'])
  })

  test('with a CA that is newer than the firmware are taken before the time is known', () => {
    const bench = new Bench().open()
    const ca = forgedCa({ notBefore: time('310101000000Z') })
    const patch = { ...SITE, environment: 'custom', broker: 'mqtts://localhost:8883', ca }
    expect(bench.call('settings.set', { patch }, SECOND_MS)?.result).toEqual({ isChanged: true })
  })

  // A test of devices that the running site does not have was an exception: a restart for a wrong reason, without the answer.
  test('for which a restart is due leave no time for what takes long', () => {
    const bench = new Bench({ settings: SITE }).open()
    const device = { model: 'eastron-sdm120', unit: 77, role: 'resource' }
    const devices = [...SITE.devices, { ...device, resource: SITE.site.replace(/^..../, 'abcd') }]
    const set = bench.tool.call('settings.set', { patch: { devices } }, bench.now)
    const late = ['test', 'credentials.commit'].map((method) =>
      bench.tool.call(method, undefined, bench.now),
    )
    const ids = ['bus.scan', 'wifi.scan'].map((method) =>
      bench.tool.call(method, undefined, bench.now),
    )
    const read = bench.tool.call('device.read', { device }, bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.reply(set)?.result).toEqual({ isChanged: true })
    // These are asked again after the restart, which ends them.
    for (const id of late) expect(bench.tool.reply(id)).toBeUndefined()
    for (const id of [...ids, read]) expect(bench.tool.reply(id)?.error?.code).toBe(CODE.busy)
    expect(bench.restarts).toEqual(['new settings'])
  })

  test('for which a restart is due are not undone by what the dongle changes of its own until then', () => {
    const retired = { key: 'old-key', secret: 'old-secret', untilS: 2 ** 33 }
    const bench = new Bench({ settings: { ...SITE, retired } }).open()
    const credentials = { key: 'brought', secret: 'brought-secret' }
    const patch = { credentials, devices: SITE.devices.slice(0, 1) }
    bench.tool.call('credentials.commit', undefined, bench.now)
    bench.tool.call('settings.set', { patch }, bench.now)
    bench.pass(SECOND_MS)
    expect(bench.restarts).toEqual(['new settings'])
    expect(loadSettings(bench.store)).toMatchObject({ settings: { credentials } })
  })

  test('that come behind a reset are refused, because they would be gone', () => {
    const bench = new Bench({ settings: SITE }).open()
    bench.tool.call('reset', undefined, bench.now)
    const set = bench.tool.call('settings.set', { patch: { qos: 2 } }, bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.reply(set)?.error?.code).toBe(CODE.busy)
    expect(bench.restarts).toEqual(['reset by the installer'])
    expect(loadSettings(bench.store)).toBeUndefined()
  })

  test('that flash does not take are not answered with success', () => {
    const bench = new Bench().open()
    bench.store.write = () => {
      throw new Error('no space')
    }
    const reply = bench.call('settings.set', { patch: SITE }, SECOND_MS)
    expect(reply?.error).toMatchObject({ code: CODE.failed, message: 'not stored: no space' })
    expect(bench.restarts).toEqual([])
  })

  test('that are new are tested after the restart: until then nobody says that they do not work', () => {
    const bench = new Bench().open()
    bench.tool.call('settings.set', { patch: SITE }, bench.now)
    const tested = bench.tool.call('test', undefined, bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.reply(tested)).toBeUndefined()
    expect(bench.restarts).toEqual(['new settings'])
  })

  // The first copy was written and the second not: they were refused, and in force after the next start.
  test.each([
    [0, undefined],
    [1, undefined],
    [0, SITE],
    [1, SITE],
  ])('that flash does not take at write %i leave those that were there', (failing, settings) => {
    const bench = new Bench(settings ? { settings } : {}).open()
    const { store } = bench
    const write = store.write.bind(store)
    let writes = 0
    store.write = (name, bytes) => {
      if (name.startsWith('settings') && writes++ === failing) throw new Error('no space')
      write(name, bytes)
    }
    const patch = { ...SITE, qos: SITE.qos === 1 ? 2 : 1 }
    const reply = bench.call('settings.set', { patch }, SECOND_MS)
    expect(reply?.error).toMatchObject({ code: CODE.failed, message: 'not stored: no space' })
    expect(loadSettings(store)).toEqual(settings && { settings })
    expect(bench.restarts).toEqual([])
  })

  test('a pair of credentials is staged, and forgotten', () => {
    const bench = new Bench({ settings: SITE }).open()
    const staged = { key: 'next', secret: 'next-secret' }
    expect(bench.call('credentials.stage', staged, SECOND_MS)?.result).toBeNull()
    expect(loadSettings(bench.store)).toMatchObject({ settings: { staged } })
    bench.start()
    bench.open()
    const other = { key: 'other', secret: 'other-secret' }
    for (const [method, params] of [
      ['credentials.stage', other],
      ['settings.set', { patch: { staged: other } }],
    ] as const)
      expect(bench.call(method, params)?.error).toMatchObject({
        code: CODE.wrongParams,
        data: { wrong: [{ field: 'staged' }] },
      })
    expect(loadSettings(bench.store)).toMatchObject({ settings: { staged } })
    expect(bench.call('credentials.cancel', undefined, SECOND_MS)?.result).toBeNull()
    expect(loadSettings(bench.store)).toEqual({ settings: SITE })
    // The running site takes them.
    expect(bench.restarts).toEqual([])
  })
})

describe('a call that is cancelled', () => {
  test.each(['test', 'credentials.commit'])('such as %s, can be made again', (method) => {
    const bench = new Bench({ settings: { ...SITE, staged: { key: 'k', secret: 'next-secret' } } })
    bench.open()
    const first = bench.tool.call(method, undefined, bench.now)
    bench.call('cancel', { id: first })
    expect(bench.tool.reply(first)?.error?.code).toBe(CODE.cancelled)
    const second = bench.tool.call(method, undefined, bench.now)
    bench.pass(SECOND_MS)
    expect(bench.tool.reply(second)).toBeUndefined()
    expect(bench.call(method)?.error?.code).toBe(CODE.busy)
  })

  test('such as a scan, leaves the radio in use until that ends', () => {
    const bench = new Bench({ settings: SITE, scansForEver: true }).open()
    const id = bench.tool.call('wifi.scan', undefined, bench.now)
    bench.call('cancel', { id })
    expect(bench.call('wifi.scan')?.error?.code).toBe(CODE.busy)
  })
})

test('a store that cannot be read is not read again while an installer is there', () => {
  const bench = new Bench({ settings: SITE })
  const { store } = bench
  const read = store.read.bind(store)
  let isReadable = false
  store.read = (name) => {
    if (!isReadable && name.startsWith('settings')) throw new Error('NVS')
    return read(name)
  }
  bench.start()
  bench.pass(20 * SECOND_MS)
  bench.open()
  isReadable = true
  // Each time the store is read the dongle begins anew, and the channel with it.
  bench.pass(20 * SECOND_MS)
  expect(bench.call('status')?.result).toMatchObject({ state: 'unprovisioned' })
  expect(bench.tool.channel).toEqual(['open'])
  bench.tool.say('', bench.now)
  bench.pass(11 * 60 * SECOND_MS)
  expect(bench.running.health()?.state).toBe('joining')
})

describe('Improv, after the button of a dongle with a site', () => {
  const pressed = (setup: Setup = {}): Bench => {
    const bench = new Bench({ settings: SITE, ...setup })
    for (const is of [false, true, false]) {
      bench.press(is)
      bench.pass(4 * SECOND_MS)
    }
    return bench
  }
  const errors = (bench: Bench): string[] =>
    bench.tool.heard.filter((text) => /^improv 2/.test(text))

  test('does not take its network away', () => {
    const bench = pressed()
    bench.hear(encodePacket(PACKET.rpc, Uint8Array.of(1, 3, 1, 0x61, 0)))
    bench.pass(SECOND_MS)
    expect(errors(bench).at(-1)).toBe(`improv 2 ${ERROR.unableToConnect}`)
    expect(bench.left).toBe(0)
  })

  test('gives up a scan that does not end, and not the network', () => {
    const bench = pressed({ scansForEver: true })
    bench.hear(encodePacket(PACKET.rpc, Uint8Array.of(4, 0)))
    bench.pass(10 * SECOND_MS)
    expect(bench.tool.heard.at(-1)).toBe('improv 4 4 0')
    expect(bench.left).toBe(0)
  })
})

test('a site whose radio does not work does not wait for a phone', () => {
  const radio = {
    open() {
      throw new Error('no Bluetooth')
    },
    release() {},
  }
  const bench = new Bench({ settings: SITE, radio })
  leaveErrand(bench.store, { kind: 'provisioning' })
  bench.start()
  bench.pass(SECOND_MS)
  expect(bench.restarts).toEqual(['no phone any more'])
})

// A broker's words may be of any letters: the log was too long for one answer, until other lines had come.
test('the newest lines of a log that one answer does not hold are told', () => {
  const bench = new Bench({ settings: SITE }).open()
  for (let i = 0; i < 32; i++) bench.running.health()?.log.push(`${i} ${'\u20ac\u0001'.repeat(75)}`)
  const lines = bench.call('log', {}, 2 * SECOND_MS)?.result as string[]
  expect(lines.length).toBeGreaterThan(5)
  expect(lines.at(-1)).toMatch(/^31 /)
})

describe('secrets', () => {
  const secret = 'hunter2-of-the-site'
  const password = 'hunter2-of-the-house'
  const settings: Settings = {
    ...SITE,
    credentials: { key: 'site-key', secret },
    wifi: { ssid: 'house', password },
  }

  test('of the site and the label are not to be read from what goes over the cable', () => {
    const bench = new Bench().open()
    expect(bench.call('settings.set', { patch: settings }, 200)?.result).toEqual({
      isChanged: true,
    })
    expect(loadSettings(bench.store)).toEqual({ settings })
    const texts: string[] = []
    const reader = new LineReader()
    for (const bytes of bench.wire) {
      texts.push(latin1(bytes))
      for (const item of reader.take(bytes, bench.now))
        if (item.kind === 'frame') texts.push(latin1(item.bytes))
    }
    // Frames were among it, and of the size of the patch.
    expect(texts.join('').length).toBeGreaterThan(2 * JSON.stringify(settings).length)
    for (const hidden of ['hunter2', 'site-key', latin1(LABEL.labelSecret)])
      expect(texts.join('')).not.toContain(hidden)
  })

  test('go in by the calls, and come out by none', () => {
    const bench = new Bench({ settings, networks: [] }).open()
    bench.press(false)
    const read = ['info', 'status', 'settings.get', 'log', 'wifi.scan', 'identify', 'test']
    const replies = read.map((method) => bench.call(method, undefined, SECOND_MS))
    replies.push(bench.call('settings.set', { patch: { credentials: { key: secret } } }))
    replies.push(bench.call('credentials.stage', { key: 'next', secret: password }))
    replies.push(bench.call('settings.get'))
    const told = JSON.stringify([replies, bench.tool.replies, bench.tool.heard, bench.reports])
    expect(replies[2]?.result).toMatchObject({ credentials: { secret: true } })
    expect(told).not.toContain('hunter2')
    expect(told).not.toContain(latin1(LABEL.labelSecret))
  })

  test('a wrong one is logged as an attempt, and not what it was', () => {
    const labelSecret = LABEL.labelSecret.map((byte) => byte ^ 1)
    const bench = new Bench({ settings }, { ...LABEL, labelSecret })
    bench.tool.open(bench.now)
    bench.pass(SECOND_MS)
    const logged = bench.reports.flatMap((report) => (report.kind === 'log' ? report.text : []))
    expect(logged).toContain('cable: refused: wrong secret')
    expect(logged.join()).not.toContain(latin1(labelSecret))
  })
})

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes)
}

test('whatever is called, in whatever order and however it is cut, only what is to end a run ends it', () => {
  const { process } = globalThis
  const seed = Number(process?.env['SEED'] ?? Date.now() % 1_000_000)
  console.log(`SEED=${seed}: calls over the cable`)
  // XS counts what a suite costs, and each channel has two multiplications.
  const turns = process ? 400 : 30
  const draw = random(seed)
  const pick = <T>(of: readonly T[]): T => of[draw.below(of.length)]
  const device = { model: 'eastron-sdm120', unit: 77, role: 'resource' }
  const added = { ...device, resource: SITE.site.replace(/^..../, 'abcd') }
  const pair = (): object => ({ key: `key ${draw.below(3)}`, secret: `secret ${draw.below(3)}` })
  const networks = [{ ssid: 'house', signalDbm: -60, isOpen: false }]
  const patches = [
    ...[SITE, { qos: 1 }, { qos: 2 }, { devices: [...SITE.devices, added] }, { staged: null }],
    ...[{ environment: 'sandbox', credentials: pair() }, { wifi: null }, { nothing: {} }],
    { wifi: { ssid: 'x', password: 'house-password' } },
  ]
  const params: Record<string, () => object | undefined> = {
    status: () => (draw.chance(0.5) ? { everyS: 1 } : undefined),
    log: () => ({ follow: draw.chance(0.5) }),
    'settings.set': () => ({ patch: pick(patches), dryRun: draw.chance(0.1) }),
    'credentials.stage': pair,
    'device.read': () => ({ device, ...(draw.chance(0.5) ? { seconds: 3 } : {}) }),
    'bus.scan': () => ({ units: [1, 2, 77] }),
    identify: () => ({ seconds: 1 + draw.below(60) }),
    cancel: () => ({ id: draw.below(40) }),
  }
  const methods = Object.keys(METHODS)
  const ends = ['new settings', 'restart by the installer', 'reset by the installer']
  const ended = new Set<string>()
  const bench = new Bench({ settings: SITE, hasLed: true, networks })
  for (let turn = 0; turn < turns; turn++) {
    if (!bench.tool.isOpen || draw.chance(0.05)) {
      bench.tool.open(bench.now)
      bench.pass(SECOND_MS)
    }
    bench.isRead = draw.chance(0.95)
    for (let left = draw.below(8); left > 0; left--) {
      const method = pick(methods)
      if (bench.tool.isOpen) bench.tool.call(method, params[method]?.(), bench.now)
    }
    if (draw.chance(0.1)) {
      const noise = new Uint8Array(50)
      draw.fill(noise)
      bench.hear(noise)
    }
    if (draw.chance(0.2)) bench.pass(draw.below(12_000))
    else bench.pass(draw.below(700))
    if (bench.restarts.length === 0) continue
    expect(ends).toContain(bench.restarts[0])
    ended.add(bench.restarts[0])
    bench.restarts.length = 0
    if (!loadSettings(bench.store)) saveSettings(bench.store, SITE)
    bench.start()
  }
  // Which of them come, and how often, is drawn.
  if (process) expect(ended.size).toBeGreaterThan(0)
})
