/** The radio port in memory: a phone connects, writes requests, reads answers and goes, as ESP-IDF's stack would tell it. */

import type { OpenRadio, Radio, RadioOptions } from '../../firmware/ports/radio'

/** Of a connection, before both sides have agreed on another MTU (Core Specification 5.4, Vol 3, Part G, 5.2.1). */
export const MIN_MTU = 23
/** As firmware/xs/esp32/gatt.c has them. */
export const MAX_WAITING = 4
const MAX_REQUEST_BYTES = 253

export class SimulatedRadio implements Radio {
  #options: RadioOptions | undefined
  #phone: Phone | undefined
  #waiting: Uint8Array[] = []
  #answer = new Uint8Array(0)
  #isBusy = false

  isReleased = false

  release(): void {
    this.isReleased = true
  }

  open(options: RadioOptions): OpenRadio {
    if (this.isReleased) throw new Error('the radio was released')
    if (this.#options) throw new Error('the radio is open')
    this.#options = options
    return {
      respond: (bytes) => {
        if (this.#phone) this.#answer = bytes.slice()
      },
      drop: () => this.end(this.#phone),
      close: () => {
        this.#options = undefined
        this.end(this.#phone)
      },
    }
  }

  /** What a phone sees that looks for devices; undefined if there is nothing to see. */
  get advertised(): { name: string; service: string } | undefined {
    if (!this.#options || this.#phone) return undefined
    const { name, service } = this.#options
    return { name, service: service.service }
  }

  /** Undefined if the dongle cannot be found: it is off, or busy with another phone. */
  connect(mtu = MIN_MTU): Phone | undefined {
    if (!this.advertised) return undefined
    this.#answer = new Uint8Array(0)
    this.#phone = new Phone(this, mtu)
    this.#options?.onConnected()
    return this.#phone
  }

  /** Whether the firmware is busy, and hears nothing. */
  set isBusy(isBusy: boolean) {
    this.#isBusy = isBusy
    while (!this.#isBusy && this.#phone) {
      const request = this.#waiting.shift()
      if (!request) return
      this.#options?.onRequest(request, this.#phone.mtu)
      request.fill(0xee)
    }
  }

  isConnected(phone: Phone): boolean {
    return this.#phone === phone
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > MAX_REQUEST_BYTES || this.#waiting.length === MAX_WAITING)
      return this.end(this.#phone)
    this.#waiting.push(bytes.slice())
    this.isBusy = this.#isBusy
  }

  read(): Uint8Array {
    return this.#answer.slice()
  }

  end(phone: Phone | undefined): void {
    if (!phone || phone !== this.#phone) return
    this.#phone = undefined
    this.#waiting = []
    this.#options?.onGone()
  }
}

/** One connection. What is written or read after its end is lost. */
export class Phone {
  readonly #radio: SimulatedRadio
  readonly mtu: number

  constructor(radio: SimulatedRadio, mtu: number) {
    this.#radio = radio
    this.mtu = mtu
  }

  get isConnected(): boolean {
    return this.#radio.isConnected(this)
  }

  write(bytes: Uint8Array): void {
    if (this.isConnected) this.#radio.write(bytes)
  }

  read(): Uint8Array {
    return this.isConnected ? this.#radio.read() : new Uint8Array(0)
  }

  disconnect(): void {
    this.#radio.end(this)
  }
}
