/** Simulated meters on an RS-485 line in virtual time, and a dongle's end of it, for the suites that ask them. */
import type { UnixMs } from '../../firmware/core/time'
import { seal } from '../../firmware/modbus/crc16'
import type { ByteStream, LineSettings } from '../../firmware/ports/bytestream'
import { Agenda } from '../../tools/sim/agenda'
import { faultlessLine } from '../../tools/sim/conditions'
import { Rs485Line, type Rs485Options } from '../../tools/sim/modbus/rs485'
import { random } from '../../tools/sim/random'
import { House } from '../../tools/sim/site/house'
import { SIMULATED_SITE } from '../../tools/sim/site/installation'
import { metersOf } from '../../tools/sim/site/site'

export const NOON = Date.UTC(2026, 5, 1, 12) as UnixMs
export const SETTINGS: LineSettings = { baud: 9600, parity: 'none', stopBits: 1 }

export class AskedLine {
  readonly agenda = new Agenda()
  readonly conditions = faultlessLine([1, 2, 3])
  readonly line: Rs485Line
  /** What came, with its time. */
  readonly log: [at: number, ...bytes: number[]][] = []
  readonly closed: string[] = []
  #stream: ByteStream | undefined

  constructor({ startsAt = NOON, ...options }: Partial<Rs485Options> & { startsAt?: UnixMs } = {}) {
    const house = new House({ seed: 1, startsAt })
    this.line = new Rs485Line({
      agenda: this.agenda,
      random: random(1),
      conditions: this.conditions,
      meters: metersOf(SIMULATED_SITE.devices, () => house),
      utc: () => startsAt,
      ...options,
    })
  }

  open(settings = SETTINGS): ByteStream {
    this.#stream = this.line.open(settings, {
      onBytes: (bytes) => this.log.push([this.agenda.now, ...bytes]),
      onClosed: (why) => this.closed.push(why),
    })
    return this.#stream
  }

  /** What comes within two seconds of a frame; undefined is silence. */
  answer(frame: Uint8Array): Uint8Array | undefined {
    this.log.length = 0
    const stream = this.#stream ?? this.open()
    stream.write(frame)
    this.pass(2000)
    const bytes = this.log.flatMap(([, ...each]) => each)
    return bytes.length > 0 ? Uint8Array.from(bytes) : undefined
  }

  pass(ms: number): void {
    this.agenda.runUntil(this.agenda.now + ms, () => {})
  }
}

export function request(
  unit: number,
  functionCode: number,
  start: number,
  count: number,
): Uint8Array {
  const bytes = Uint8Array.of(unit, functionCode, start >> 8, start, count >> 8, count, 0, 0)
  seal(bytes, 6)
  return bytes
}
