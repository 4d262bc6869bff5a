/** Telemetry on a scripted site of two streams in virtual time: meters that answer as told, a clock, the broker's queue. */
import { readUtf8 } from '../../firmware/core/bytes'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { Telemetry, type TelemetryOutput } from '../../firmware/telemetry/telemetry'

export const START_UTC = 1_700_000_000_000
export const ms = (value: number) => value as MonotonicMs

/** As the dongle's clock: a fixed offset from monotonic time, and never backwards. */
export class FakeTime {
  offset: number | undefined = START_UTC
  /** Too unsure for `utc`, while `monotonic` still answers. */
  unsure = false
  #told = 0
  utc = (now: MonotonicMs): UnixMs | undefined => {
    if (this.offset === undefined || this.unsure) return undefined
    const utc = now + this.offset
    // After a step back it stands still; after one of more than 10 s it is unknown until it is true again.
    if (this.#told - utc > 10_000) return undefined
    this.#told = Math.max(this.#told, utc)
    return this.#told as UnixMs
  }
  estimate = this.utc
  monotonic = (utc: UnixMs) => (this.offset === undefined ? undefined : ms(utc - this.offset))
}

type Line = [number, string, ...unknown[]]

export class Site {
  readonly time = new FakeTime()
  readonly log: Line[] = []
  readonly telemetry = new Telemetry({
    time: this.time,
    phaseMs: 1000,
    streams: [
      { topic: 'site', devices: [0] },
      { topic: 'battery', devices: [1] },
    ],
  })
  now = 0
  /** Whether the broker's queue writes at once what it is given. */
  writes = true
  readonly publications: (TelemetryOutput & { kind: 'publish' })[] = []
  /** What happens at each measure, in milliseconds after it. */
  answers: [number, (at: number) => void][] = [
    [100, (at) => this.telemetry.measured(0, 1000.4, undefined, ms(at - 50))],
    [200, (at) => this.telemetry.measured(1, -500, 8000, ms(at - 50))],
  ]

  constructor() {
    this.telemetry.roundMs = 300
    this.telemetry.online(2000)
  }

  run(until: number): Line[] {
    const events: [number, (at: number) => void][] = []
    for (;;) {
      const output = this.telemetry.poll(ms(this.now))
      if (output.kind !== 'wait') {
        this.log.push(this.line(output))
        if (output.kind === 'publish') this.publications.push(output)
        if (output.kind === 'publish' && this.writes) this.sent(output.tag)
        if (output.kind === 'measure') {
          for (const [after, run] of this.answers) events.push([this.now + after, run])
        }
        continue
      }
      const next = Math.min(output.until, ...events.map(([at]) => at))
      if (next > until) return this.log
      this.now = Math.max(this.now, next)
      for (const event of events.splice(0)) {
        if (event[0] <= this.now) event[1](event[0])
        else events.push(event)
      }
    }
  }

  sent(tag: number): void {
    this.telemetry.delivered('sent', tag, ms(this.now))
  }

  /** The times in the messages of `topic` since the log began. */
  times(topic: string): number[] {
    return this.log
      .filter(([, kind]) => kind === topic)
      .flatMap(([, , text]) => [JSON.parse(text as string) as { time: number }[]].flat())
      .map(({ time }) => time)
  }

  line(output: TelemetryOutput): Line {
    switch (output.kind) {
      case 'publish':
        return [this.now, output.topic, readUtf8(output.payload)]
      case 'missed':
        return [this.now, 'missed', output.stream, output.by, output.why]
      default:
        return [this.now, output.kind]
    }
  }
}

// START_UTC is a multiple of 4 s, so with a phase of 1 s ticks come at 1000, 5000, 9000…
