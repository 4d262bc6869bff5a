/** Drains the cable's outputs into the board's port and the service, and ends the run when an installer asked for it. */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import type { OpenCable } from '../ports/cable'
import { type CableOutput, CableSession } from '../provisioning/cable'
import { readFactoryData } from '../settings/factory'
import { Console } from './console'
import type { Report } from './report'
import { PRODUCT, type Served, Service, VERSION } from './service'

/** For the last reply to leave the port's own buffer: 2 KB at 115,200 baud take 180 ms. */
const LINGER_MS = 300
/** A tool that does not take its reply does not keep the dongle from ending. */
const MAX_LAST_WORDS_MS = 3000

export interface CablePumpOptions extends Served {
  watch(report: Report): void
  restart(why: string): void
  reset(why: string): void
}

/** Undefined if the board has no cable, or another program has it. */
export function openCable(options: CablePumpOptions): CablePump | undefined {
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
  readonly #options: CablePumpOptions
  readonly #session: CableSession
  readonly #service: Service
  readonly #console = new Console()
  #port: OpenCable | undefined
  #isOnline = false
  #endBy = FOREVER
  #endAt = FOREVER
  until: MonotonicMs

  /** Throws if the port does. */
  constructor(options: CablePumpOptions) {
    const { board, serial, enter } = options
    const { clock, system, entropy, store, primitives } = board
    this.#options = options
    this.until = clock.now()
    const label = readFactoryData(system.factoryRecord?.())
    const channel =
      label && primitives
        ? { primitives, entropy, label, store, transport: 'cable' as const }
        : undefined
    this.#session = new CableSession({ channel, device: this.#improvDevice(serial) }, this.until)
    this.#service = new Service(
      { ...options, enter: (event) => this.#enter(event) },
      this.#session.dialogue,
    )
    const take = (bytes: Uint8Array): void => {
      const now = clock.now()
      this.#session.receive(bytes, now)
      this.until = now
    }
    this.#port = board.cable?.open((bytes) => enter(take, bytes))
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

  /** What a round of the site has brought. */
  read(report: Report & { kind: 'read' }): void {
    if (this.#service.bus.read(report)) this.until = this.#options.board.clock.now()
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
        // A dongle that streams keeps its network.
        if (this.#options.settings()) return improv.notJoined(now)
        const { wifi } = output
        board.network.join(wifi, {
          onJoined: () =>
            this.#enter(() => {
              this.#isOnline = true
              this.#service.wifi = wifi
              improv.joined()
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
        if (!this.#options.settings()) board.network.leave()
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
    if (this.#endBy === FOREVER) this.#endBy = later(now, MAX_LAST_WORDS_MS)
    if (!this.#session.isSilent) this.#endAt = FOREVER
    else if (this.#endAt === FOREVER) this.#endAt = later(now, LINGER_MS)
    if (now < this.#endAt && now < this.#endBy) {
      this.until = earliest(this.until, this.#endAt, this.#endBy)
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
