/**
 * An installer's calls about the serial line: bus.scan and device.read, one at a time. Without a site it opens the line
 * for the call. With one it is a guest of the site's bus, which asks for it in the time that its rounds leave.
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import { findDevice } from '../devices/catalogue/find'
import { BusScan, type ScanOutput } from '../devices/identify/scan'
import { Bus } from '../devices/poll/bus'
import { LiveDevice, type LiveOutcome, type LiveReading, liveReading } from '../devices/poll/live'
import type { BusGuest } from '../devices/query'
import type { Board } from '../ports/board'
import type { ByteStream, LineSettings } from '../ports/bytestream'
import type { Dialogue } from '../provisioning/dialogue'
import type { Call } from '../provisioning/methods'
import { CODE } from '../provisioning/request'
import type { DeviceSettings, Settings } from '../settings/schema'
import type { Meters } from './meters'
import type { Report } from './report'
import type { Scheduled } from './scheduled'
import { wrongBusCall } from './validate'

/** So often it is looked at what a call has come to. */
const LOOK_MS = 100
const READ_EVERY_MS = 500
/** Of a device that has to say what it is first, for one reading: each brings four answers. */
const MAX_SOUGHT_ROUNDS = 40
/** If the rounds have left no time for a request in so long, they will not. */
const MAX_UNSERVED_MS = 60_000

type ScanCall = Call & { method: 'bus.scan' }
type ReadCall = Call & { method: 'device.read' }
type Answers = Pick<Dialogue, 'answer' | 'refuse' | 'progress'>

/** What the calls act upon. */
export interface BusServed {
  board: Board
  /** In force; undefined if there is no site. */
  settings(): Settings | undefined
  /** Undefined if there is no site. */
  meters?: Scheduled<Meters> | undefined
  /** Gives the dongle an event, and drains what comes of it. */
  enter(event: (bytes: Uint8Array) => void, bytes?: Uint8Array): void
}

interface Scanning {
  readonly kind: 'scan'
  readonly id: number
  readonly scan: BusScan
  found: number
}

interface Reading {
  readonly kind: 'read'
  readonly id: number
  readonly device: DeviceSettings
  /** Of the site's devices the one that it is, else one at its unit; -1 if there is none. */
  readonly index: number
  readonly isSame: boolean
  /** Undefined while the rounds read it. */
  live: LiveDevice | undefined
  rounds: number
  nextAt: MonotonicMs
  /** FOREVER if one reading is wanted. */
  readonly endsAt: MonotonicMs
  last: LiveReading | undefined
  why: string
}

export class BusService {
  readonly #served: BusServed
  readonly #answers: Answers
  #call: Scanning | Reading | undefined
  /** The site's, or one of its own on a line that it has opened. */
  #bus: Bus | undefined
  #stream: ByteStream | undefined
  until = FOREVER

  constructor(served: BusServed, answers: Answers) {
    this.#served = served
    this.#answers = answers
  }

  perform(call: ScanCall | ReadCall, now: MonotonicMs): void {
    const { id, params } = call
    const { board, meters } = this.#served
    if (this.#call) {
      const data = { fix: 'wait for that call, or cancel it' }
      return this.#answers.refuse(id, { code: CODE.busy, message: 'the line is in use', data })
    }
    const wrong = wrongBusCall(params, meters?.machine.line, board.system)
    if (wrong.length > 0) {
      const message = 'wrong parameters'
      return this.#answers.refuse(id, { code: CODE.wrongParams, message, data: { wrong } })
    }
    this.#bus = meters?.machine.bus
    this.until = now
    if (call.method === 'bus.scan') this.#beginScan(call)
    else this.#beginReading(call, now)
  }

  cancel(id: number): void {
    if (this.#call?.id === id) this.stop()
  }

  /** Ends what is under way, and gives the line back. */
  stop(): void {
    this.#call = undefined
    this.#invite(undefined)
    this.#bus = undefined
    this.#stream?.close()
    this.#stream = undefined
    this.until = FOREVER
  }

  /** What a round of the site has brought. Answers whether somebody wants to know. */
  read(report: Report & { kind: 'read' }): boolean {
    const call = this.#call
    if (call?.kind !== 'read' || call.live || !call.isSame) return false
    if (call.index !== report.device) return false
    const { powerW, stateOfChargeWh, why = '' } = report
    const stage = this.#bus?.stage(call.index)
    if (powerW === undefined || !stage) this.#take(call, { why })
    else this.#take(call, liveReading(stage, call.device, { powerW, stateOfChargeWh }))
    return true
  }

  advance(now: MonotonicMs): void {
    if (!this.#call || now < this.until) return
    this.until = later(now, LOOK_MS)
    this.#checkTime(now)
    this.#drain(now)
    if (this.#call?.kind === 'scan') this.#advanceScan(this.#call)
    else if (this.#call) this.#advanceReading(this.#call, now)
    this.#drain(now)
    if (this.#call) this.#served.meters?.wake()
  }

  #beginScan({ id, params }: ScanCall): void {
    const { units, thorough, line } = params
    const { meters, settings } = this.#served
    const devices = (meters && settings()?.devices) ?? []
    const known = devices.map(({ unit }) => unit)
    const only = meters?.machine.line ?? line ?? settings()?.line
    const lines = only && [only]
    const scan = new BusScan({ units, thorough, lines, known })
    const call: Scanning = { kind: 'scan', id, scan, found: 0 }
    this.#call = call
    for (let i = 0; i < known.length; i++) {
      const unit = known[i]
      if (units && !units.includes(unit)) continue
      const model = this.#bus?.model(i)
      this.#find(call, { unit, model, certain: true, matchedBy: 'the settings' })
    }
  }

  #beginReading({ id, params }: ReadCall, now: MonotonicMs): void {
    const { device, seconds, line } = params
    const { meters, settings } = this.#served
    const devices = (meters && settings()?.devices) ?? []
    const same = devices.findIndex((one) => isSame(one, device))
    const atUnit = devices.findIndex(({ unit }) => unit === device.unit)
    this.#call = {
      kind: 'read',
      id,
      device,
      index: same < 0 ? atUnit : same,
      isSame: same >= 0,
      live: undefined,
      rounds: 0,
      nextAt: now,
      endsAt: seconds === undefined ? FOREVER : later(now, 1000 * seconds),
      last: undefined,
      why: 'no time to read it',
    }
    if (!meters) this.#open(line ?? settings()?.line ?? shippedLine(device.model))
  }

  /** Whether the site's line is open, and has time for others. */
  #checkTime(now: MonotonicMs): void {
    const meters = this.#served.meters?.machine
    if (!meters) return
    if (meters.closedWhy !== undefined) this.#fail(meters.closedWhy)
    else if (meters.bus.guest && now - meters.bus.guestAt > MAX_UNSERVED_MS)
      this.#fail('the devices of the site take all of its time')
  }

  #advanceScan(call: Scanning): void {
    for (let output = call.scan.poll(); output; output = this.#call && call.scan.poll())
      this.#perform(call, output)
  }

  #perform(call: Scanning, output: ScanOutput): void {
    switch (output.kind) {
      case 'open': {
        if (!this.#served.meters) this.#open(output.line)
        if (!this.#bus) return
        call.scan.opened(this.#bus.master)
        return this.#invite(call.scan)
      }
      case 'progress':
        return this.#answers.progress(call.id, { done: output.done })
      case 'found':
        return this.#find(call, { ...output, kind: undefined })
      case 'done':
        return this.#answer({ found: call.found })
    }
  }

  #find(call: Scanning, found: object): void {
    call.found++
    this.#answers.progress(call.id, found)
  }

  #advanceReading(call: Reading, now: MonotonicMs): void {
    const bus = this.#bus
    if (!bus) return
    if (call.index >= 0 && bus.isRunning(now)) {
      // To read it beside its rounds could cost them theirs.
      if (!call.isSame) return this.#fail('the site reads this unit otherwise')
      this.#invite(undefined)
      call.live = undefined
    } else {
      const live = call.live ?? new LiveDevice(call.device, bus.master)
      call.live = live
      this.#invite(live)
      const outcome = live.poll()
      if (outcome) this.#take(call, outcome)
      if (this.#call && !live.isBusy && now >= call.nextAt && now < call.endsAt) {
        call.nextAt = later(now, READ_EVERY_MS)
        call.rounds++
        live.begin(now)
        // It is not asked at all.
        if (!live.isBusy) call.rounds = MAX_SOUGHT_ROUNDS
      }
    }
    if (now < call.endsAt || !this.#call) return
    if (call.last) this.#answer(call.last)
    else this.#fail(call.why)
  }

  #take(call: Reading, outcome: LiveOutcome): void {
    const isOnce = call.endsAt === FOREVER
    if ('why' in outcome) {
      call.why = outcome.why
      const isSought = call.live?.isSought && call.rounds < MAX_SOUGHT_ROUNDS
      if (isOnce && !isSought) this.#fail(outcome.why)
    } else if (isOnce) this.#answer(outcome)
    else call.last = outcome
    if (!isOnce) this.#answers.progress(call.id, outcome)
  }

  /** Without a site. */
  #open(line: LineSettings): void {
    const { board, enter } = this.#served
    const bus = new Bus({ line, devices: [] })
    this.#stream?.close()
    this.#stream = undefined
    this.#bus = bus
    try {
      this.#stream = board.serialLine.open(line, {
        onBytes: (bytes) =>
          enter(() => {
            this.until = board.clock.now()
            bus.receive(bytes, this.until)
          }),
        onClosed: (why) => enter(() => this.#fail(`the line is closed: ${why}`)),
      })
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error))
    }
  }

  #invite(guest: BusGuest | undefined): void {
    const bus = this.#bus
    if (!bus || bus.guest === guest) return
    bus.guest = guest
    bus.guestAt = this.#served.board.clock.now()
  }

  #drain(now: MonotonicMs): void {
    while (this.#stream && this.#bus) {
      const output = this.#bus.poll(now)
      if (output.kind === 'send') this.#stream.write(output.bytes)
      else {
        if (output.kind === 'wait') this.until = earliest(this.until, output.until)
        return
      }
    }
  }

  #answer(result: object): void {
    const id = this.#call?.id
    this.stop()
    if (id !== undefined) this.#answers.answer(id, result)
  }

  #fail(message: string): void {
    const id = this.#call?.id
    this.stop()
    if (id !== undefined) this.#answers.refuse(id, { code: CODE.failed, message })
  }
}

/** But for the platform's id of it, by which nothing is read. */
function isSame(a: DeviceSettings, b: DeviceSettings): boolean {
  const bare = (device: DeviceSettings) => JSON.stringify({ ...device, resource: undefined })
  return bare(a) === bare(b)
}

/** The line settings that a model is shipped with, as far as they are known. */
function shippedLine(model: string): LineSettings {
  const { baud = 9600, parity = 'none', stopBits = 1 } = findDevice(model)?.line ?? {}
  return { baud, parity, stopBits }
}
