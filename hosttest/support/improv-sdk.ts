/** npm improv-wifi-serial-sdk, which ESP Web Tools is made of, for a port that looks like one of Web Serial. */
import { buildSync } from 'esbuild'

/** What of the SDK is used here. */
export interface ImprovClient {
  readonly state: number
  readonly error: number
  readonly nextUrl: string | undefined
  initialize(timeout: number): Promise<Record<string, unknown>>
  requestCurrentState(): Promise<void>
  scan(): Promise<{ name: string; rssi: number; secured: boolean }[]>
  provision(ssid: string, password: string): Promise<void>
  getHostname(): Promise<string>
  setHostname(name: string): Promise<string>
  getDeviceName(): Promise<string>
  requestNetworkState(): Promise<Record<string, unknown>>
  close(): Promise<void>
}
type Make = new (port: object, logger: object) => ImprovClient

/** Its modules import each other without extensions, which Node does not resolve. */
const { outputFiles } = buildSync({
  entryPoints: ['node_modules/improv-wifi-serial-sdk/dist/serial.js'],
  bundle: true,
  format: 'cjs',
  write: false,
})
const sdk = { exports: {} as { ImprovSerial: Make } }
/** It leaves its timers running when it has its answer, and they would keep jest from ending. */
const unheld = (run: () => void, ms: number) => setTimeout(run, ms).unref()
new Function('module', 'exports', 'setTimeout', outputFiles[0].text)(sdk, sdk.exports, unheld)
const { ImprovSerial } = sdk.exports
const QUIET = { log() {}, error() {}, debug() {} }

/** `port`: with `readable` and `writable`. */
export function improvClient(port: object): ImprovClient {
  return new ImprovSerial(port, QUIET)
}
