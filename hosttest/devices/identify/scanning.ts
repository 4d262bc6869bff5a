/** Scans in virtual time. */
import type { MonotonicMs } from '../../../firmware/core/time'
import { BusScan, type FoundDevice, type ScanOutput } from '../../../firmware/devices/identify/scan'
import { Bus, type BusOutput } from '../../../firmware/devices/poll/bus'
import { seal } from '../../../firmware/modbus/crc16'
import type { LineSettings } from '../../../firmware/ports/bytestream'
import { type Responder, ScriptedLine } from '../../../tools/sim/modbus/scripted'
import { answerRead, ILLEGAL_ADDRESS, ILLEGAL_VALUE } from '../../../tools/sim/modbus/slave'
import type { WordAt } from './maps'

const MAX_SCAN_MS = 3_600_000

type ScanOptions = ConstructorParameters<typeof BusScan>[0]

export interface Scanned {
  found: FoundDevice[]
  progress: number[]
  tookMs: number
  line: ScriptedLine<ScanOutput | BusOutput>
}

/** Scans what `respond` has on a line of these settings. */
export function scanLine(
  respond: (line: LineSettings) => Responder,
  options?: ScanOptions,
): Scanned {
  const scan = new BusScan(options)
  let bus: Bus | undefined
  const machine = {
    receive: (bytes: Uint8Array, now: MonotonicMs) => bus?.receive(bytes, now),
    poll(now: MonotonicMs): ScanOutput | BusOutput {
      const output = bus?.poll(now)
      return output?.kind === 'send' ? output : (scan.poll() ?? output ?? { kind: 'done' })
    },
  }
  const found: FoundDevice[] = []
  const progress: number[] = []
  let present: Responder = () => []
  const line = new ScriptedLine<ScanOutput | BusOutput>(machine, (frame, now) =>
    present(frame, now),
  )
  let done = false
  line.run(MAX_SCAN_MS, (output) => {
    if (output.kind === 'found') found.push(output)
    if (output.kind === 'progress') progress.push(output.done)
    if (output.kind === 'open') {
      present = respond(output.line)
      bus = new Bus({ line: output.line, devices: [] })
      bus.guest = scan
      scan.opened(bus.master)
    }
    return (done = output.kind === 'done')
  })
  if (!done) throw new Error('the scan does not end')
  return { found, progress, tookMs: line.now, line }
}

export interface Answering {
  unit: number
  wordAt: WordAt
  maxRegisters?: number
  /** Says nothing, in place of an exception, to a read of what it does not have. */
  silent?: boolean
  latencyMs?: number
}

/** One device alone on a line of `baud`. */
export function alone(
  { unit, wordAt, maxRegisters = 125, silent, latencyMs = 20 }: Answering,
  baud = 9600,
): Responder {
  const read = (code: number, address: number, count: number) => {
    if (count > maxRegisters) return silent ? undefined : ILLEGAL_VALUE
    const words: number[] = []
    for (let at = address; at < address + count; at++) {
      const word = wordAt(code, at)
      if (word === undefined) return silent ? undefined : ILLEGAL_ADDRESS
      words.push(word)
    }
    return words
  }
  return (frame) => {
    if (frame[0] !== unit) return []
    const reply = answerRead({ unit: ANY_UNIT, read }, asUnit(frame, ANY_UNIT))
    if (!reply) return []
    const bytes = asUnit(reply, unit)
    return [{ afterMs: ((frame.length + bytes.length) * 10_000) / baud + latencyMs, bytes }]
  }
}

/** The simulated slave never answers at 0, as most do not: this one does if that is its unit. */
const ANY_UNIT = 1

function asUnit(frame: Uint8Array, unit: number): Uint8Array {
  const copy = frame.slice()
  copy[0] = unit
  seal(copy, copy.length - 2)
  return copy
}

export function together(devices: readonly Answering[], baud = 9600): Responder {
  const responders = devices.map((device) => alone(device, baud))
  return (frame, now) => responders.flatMap((respond) => respond(frame, now))
}
