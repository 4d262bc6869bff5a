/** What the tool has around it: terminal, prompts, serial ports. Tests have their own. */
import { existsSync, readFileSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { SerialPort } from 'serialport'
import { virtualCable } from '../state'
import { codeOf, Failure } from './failure'

export interface Port {
  path: string
  /** In words; empty if nothing is known. */
  about: string
  /** Whether it is of a kind that dongles have. */
  isLikely: boolean
}

export interface Prompts {
  /** Nothing is shown of what is typed. `check` says what is wrong with it. */
  secret(message: string, check: (text: string) => string | undefined): Promise<string | Failure>
  choose(message: string, choices: readonly string[]): Promise<string | Failure>
  confirm(message: string): Promise<boolean | Failure>
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Whether standard output is a terminal: then a table may be drawn over the one before. */
  readonly isTerminal: boolean
  readonly rows: number
  readonly columns: number
  /** Undefined if nobody is there to be asked. */
  readonly prompts: Prompts | undefined
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal
  out(text: string): void
  err(text: string): void
  /** A bar on standard error: the share that is done, 0 to 1. */
  bar(share: number): void
  endBar(): void
  listPorts(): Promise<Port[] | Failure>
  openPort(path: string): Promise<Duplex | Failure>
}

const BAUD = 115_200
/** USB vendors of the chips between a computer and an ESP32: Espressif itself, Silicon Labs, WCH, FTDI, Prolific. */
const LIKELY_VENDORS = ['303a', '10c4', '1a86', '0403', '067b']

export async function listPorts(): Promise<Port[] | Failure> {
  const virtual = virtualPorts()
  let ports: Awaited<ReturnType<typeof SerialPort.list>>
  try {
    ports = await SerialPort.list()
  } catch (error) {
    // On Linux it asks udevadm, which containers lack.
    if (virtual.length > 0) return virtual
    return new Failure('port', `the serial ports cannot be listed: ${codeOf(error)}`, {
      fix: 'Name one: --port PATH.',
    })
  }
  const found = ports.map(({ path, manufacturer, serialNumber, vendorId, productId }) => {
    const usb = vendorId && `USB ${vendorId}:${productId ?? '?'}`
    return {
      path,
      about: [manufacturer, usb, serialNumber].filter(Boolean).join(', '),
      isLikely: LIKELY_VENDORS.includes(vendorId?.toLowerCase() ?? ''),
    }
  })
  return [...virtual, ...found].sort(
    (a, b) => Number(b.isLikely) - Number(a.isLikely) || a.path.localeCompare(b.path),
  )
}

/** That of `npm start -- --provision`, if it runs in its usual folder. */
function virtualPorts(): Port[] {
  const path = virtualCable()
  return existsSync(path) ? [{ path, about: 'virtual dongle of npm start', isLikely: true }] : []
}

export function openPort(path: string): Promise<Duplex | Failure> {
  // Without hupcl the lines that restart many boards stay as they are when the port is closed.
  const port = new SerialPort({ path, baudRate: BAUD, hupcl: false, autoOpen: false })
  // By itself a stream that is destroyed leaves the device open, and locked.
  port._destroy = (error, done) => (port.isOpen ? port.close(() => done(error)) : done(error))
  return new Promise((resolve) =>
    port.open((error) =>
      resolve(
        error
          ? new Failure('port', `the serial port cannot be opened: ${codeOf(error)}`, {
              fix: 'See `wattbeat ports`. Another program may hold it; on Linux you have to be in the group dialout.',
            })
          : port,
      ),
    ),
  )
}

export function readText(path: string, what: string): string | Failure {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return new Failure('file', `${what} cannot be read: ${codeOf(error)}`)
  }
}
