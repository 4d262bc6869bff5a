/**
 * What a dongle answers to a tool that speaks Improv: a machine. It says who the dongle is to anybody; it scans and takes
 * Wi-Fi only if the dongle has no site yet or its button was pressed, because whoever holds the cable need not know the
 * label's secret. https://www.improv-wifi.com/serial/
 */
import { earliest, FOREVER, later, type MonotonicMs } from '../core/time'
import type { WifiNetwork, WifiSettings } from '../ports/network'
import { networkName, networkPassword } from '../settings/formats'
import {
  COMMAND,
  decodeRpc,
  ERROR,
  encodeError,
  encodeResult,
  encodeState,
  HAS_WIFI,
  type ImprovCommand,
  type ImprovPacket,
  IS_ONLINE,
  PACKET,
  STATE,
} from './improv'

/** After the button: Improv's own, https://www.improv-wifi.com/ble/. */
export const AUTHORISED_MS = 60_000
/** npm improv-wifi-serial-sdk waits 30 s, ESP Web Tools 45 s. */
export const JOIN_MS = 28_000
/** ESP Web Tools waits 9.1 s for the first scan. */
export const SCAN_MS = 8000
/** Of a scan, the strongest: each is a packet. */
export const MAX_NETWORKS = 30
/** What a client sends while so much is unsaid is not heard: every client waits for its answer. */
const MAX_OUTPUTS = 64

/** What the session asks of the dongle, whenever it answers. */
export interface ImprovDevice {
  readonly firmware: string
  readonly version: string
  readonly chip: string
  readonly name: string
  readonly hostname: string
  /** A site's settings are in force. */
  readonly isProvisioned: boolean
  readonly isOnline: boolean
  /** Where a browser is sent to; empty if nowhere. */
  readonly url: string
}

export type ImprovOutput =
  | { kind: 'send'; bytes: Uint8Array }
  /** Answer by scanned(). */
  | { kind: 'scan' }
  /** Answer by joined() once they work, and keep them then; by notJoined() if they do not. */
  | { kind: 'join'; wifi: WifiSettings }
  /** The scan or join took too long, and its answer would come too late. */
  | { kind: 'give up' }
  | { kind: 'wait'; until: MonotonicMs }

export class ImprovSession {
  readonly #device: ImprovDevice
  readonly #outputs: ImprovOutput[] = []
  readonly #wait = { kind: 'wait' as const, until: FOREVER }
  #doing: 'nothing' | 'scanning' | 'joining' = 'nothing'
  #doneBy = FOREVER
  /** FOREVER: the button was not pressed. */
  #authorisedUntil = FOREVER
  /** Nobody is told anything before he has asked once: it would stand among the log's lines. */
  #isHeard = false

  constructor(device: ImprovDevice) {
    this.#device = device
  }

  /** `packet`: undefined if its sum was wrong. */
  receive(packet: ImprovPacket | undefined, now: MonotonicMs): void {
    // What only a device sends comes back from a line that echoes.
    if (packet && packet.type !== PACKET.rpc) return
    if (this.#outputs.length >= MAX_OUTPUTS) return
    this.#isHeard = true
    const command = packet ? decodeRpc(packet.data) : ERROR.invalidPacket
    if (typeof command === 'number') return this.#tellError(command)
    const refusal = this.#refusal(command, now)
    if (refusal !== ERROR.none) return this.#tellError(refusal)
    this.#tellError(ERROR.none)
    this.#do(command, now)
  }

  /** The button asks for provisioning. */
  pressed(now: MonotonicMs): void {
    this.#authorisedUntil = later(now, AUTHORISED_MS)
    this.#tellState(now)
  }

  scanned(networks: readonly WifiNetwork[]): void {
    if (this.#doing !== 'scanning') return
    this.#end()
    for (const { ssid, signalDbm, isOpen } of strongest(networks))
      this.#answer(COMMAND.scan, [ssid, `${Math.round(signalDbm)}`, isOpen ? 'NO' : 'YES'])
    this.#answer(COMMAND.scan, [])
  }

  joined(): void {
    if (this.#doing !== 'joining') return
    this.#end()
    this.#authorisedUntil = FOREVER
    this.#send(encodeState(STATE.provisioned))
    this.#answer(COMMAND.setWifi, [this.#device.url])
  }

  notJoined(now: MonotonicMs): void {
    if (this.#doing !== 'joining') return
    this.#end()
    this.#tellError(ERROR.unableToConnect)
    this.#tellState(now)
  }

  poll(now: MonotonicMs): ImprovOutput {
    if (now >= this.#doneBy) this.#giveUp(now)
    if (now >= this.#authorisedUntil) {
      this.#authorisedUntil = FOREVER
      this.#tellState(now)
    }
    const output = this.#outputs.shift()
    if (output) return output
    this.#wait.until = earliest(this.#doneBy, this.#authorisedUntil)
    return this.#wait
  }

  /** Why not; ERROR.none if nothing is against it. */
  #refusal(command: ImprovCommand, now: MonotonicMs): number {
    switch (command.command) {
      case COMMAND.setWifi:
      case COMMAND.scan:
        if (this.#device.isProvisioned && !this.#wasPressed(now)) return ERROR.notAuthorised
        if (this.#doing !== 'nothing') return ERROR.unknown
        return command.command === COMMAND.setWifi && !canJoin(command)
          ? ERROR.unableToConnect
          : ERROR.none
      // Both follow from what the dongle is.
      case COMMAND.hostname:
        return command.text === '' ? ERROR.none : ERROR.badHostname
      case COMMAND.name:
        return command.text === '' ? ERROR.none : ERROR.unknownCommand
      default:
        return ERROR.none
    }
  }

  #do(command: ImprovCommand, now: MonotonicMs): void {
    const device = this.#device
    switch (command.command) {
      case COMMAND.setWifi: {
        const { ssid, password } = command
        this.#begin('joining', later(now, JOIN_MS))
        this.#tellState(now)
        this.#outputs.push({ kind: 'join', wifi: { ssid, password } })
        return
      }
      case COMMAND.state:
        this.#tellState(now)
        if (this.#state(now) === STATE.provisioned) this.#answer(COMMAND.state, [device.url])
        return
      case COMMAND.info:
        return this.#answer(COMMAND.info, [
          device.firmware,
          device.version,
          device.chip,
          device.name,
        ])
      case COMMAND.scan:
        this.#begin('scanning', later(now, SCAN_MS))
        this.#outputs.push({ kind: 'scan' })
        return
      case COMMAND.hostname:
        return this.#answer(COMMAND.hostname, [device.hostname])
      case COMMAND.name:
        return this.#answer(COMMAND.name, [device.name])
      case COMMAND.network: {
        const { isOnline, url } = device
        const flags = isOnline ? HAS_WIFI | IS_ONLINE : HAS_WIFI
        return this.#answer(COMMAND.network, isOnline && url ? [`${flags}`, url] : [`${flags}`])
      }
    }
  }

  #state(now: MonotonicMs): number {
    if (this.#doing === 'joining') return STATE.provisioning
    const { isProvisioned, isOnline } = this.#device
    return (isProvisioned || isOnline) && !this.#wasPressed(now) ? STATE.provisioned : STATE.ready
  }

  #wasPressed(now: MonotonicMs): boolean {
    return now < this.#authorisedUntil && this.#authorisedUntil < FOREVER
  }

  #begin(what: 'scanning' | 'joining', doneBy: MonotonicMs): void {
    this.#doing = what
    this.#doneBy = doneBy
  }

  #end(): void {
    this.#doing = 'nothing'
    this.#doneBy = FOREVER
  }

  #giveUp(now: MonotonicMs): void {
    this.#outputs.push({ kind: 'give up' })
    if (this.#doing === 'joining') this.notJoined(now)
    else this.scanned([])
  }

  #tellState(now: MonotonicMs): void {
    if (this.#isHeard) this.#send(encodeState(this.#state(now)))
  }

  #tellError(error: number): void {
    this.#send(encodeError(error))
  }

  #answer(command: number, texts: readonly string[]): void {
    this.#send(encodeResult(command, texts))
  }

  #send(bytes: Uint8Array): void {
    this.#outputs.push({ kind: 'send', bytes })
  }
}

function canJoin({ ssid, password }: WifiSettings): boolean {
  return ssid !== '' && networkName.fits(ssid) && networkPassword.fits(password)
}

/** Each name once. */
function strongest(networks: readonly WifiNetwork[]): WifiNetwork[] {
  const sorted = [...networks].sort((a, b) => b.signalDbm - a.signalDbm)
  const names: string[] = ['']
  return sorted
    .filter(({ ssid }) => {
      if (names.includes(ssid)) return false
      names.push(ssid)
      return true
    })
    .slice(0, MAX_NETWORKS)
}
