/**
 * A dongle with its cable at a line of meters in virtual time, without a network: an installer's tool opens a channel and
 * calls. Pure: it runs on XS too.
 */
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { boot, type Running } from '../../firmware/dongle/boot'
import type { Board } from '../../firmware/ports/board'
import type { ByteStream, ByteStreamEvents, LineSettings } from '../../firmware/ports/bytestream'
import { saveSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'
import { sealFactoryData } from '../../tools/factory/seal'
import { Agenda, cancel, type Planned } from '../../tools/sim/agenda'
import type { Reply } from '../../tools/sim/channel-end'
import { faultless } from '../../tools/sim/conditions'
import { Flash } from '../../tools/sim/flash'
import { Rs485Line } from '../../tools/sim/modbus/rs485'
import { random } from '../../tools/sim/random'
import { drawSite } from '../../tools/sim/site/drawn'
import type { Site } from '../../tools/sim/site/site'
import { ToolEnd } from '../../tools/sim/tool-end'
import { primitives } from '../crypto/primitives'
import { LABEL } from '../provisioning/conversation'

export const SECOND = 1000
const BEGAN = Date.UTC(2026, 10, 1)
/** The opening of a channel. */
const OPENED_MS = 2 * SECOND

export interface CableSiteOptions {
  seed?: number
  /** What it has been set up with; nothing if undefined. */
  settings?: Settings | undefined
  /** How the meters are set. */
  meterSettings?: Pick<LineSettings, 'baud' | 'parity'> | undefined
  /** Whether the platform opens the line. */
  why?: string
}

export class CableSite {
  readonly agenda = new Agenda()
  readonly site: Site
  readonly conditions
  readonly line: Rs485Line
  readonly tool: ToolEnd
  /** With what settings the line is open now. */
  openLine: LineSettings | undefined
  readonly opened: LineSettings[] = []
  /** When each request went out, and to whom. */
  readonly asked: { at: number; unit: number }[] = []
  readonly running: Running
  readonly store = new Flash()
  readonly #options: CableSiteOptions
  #take: (bytes: Uint8Array) => void = () => {}
  #alarm: Planned | undefined

  constructor(options: CableSiteOptions = {}) {
    const { seed = 3, settings, meterSettings } = options
    this.#options = options
    this.site = drawSite(seed)
    const { meters } = this.site
    this.conditions = faultless(
      meters.map(({ unit }) => unit),
      3,
    )
    const { agenda, conditions } = this
    const utc = (): UnixMs => (BEGAN + agenda.now) as UnixMs
    this.line = new Rs485Line({
      ...{ agenda, conditions, meters, utc, random: random(seed) },
      ...(meterSettings && { meterSettings }),
    })
    if (settings) saveSettings(this.store, settings)
    const end = { primitives, label: LABEL, transport: 'cable' as const, entropy: random(2) }
    this.tool = new ToolEnd(end, (bytes) => agenda.after(1, () => this.#take(bytes)))
    this.running = boot(this.#board() as unknown as Board, () => {})
  }

  get now(): MonotonicMs {
    return this.agenda.now as MonotonicMs
  }

  /** The second of UTC that is now. */
  get second(): number {
    return Math.floor((BEGAN + this.agenda.now) / 1000)
  }

  pass(ms: number): this {
    this.agenda.runUntil(this.now + ms, () => {})
    return this
  }

  open(): this {
    this.tool.open(this.now)
    return this.pass(OPENED_MS)
  }

  call(method: string, params?: object): number {
    return this.tool.call(method, params, this.now)
  }

  /** Passes the time until that call is answered. */
  await(id: number, ms = 600 * SECOND): Reply {
    const end = this.now + ms
    for (;;) {
      const reply = this.tool.reply(id)
      if (reply) return reply
      if (this.now >= end) throw new Error(`no answer in ${ms} ms`)
      this.pass(50)
    }
  }

  /** What that call had to say on its way. */
  progress(id: number): Record<string, unknown>[] {
    return this.tool.replies
      .filter(({ params }) => params?.id === id)
      .map(({ params }) => params?.value as Record<string, unknown>)
  }

  #board() {
    const { agenda } = this
    return {
      clock: { now: () => this.now, setSystemTime() {} },
      alarm: {
        set: (due: MonotonicMs, run: () => void) => {
          cancel(this.#alarm)
          this.#alarm = agenda.at(due, run)
        },
        clear: () => cancel(this.#alarm),
      },
      store: this.store,
      entropy: random(3),
      network: { join() {}, leave() {}, resolve() {} },
      datagrams: () => ({ ask() {}, closeSocket() {} }),
      serialLine: {
        open: (line: LineSettings, events: ByteStreamEvents) => this.#open(line, events),
      },
      secureLayer: {},
      tcp: {},
      system: {
        serial: 'A1',
        chip: 'esp32',
        builtAt: (BEGAN - 1) as UnixMs,
        lastReset: () => ({ cause: 'power on', words: '' }),
        factoryRecord: () => sealFactoryData(LABEL),
        restart(why: string) {
          throw new Error(why)
        },
      },
      primitives,
      cable: {
        open: (onBytes: (bytes: Uint8Array) => void) => {
          this.#take = onBytes
          return {
            write: (bytes: Uint8Array) => {
              const sent = bytes.slice()
              agenda.after(1, () => this.tool.receive(sent, this.now))
              return bytes.length
            },
            close() {},
          }
        },
      },
    }
  }

  #open(line: LineSettings, events: ByteStreamEvents): ByteStream {
    if (this.#options.why) throw new Error(this.#options.why)
    const stream = this.line.open(line, events)
    if (this.openLine) throw new Error('the line is open already')
    this.openLine = line
    this.opened.push(line)
    return {
      write: (bytes) => {
        this.asked.push({ at: this.now, unit: bytes[0] })
        stream.write(bytes)
      },
      close: () => {
        stream.close()
        this.openLine = undefined
      },
    }
  }
}
