/**
 * Improv over a serial line: packets <-> values. By it any tool that knows the standard can ask who the device is and set
 * its Wi-Fi. https://www.improv-wifi.com/serial/
 */
import { putUtf8, readUtf8, utf8Length } from '../core/bytes'

const LF = 0x0a
/** "IMPROV" and the version. */
const HEADER = Uint8Array.of(0x49, 0x4d, 0x50, 0x52, 0x4f, 0x56, 1)
/** The header, the type and the length of the data. */
const HEAD_BYTES = 9
export const MAX_PACKET_BYTES = HEAD_BYTES + 255 + 1
/** Of a result, behind the command and their own length. */
const MAX_TEXTS_BYTES = 253

export const PACKET = Object.freeze({ state: 1, error: 2, rpc: 3, result: 4 })

export const STATE = Object.freeze({ ready: 2, provisioning: 3, provisioned: 4 })

export const ERROR = Object.freeze({
  none: 0,
  invalidPacket: 1,
  unknownCommand: 2,
  unableToConnect: 3,
  /** Of Improv over Bluetooth, https://www.improv-wifi.com/ble/: over a serial line the standard has no word for it. */
  notAuthorised: 4,
  badHostname: 5,
  unknown: 0xff,
})

export const COMMAND = Object.freeze({
  setWifi: 1,
  state: 2,
  info: 3,
  scan: 4,
  hostname: 5,
  name: 6,
  network: 7,
} as const)

/** Bits of what COMMAND.network is answered with. */
export const IS_ONLINE = 1
export const HAS_WIFI = 2

export interface ImprovPacket {
  type: number
  data: Uint8Array
}

export type ImprovCommand =
  | { command: typeof COMMAND.setWifi; ssid: string; password: string }
  | { command: (typeof COMMAND)['state' | 'info' | 'scan' | 'network'] }
  /** Empty: what it is is asked for. */
  | { command: (typeof COMMAND)['hostname' | 'name']; text: string }

/** Of the packet that `bytes[0, end)` begins with. 0: no packet begins there; undefined: that is not known yet. */
export function packetLength(bytes: Uint8Array, end: number): number | undefined {
  const known = Math.min(end, HEADER.length)
  for (let i = 0; i < known; i++) if (bytes[i] !== HEADER[i]) return 0
  return end < HEAD_BYTES ? undefined : HEAD_BYTES + bytes[HEAD_BYTES - 1] + 1
}

/** Reads the packet of `length` bytes at the start of `bytes`; undefined if its sum is wrong. */
export function readPacket(bytes: Uint8Array, length: number): ImprovPacket | undefined {
  const end = length - 1
  if (sum(bytes, 0, end) !== bytes[end]) return undefined
  return { type: bytes[HEADER.length], data: bytes.slice(HEAD_BYTES, end) }
}

/** With a line's end before it, because a line may have been begun, and one behind it. */
export function encodePacket(type: number, data: Uint8Array): Uint8Array {
  const end = 1 + HEAD_BYTES + data.length
  const bytes = new Uint8Array(end + 2)
  bytes[0] = bytes[end + 1] = LF
  bytes.set(HEADER, 1)
  bytes[HEAD_BYTES - 1] = type
  bytes[HEAD_BYTES] = data.length
  bytes.set(data, 1 + HEAD_BYTES)
  bytes[end] = sum(bytes, 1, end)
  return bytes
}

export function encodeState(state: number): Uint8Array {
  return encodePacket(PACKET.state, Uint8Array.of(state))
}

export function encodeError(error: number): Uint8Array {
  return encodePacket(PACKET.error, Uint8Array.of(error))
}

/** `texts` that do not fit are left out. */
export function encodeResult(command: number, texts: readonly string[]): Uint8Array {
  const data = new Uint8Array(2 + MAX_TEXTS_BYTES)
  let at = 2
  for (const text of texts) {
    const length = utf8Length(text)
    if (at + 1 + length > data.length) continue
    data[at] = length
    at = putUtf8(data, at + 1, text)
  }
  data[0] = command
  data[1] = at - 2
  return encodePacket(PACKET.result, data.subarray(0, at))
}

/** The data of an RPC packet; an error's code if it is no command. */
export function decodeRpc(data: Uint8Array): ImprovCommand | number {
  const { length } = data
  if (length < 2 || data[1] !== length - 2) return ERROR.invalidPacket
  const command = data[0]
  switch (command) {
    case COMMAND.setWifi: {
      const ssidEnd = 3 + data[2]
      // Beyond the end all is undefined, and no sum with it is a length.
      if (ssidEnd + 1 + data[ssidEnd] !== length) return ERROR.invalidPacket
      const ssid = readUtf8(data, 3, ssidEnd)
      const password = readUtf8(data, ssidEnd + 1)
      if (ssid === undefined || password === undefined) return ERROR.invalidPacket
      return { command, ssid, password }
    }
    case COMMAND.state:
    case COMMAND.info:
    case COMMAND.scan:
    case COMMAND.network:
      return length === 2 ? { command } : ERROR.invalidPacket
    case COMMAND.hostname:
    case COMMAND.name: {
      const text = readUtf8(data, 2)
      return text === undefined ? ERROR.invalidPacket : { command, text }
    }
    default:
      return ERROR.unknownCommand
  }
}

/** Modulo 256. */
function sum(bytes: Uint8Array, start: number, end: number): number {
  let total = 0
  for (let at = start; at < end; at++) total += bytes[at]
  return total & 0xff
}
