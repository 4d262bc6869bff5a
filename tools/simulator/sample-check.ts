/** Holds what the firmware reported and what the broker passed on against what the meters truly showed. */
import type { Report } from '../../firmware/dongle/report'
import { type SampleItem, untruth } from '../sim/observer/truth'
import type { StreamPart, Streams } from '../sim/site/site'

export interface CheckedMessage {
  topic: string
  payload: string
  qos: number
  retain: boolean
  /** When it came, in ms since 1970. */
  atMs: number
}

/** A sample that is older than this was not measured for the tick that sent it. */
const MAX_AGE_MS = 10_000
const PERIOD_S = 4
/** Measured just before ticks 4 s apart, and told in whole seconds. */
const TOLERANCE_S = 1

export class SampleCheck {
  readonly #streams: Streams
  readonly #wrong: string[] = []
  readonly #due: number[] = []
  /** By tick: the streams whose sample the broker has acknowledged. */
  readonly #acknowledged = new Map<number, Set<number>>()
  /** By topic. */
  readonly #times = new Map<string, number[]>()
  messages = 0

  constructor(streams: Streams) {
    this.#streams = streams
  }

  /** How many ticks in a row, from the first, every stream was acknowledged for. */
  get ticksWhole(): number {
    const open = this.#due.findIndex(
      (tick) => this.#acknowledged.get(tick)?.size !== this.#streams.size,
    )
    return open < 0 ? this.#due.length : open
  }

  report(report: Report): void {
    if (report.kind === 'due') this.#due.push(report.tick)
    if (report.kind === 'missed')
      this.#wrong.push(`tick ${report.tick}: missed by ${report.by}: ${report.why}`)
    if (report.kind !== 'acknowledged') return
    for (let tick = report.tick - report.samples + 1; tick <= report.tick; tick++) {
      const streams = this.#acknowledged.get(tick) ?? new Set()
      this.#acknowledged.set(tick, streams.add(report.stream))
    }
  }

  message({ topic, payload, qos, retain, atMs }: CheckedMessage): void {
    this.messages++
    const parts = this.#streams.get(topic)
    const refuse = (why: string) => this.#wrong.push(`${topic} ${payload}: ${why}`)
    if (!parts) return void refuse('no such topic')
    if (qos !== 1 || retain) refuse(`QoS ${qos}, retain ${retain}`)
    const parsed = parse(payload)
    if (JSON.stringify(parsed) !== payload) refuse('not compact')
    const times = this.#times.get(topic) ?? []
    this.#times.set(topic, times)
    for (const sample of Array.isArray(parsed) ? parsed : [parsed]) {
      const why = sampleFault(parts, sample, atMs)
      if (why) refuse(why)
      times.push(sample?.time)
    }
  }

  /** What is wrong, a line each. */
  wrong(ticks: number): string[] {
    const wrong = [...this.#wrong]
    if (this.ticksWhole < ticks) wrong.push(`${this.ticksWhole} of ${ticks} ticks were whole`)
    this.#due.forEach((tick, i) => {
      if (i && tick !== this.#due[i - 1] + 1) wrong.push(`tick ${tick} follows ${this.#due[i - 1]}`)
    })
    for (const topic of this.#streams.keys()) {
      const times = this.#times.get(topic) ?? []
      if (times.length < ticks) wrong.push(`${topic}: ${times.length} samples`)
      times.forEach((time, i) => {
        if (i && Math.abs(time - times[i - 1] - PERIOD_S) > TOLERANCE_S)
          wrong.push(`${topic}: ${time} follows ${times[i - 1]}`)
      })
    }
    return wrong
  }
}

/** Why a sample cannot be what the meters showed at its time; undefined if it is. */
function sampleFault(
  parts: readonly StreamPart[],
  sample: SampleItem,
  atMs: number,
): string | undefined {
  const hasCharge = parts[0].meter.storedAround(Math.floor(atMs / 1000), parts[0]).length > 0
  const fields = hasCharge ? 'value,soc,time' : 'value,time'
  if (Object.keys(sample ?? {}).join() !== fields) return `expected the fields ${fields}`
  if (!Object.values(sample).every(Number.isInteger)) return 'expected integers'
  if (Math.abs(atMs - sample.time * 1000) > MAX_AGE_MS) return 'not of now'
  return untruth(parts, sample)
}

/** Undefined if it is no JSON: then nothing that follows is as expected. */
function parse(payload: string) {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}
