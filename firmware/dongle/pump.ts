/** Drains the dongle's outputs into the board's ports after every event, and keeps the one alarm armed. */
import { fail } from '../core/assert'
import { earliest, FOREVER, later, type MonotonicMs, type UnixMs } from '../core/time'
import type { Board } from '../ports/board'
import type { ByteStream, TcpStream } from '../ports/bytestream'
import type { DatagramExchange } from '../ports/datagram'
import { type CablePump, openCable } from './cablepump'
import type { CredentialsChange } from './credentials'
import type { Dongle } from './dongle'
import type { TestedSite } from './errand'
import type { DongleOutput } from './output'
import { PanelPump } from './panelpump'
import type { Report } from './report'
import type { Idle, Served } from './service'
import { TestRun } from './testrun'

/** Between two waits: far more than there ever are, events that ports add meanwhile included. */
const MAX_OUTPUTS = 10_000

/** The alarm's first turn so long after the last that fed the platform's watchdog does it again. */
const FEED_AFTER_MS = 5000
/** If there is no such turn one is made. The watchdog waits three times as long (xs/esp32/reset.c). */
const MAX_UNFED_MS = 10_000

interface PumpOptions {
  board: Board
  dongle: Dongle
  watch(report: Report): void
  remember(time: { utc: UnixMs; driftPpm: number }): void
  storeCredentials(change: CredentialsChange): void
  /** For so long, this run of the firmware; false if that could not be stored. */
  lasted(ms: number): boolean
  /** It is over; does not return on the device. */
  restart(why: string): void
  /** As `restart`, and the site's settings are gone. */
  reset(why: string): void
  /** The person wants to use a phone. */
  provision: ((why: string) => void) | undefined
  /** What this run is for, if a phone asked for a test: told what came of it. */
  tested: ((tested: TestedSite) => void) | undefined
  /** What an installer may ask for by the cable. */
  served: Pick<
    Served,
    'serial' | 'settings' | 'health' | 'meters' | 'save' | 'isStored' | 'forgetRetired'
  >
}

const NO_BYTES: Uint8Array = new Uint8Array(0)

/** Never told: a site runs. */
const RUNNING: Idle = Object.freeze({ state: 'unprovisioned', why: '' })

interface Side {
  readonly until: MonotonicMs
  run(now: MonotonicMs): void
}

export class Pump {
  readonly #options: PumpOptions
  readonly #datagrams: DatagramExchange
  readonly #slots = new Set<number>()
  readonly #wake = (): void => this.#drain()
  /** Only a turn of the alarm feeds the watchdog, and only if it ends without an exception. */
  readonly #wakeAndFeed = (): void => {
    const { clock, system } = this.#options.board
    const now = clock.now()
    this.#feedAt = later(now, FEED_AFTER_MS)
    this.#feedBy = later(now, MAX_UNFED_MS)
    this.#drain()
    if (!this.#stopped) system.feedWatchdog?.()
  }
  #feedAt = FOREVER
  #feedBy = FOREVER
  readonly #panel: PanelPump | undefined
  readonly #cable: CablePump | undefined
  readonly #test: TestRun | undefined
  /** Whatever else has to be run when it is due. */
  readonly #sides: Side[] = []
  readonly #watch = (report: Report): void => {
    this.#cable?.note(report)
    this.#options.watch(report)
  }
  #line: ByteStream | undefined
  #tcp: TcpStream | undefined
  #draining = false
  #stopped = false

  constructor(options: PumpOptions) {
    this.#options = options
    const { board, dongle } = options
    this.#datagrams = board.datagrams({
      onDatagram: (slot, bytes, address, port) =>
        this.#enter(() => dongle.datagram(slot, bytes, address, port, board.clock.now())),
    })
    const { tested, served } = options
    this.#cable = openCable({
      ...options,
      ...served,
      idle: RUNNING,
      watch: this.#watch,
      enter: (event, bytes) => this.#enter(event, bytes),
      identify: (now, ms) => {
        if (board.led) this.#panel?.identify(now, ms)
        return board.led !== undefined
      },
    })
    if (tested) {
      const devices = served.settings()?.devices.length ?? 0
      this.#test = new TestRun({ devices, health: served.health, done: tested }, board.clock.now())
    }
    if (board.led || board.button)
      this.#panel = new PanelPump({ ...options, watch: this.#watch, first: 'joining' }, this.#wake)
    for (const side of [this.#cable, this.#test, this.#panel]) if (side) this.#sides.push(side)
  }

  start(): void {
    if (this.#options.board.system.feedWatchdog) this.#wakeAndFeed()
    else this.#drain()
  }

  stop(): void {
    const { board, dongle } = this.#options
    this.#enter(() => dongle.stop(board.clock.now()))
    this.#stopped = true
    board.alarm.clear()
    this.#line?.close()
    this.#tcp?.close()
    for (const slot of this.#slots) this.#datagrams.closeSocket(slot)
    board.network.leave()
    this.#cable?.stop()
  }

  /**
   * Gives the dongle an event and does what follows from it. Called by ports, so it must not throw: an exception
   * here is our own error, and the answer to that is a restart that says why. `bytes` are the event's own, so that it
   * need not be a new function for each.
   */
  #enter(event: (bytes: Uint8Array) => void, bytes = NO_BYTES): void {
    if (this.#stopped) return
    try {
      event(bytes)
    } catch (error) {
      this.#options.restart(inWords(error))
      return
    }
    this.#drain()
  }

  /** A port may answer while it is being served; the outer loop then goes on with what came of it. */
  #drain(): void {
    if (this.#draining || this.#stopped) return
    this.#draining = true
    const { board, dongle } = this.#options
    const sides = this.#sides
    try {
      let output = dongle.poll(board.clock.now())
      for (let left = MAX_OUTPUTS; ; ) {
        if (output.kind !== 'wait') this.#perform(output)
        else if (sides.length === 0 || !this.#runSides(board.clock.now())) break
        if (--left === 0) fail('the dongle never waits')
        output = dongle.poll(board.clock.now())
      }
      let { until } = output
      // Only now: each may have something for the others.
      for (let i = 0; i < sides.length; i++) until = earliest(until, sides[i].until)
      if (this.#stopped) board.alarm.clear()
      else if (until < this.#feedAt) board.alarm.set(until, this.#wake)
      else if (until < this.#feedBy) board.alarm.set(until, this.#wakeAndFeed)
      else if (this.#feedBy < FOREVER) board.alarm.set(this.#feedBy, this.#wakeAndFeed)
      else board.alarm.clear()
    } catch (error) {
      this.#options.restart(inWords(error))
    }
    this.#draining = false
  }

  /** Whether any was due: an installer may have given the dongle other settings. */
  #runSides(now: MonotonicMs): boolean {
    let wasDue = false
    for (let i = 0; i < this.#sides.length; i++) {
      const side = this.#sides[i]
      if (now < side.until) continue
      wasDue = true
      side.run(now)
    }
    return wasDue
  }

  /** The most frequent first: a case that is passed over costs as much as one that is taken. */
  #perform(output: Exclude<DongleOutput, { kind: 'wait' }>): void {
    switch (output.kind) {
      case 'write line':
        return this.#line?.write(output.bytes)
      case 'read':
        this.#cable?.read(output)
        this.#test?.read(output)
        return this.#options.watch(output)
      case 'send':
        if (this.#tcp) this.#options.dongle.tcpRoom(this.#tcp.write(output.bytes))
        return
      case 'sent':
      case 'acknowledged':
        return this.#options.watch(output)
      case 'log':
      case 'pressed':
        return this.#watch(output)
      case 'due':
        this.#panel?.note(output)
        return this.#options.watch(output)
      case 'missed':
      case 'state':
        this.#panel?.note(output)
        return this.#watch(output)
      case 'connect':
        return this.#connect(output)
      case 'disconnect':
        this.#tcp?.close()
        this.#tcp = undefined
        return
      case 'open line':
        return this.#openLine(output)
      case 'ask':
        this.#slots.add(output.slot)
        return this.#datagrams.ask(
          output.slot,
          output.localPort,
          output.address,
          output.port,
          output.bytes,
        )
      case 'close socket':
        this.#slots.delete(output.slot)
        return this.#datagrams.closeSocket(output.slot)
      case 'resolve':
        return this.#resolve(output.host)
      case 'join':
        return this.#join(output)
      case 'set time':
        return this.#options.board.clock.setSystemTime(output.utc)
      case 'remember time':
        return this.#options.remember(output)
      case 'store credentials':
        return this.#options.storeCredentials(output.change)
      case 'lasted':
        if (!this.#options.lasted(output.ms))
          this.#options.dongle.lastedNotStored(this.#options.board.clock.now())
        return
      case 'restart':
        return this.#options.restart(output.why)
      default:
        output satisfies never
    }
  }

  #connect({ address, port }: DongleOutput & { kind: 'connect' }): void {
    const { board, dongle } = this.#options
    const take = (bytes: Uint8Array) => dongle.tcpBytes(bytes)
    this.#tcp?.close()
    try {
      this.#tcp = board.tcp.connect(address, port, {
        onOpen: () => this.#enter(() => dongle.tcpOpened()),
        onBytes: (bytes) => this.#enter(take, bytes),
        onWritable: (room) => this.#enter(() => dongle.tcpRoom(room)),
        onClosed: (why) => {
          this.#tcp = undefined
          this.#enter(() => dongle.tcpClosed(why))
        },
      })
    } catch (error) {
      dongle.tcpClosed(messageOf(error))
    }
  }

  #openLine({ line }: DongleOutput & { kind: 'open line' }): void {
    const { board, dongle } = this.#options
    const now = () => board.clock.now()
    this.#line?.close()
    this.#line = undefined
    const take = (bytes: Uint8Array) => dongle.lineBytes(bytes, now())
    try {
      this.#line = board.serialLine.open(line, {
        onBytes: (bytes) => this.#enter(take, bytes),
        onClosed: (why) => {
          this.#line = undefined
          this.#enter(() => dongle.lineClosed(why, now()))
        },
      })
      dongle.lineOpened(now())
    } catch (error) {
      dongle.lineClosed(messageOf(error), now())
    }
  }

  #resolve(host: string): void {
    const { board, dongle } = this.#options
    try {
      board.network.resolve(host, (address, why) =>
        this.#enter(() => dongle.resolved(host, address, why, board.clock.now())),
      )
    } catch (error) {
      dongle.resolved(host, undefined, messageOf(error), board.clock.now())
    }
  }

  #join({ wifi }: DongleOutput & { kind: 'join' }): void {
    const { board, dongle } = this.#options
    board.network.join(wifi, {
      onJoined: () => this.#enter(() => dongle.joined(board.clock.now())),
      onLost: (why) => this.#enter(() => dongle.networkLost(why, board.clock.now())),
    })
  }
}

function inWords(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
