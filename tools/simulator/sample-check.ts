/** Holds what the firmware said it did and what the broker's observer received against what the site truly was. */

import type { UnixMs } from '../../firmware/core/time'
import type { Report } from '../../firmware/dongle/report'
import type { Moment, Site } from '../sim/site/house'
import { SIMULATED_SITE } from '../sim/site/installation'

export interface Received {
  topic: string
  payload: string
  qos: number
  retain: boolean
}

type Truth = { topic: string; powerW(moment: Moment): number; hasCharge: boolean }

const [, panels, storage] = SIMULATED_SITE.devices
const STREAMS: Truth[] = [
  { topic: `site/${SIMULATED_SITE.site}/data`, powerW: (m) => m.gridW, hasCharge: false },
  { topic: `resource/${panels.resource}/data`, powerW: (m) => -m.pvW, hasCharge: false },
  {
    topic: `resource/${storage.resource}/data`,
    // What the BMS tells in hundredths, multiplied.
    powerW: (m) => (Math.round(m.batteryA * 100) / 100) * (Math.round(m.batteryV * 100) / 100),
    hasCharge: true,
  },
]
/** Rounding on the way: the BMS's hundredths of an ampere at 51 V. */
const TOLERANCE_W = 1
/** The site's second during which a meter was read, against the whole second that the message says. */
const AROUND_S = 1
/** The BMS tells hundredths of its 10 kWh. */
const TOLERANCE_WH = 105
/** Measured just before ticks 4 s apart, and told in whole seconds. */
const APART_S = 1

export class Judge {
  readonly #site: Site
  readonly #nowMs: () => number
  readonly #moments = new Map<number, Moment>()
  readonly #wrong: string[] = []
  readonly #due: number[] = []
  /** By tick: the streams whose sample the broker has acknowledged. */
  readonly #acknowledged = new Map<number, Set<number>>()
  readonly #samples = new Map<string, number[]>()
  messages = 0

  constructor(site: Site, nowMs = Date.now) {
    this.#site = site
    this.#nowMs = nowMs
  }

  /** How many ticks in a row, from the first, every stream was acknowledged for. */
  get ticksWhole(): number {
    const open = this.#due.findIndex(
      (tick) => this.#acknowledged.get(tick)?.size !== STREAMS.length,
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

  message({ topic, payload, qos, retain }: Received): void {
    this.messages++
    const stream = STREAMS.find((one) => one.topic === topic)
    const refuse = (why: string) => this.#wrong.push(`${topic} ${payload}: ${why}`)
    if (!stream) return void refuse('no such topic')
    if (qos !== 1 || retain) refuse(`QoS ${qos}, retain ${retain}`)
    const parsed = parse(payload)
    if (JSON.stringify(parsed) !== payload) refuse('not compact')
    for (const sample of Array.isArray(parsed) ? parsed : [parsed]) {
      const why = this.#lie(stream, sample)
      if (why) refuse(why)
      const times = this.#samples.get(topic) ?? []
      this.#samples.set(topic, times)
      times.push(sample?.time)
    }
  }

  /** What is wrong, a line each. */
  verdict(ticks: number): string[] {
    const wrong = [...this.#wrong]
    if (this.ticksWhole < ticks) wrong.push(`${this.ticksWhole} of ${ticks} ticks were whole`)
    this.#due.forEach((tick, i) => {
      if (i && tick !== this.#due[i - 1] + 1) wrong.push(`tick ${tick} follows ${this.#due[i - 1]}`)
    })
    for (const { topic } of STREAMS) {
      const times = this.#samples.get(topic) ?? []
      if (times.length < ticks) wrong.push(`${topic}: ${times.length} samples`)
      times.forEach((time, i) => {
        if (i && Math.abs(time - times[i - 1] - 4) > APART_S)
          wrong.push(`${topic}: ${time} follows ${times[i - 1]}`)
      })
    }
    return wrong
  }

  /** Why a sample cannot be what a meter measured at its time; undefined where it is. */
  #lie({ powerW, hasCharge }: Truth, sample: Record<string, number>): string | undefined {
    const fields = hasCharge ? 'value,soc,time' : 'value,time'
    if (Object.keys(sample ?? {}).join() !== fields) return `expected the fields ${fields}`
    if (!Object.values(sample).every(Number.isInteger)) return 'expected integers'
    const { value, soc, time } = sample
    if (Math.abs(this.#nowMs() / 1000 - time) > 10) return 'not of now'
    const around: Moment[] = []
    for (let s = time - AROUND_S; s <= time + AROUND_S; s++) around.push(this.#moment(s))
    if (!around.some((m) => Math.abs(powerW(m) - value) <= TOLERANCE_W)) {
      return `expected one of ${around.map((m) => powerW(m).toFixed(1)).join(', ')} W`
    }
    if (hasCharge && !around.some((m) => Math.abs(m.stateOfChargeWh - soc) <= TOLERANCE_WH)) {
      return `expected about ${around[0].stateOfChargeWh.toFixed(0)} Wh`
    }
    return undefined
  }

  /** The site only goes forward: every second up to the one asked for is kept. */
  #moment(second: number): Moment {
    let last = Math.max(...this.#moments.keys(), second - 10)
    while (last < second) {
      last++
      this.#moments.set(last, this.#site.at((last * 1000) as UnixMs))
    }
    return this.#moments.get(second) as Moment
  }
}

/** Undefined where it is no JSON: then nothing that follows is as expected. */
function parse(payload: string) {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}
