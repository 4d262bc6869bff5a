/** Drains the cable's outputs into the board's port and the service, and ends the run when an installer asked for it. */
import { earliest, FOREVER, type MonotonicMs } from '../core/time'
import type { OpenCable } from '../ports/cable'
import { type CableOutput, CableSession } from '../provisioning/cable'
import { channelOptions } from './channel'
import { Console } from './console'
import { LastWords } from './lastwords'
import type { Report } from './report'
import { PRODUCT, type Served, Service, VERSION } from './service'

/** For the last reply to leave the port's own buffer: 2 KB at 115,200 baud take 180 ms. */
const LINGER_MS = 300

export interface InstallerOptions extends Served {
  /** The button was held for this run. */
  wasPressed?: boolean
  watch(report: Report): void
  restart(why: string): void
  reset(why: string): void
}

/** Undefined if the board has no cable, or another program has it. */
export function openCable(options: InstallerOptions): CablePump | undefined {
  if (!options.board.cable) return undefined
  try {
    return new CablePump(options)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    options.watch({ kind: 'log', text: `cable: ${why}` })
    return undefined
  }
}

export class CablePump {
  readonly #options: InstallerOptions
  readonly #session: CableSession
  readonly #service: Service
  readonly #console = new Console()
  #port: OpenCable | undefined
  #isOnline = false
  readonly #lastWords = new LastWords(LINGER_MS)
  until: MonotonicMs

  /** Throws if the port does. */
  constructor(options: InstallerOptions) {
    const { board, serial, enter } = options
    this.#options = options
    this.until = board.clock.now()
    const channel = channelOptions(board, 'cable')
    this.#session = new CableSession({ channel, device: this.#improvDevice(serial) }, this.until)
    if (options.wasPressed) this.#session.improv.pressed(this.until)
    this.#service = new Service(
      { ...options, enter: (event) => this.#enter(event) },
      this.#session.dialogue,
    )
    const take = (bytes: Uint8Array): void => {
      const now = board.clock.now()
      this.#session.receive(bytes, now)
      this.until = now
    }
    this.#port = board.cable?.open((bytes) => enter(take, bytes))
  }

  /** Somebody who has the secret is there. */
  get isOpen(): boolean {
    return this.#session.isOpen
  }

  /** What is reported, for the log. */
  note(report: Report): void {
    const now = this.#options.board.clock.now()
    if (report.kind === 'pressed' && report.press === 'provisioning')
      this.#session.improv.pressed(now)
    const line = this.#console.line(report, now)
    if (line === undefined) return
    this.#session.log(line)
    this.#service.note(line)
    this.until = now
  }

  /** A device's answer, or that there was none. */
  read(report: Report & { kind: 'read' }): void {
    if (this.#service.read(report)) this.until = this.#options.board.clock.now()
  }

  run(now: MonotonicMs): void {
    const session = this.#session
    const service = this.#service
    for (;;) {
      service.advance(now)
      const output = session.poll(now)
      if (output.kind !== 'wait') {
        this.#perform(output, now)
        continue
      }
      this.until = earliest(output.until, service.until)
      if (service.ending) this.#end(service.ending, now)
      return
    }
  }

  stop(): void {
    this.#service.bus.stop()
    this.#port?.close()
    this.#port = undefined
    this.until = FOREVER
  }

  #perform(output: Exclude<CableOutput, { kind: 'wait' }>, now: MonotonicMs): void {
    const { board, watch } = this.#options
    const { improv } = this.#session
    switch (output.kind) {
      case 'send':
        return this.#session.taken(this.#port?.write(output.bytes) ?? output.bytes.length, now)
      case 'call':
        return this.#service.perform(output, now)
      case 'cancel':
        return this.#service.cancel(output.id)
      case 'scan':
        return this.#service.scan((networks) => improv.scanned(networks))
      case 'join': {
        // A site that runs keeps its network.
        if (this.#options.health()) return improv.notJoined(now)
        const { wifi } = output
        board.network.join(wifi, {
          onJoined: () =>
            this.#enter(() => {
              this.#isOnline = true
              if (this.#service.keepWifi(wifi)) improv.joined()
              else improv.notJoined(board.clock.now())
            }),
          onLost: () =>
            this.#enter(() => {
              this.#isOnline = false
              improv.notJoined(board.clock.now())
            }),
        })
        return
      }
      case 'give up':
        if (!this.#options.health()) board.network.leave()
        return
      case 'refused':
        return watch({ kind: 'log', text: `cable: refused: ${output.why}` })
      default:
        output satisfies never
    }
  }

  #enter(event: (bytes: Uint8Array) => void): void {
    this.#options.enter((bytes) => {
      event(bytes)
      this.until = this.#options.board.clock.now()
    })
  }

  #end({ why, isReset }: { why: string; isReset: boolean }, now: MonotonicMs): void {
    const lastWords = this.#lastWords
    if (!lastWords.areSaid(this.#session.isSilent, now)) {
      this.until = earliest(this.until, lastWords.until)
      return
    }
    if (isReset) this.#options.reset(why)
    else this.#options.restart(why)
  }

  #improvDevice(serial: string) {
    const { board, settings, health } = this.#options
    const isOnline = (): boolean => this.#isOnline
    const { chip = 'host' } = board.system
    return {
      firmware: PRODUCT,
      version: VERSION,
      chip,
      name: `${PRODUCT} ${serial}`,
      hostname: `${PRODUCT}-${serial}`,
      url: '',
      get isProvisioned() {
        return settings() !== undefined
      },
      get isOnline() {
        const state = health()?.state
        return state === undefined ? isOnline() : state !== 'joining' && state !== 'holding'
      },
    }
  }
}
