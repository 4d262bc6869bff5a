/** Drains the radio's outputs into the board's port and the service, and ends the run when a phone asked for it. */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import type { OpenRadio } from '../ports/radio'
import { GATT_SERVICE, radioName } from '../provisioning/gatt'
import { type RadioOutput, RadioSession } from '../provisioning/radio'
import type { InstallerOptions } from './cablepump'
import { channelOptions } from './channel'
import { LastWords } from './lastwords'
import { Service } from './service'

/** For the phone to read the last answer. */
const LINGER_MS = 1000
/** So long a site waits for a phone. */
export const PHONE_MS = 600_000
/** So long it waits for the one that was there. */
export const PHONE_GONE_MS = 60_000

/** Undefined if the board has no radio, or it does not work. */
export function openRadio(options: InstallerOptions): RadioPump | undefined {
  if (!options.board.radio) return undefined
  try {
    return new RadioPump(options)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    options.watch({ kind: 'log', text: `radio: ${why}` })
    return undefined
  }
}

export class RadioPump {
  readonly #options: InstallerOptions
  readonly #session: RadioSession
  readonly #service: Service
  readonly #lastWords = new LastWords(LINGER_MS)
  #port: OpenRadio | undefined
  /** Somebody who is near keeps a site from nothing: only whoever has the secret is waited for. */
  #waitsUntil: MonotonicMs
  until: MonotonicMs

  /** Throws if the port does. */
  constructor(options: InstallerOptions) {
    const { board, serial, enter } = options
    const now = () => board.clock.now()
    this.#options = options
    this.until = now()
    this.#waitsUntil = later(this.until, PHONE_MS)
    this.#session = new RadioSession(channelOptions(board, 'radio'), this.until)
    this.#service = new Service(
      { ...options, enter: (event) => this.#enter(event) },
      this.#session.dialogue,
    )
    this.#port = board.radio?.open({
      name: radioName(serial),
      service: GATT_SERVICE,
      onConnected: () => this.#enter(() => this.#session.connected(now())),
      onRequest: (bytes, mtu) =>
        enter((request) => {
          this.#session.receive(request, mtu, now())
          this.until = now()
        }, bytes),
      onGone: () => this.#enter(() => this.#session.gone(now())),
    })
  }

  /** Somebody who has the secret is there. */
  get isOpen(): boolean {
    return this.#session.isOpen
  }

  /** Until then there may be a phone. */
  get endAt(): MonotonicMs {
    return this.#session.isOpen ? FOREVER : this.#waitsUntil
  }

  run(now: MonotonicMs): void {
    const session = this.#session
    const service = this.#service
    for (;;) {
      service.advance(now)
      const output = session.poll(now)
      if (session.isOpen) this.#waitsUntil = later(now, PHONE_GONE_MS)
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

  #perform(output: Exclude<RadioOutput, { kind: 'wait' }>, now: MonotonicMs): void {
    switch (output.kind) {
      case 'respond':
        return this.#port?.respond(output.bytes)
      case 'drop':
        this.#port?.drop()
        return this.#log(`the phone was dropped: ${output.why}`)
      case 'call':
        return this.#service.perform(output, now)
      case 'cancel':
        return this.#service.cancel(output.id)
      case 'refused':
        return this.#log(`refused: ${output.why}`)
      default:
        output satisfies never
    }
  }

  #log(text: string): void {
    this.#options.watch({ kind: 'log', text: `radio: ${text}` })
  }

  #enter(event: (bytes: Uint8Array) => void): void {
    this.#options.enter((bytes) => {
      event(bytes)
      this.until = this.#options.board.clock.now()
    })
  }

  #end({ why, isReset }: { why: string; isReset: boolean }, now: MonotonicMs): void {
    const lastWords = this.#lastWords
    if (!lastWords.areSaid(this.#session.isSilent, now))
      this.until = earliest(this.until, lastWords.until)
    else if (isReset) this.#options.reset(why)
    else this.#options.restart(why)
  }
}
