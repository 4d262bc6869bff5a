/**
 * Invariants 1, 2 and 5 on every message that reached the broker: valid by the platform's page, true to what the
 * meters showed, never back in time.
 */
import type { Arrived } from '../broker/events'
import type { Site } from '../site/site'
import { type SampleItem, untruth } from './truth'

/** Answers in words what is wrong with a message; undefined if it is valid. */
export type Validate = (message: unknown) => string | undefined

export interface ReceivedSample {
  stream: number
  time: number
}

export type Fail = (invariant: number, what: string) => void

export interface MessageOptions {
  site: Site
  validate: Validate
  /** True UTC in ms at an instant of the world. */
  utcAt(instant: number): number
  /** How far the dongle's clock was off at most, in the last minute. */
  clockMs(): number
  fail: Fail
}

const MAX_BYTES = 2048
/** 55 s, the second that a whole number of seconds hides, and a clock that is a little off. */
const MAX_AGE_MS = 56_200
const MAX_AHEAD_MS = 1000
/** Repeats of older samples are no repeats any more: nothing is kept that long. */
const MAX_REMEMBERED = 512

export class Messages {
  readonly #options: MessageOptions
  readonly #topics: readonly string[]
  /** By stream: the session in which each second's sample first came. */
  readonly #seen: Map<number, number>[]
  readonly #last: number[]
  /** By stream: samples that the dongle says it sent, and those that came. */
  readonly #sent: number[]
  readonly #arrived: number[]
  /** By stream: the reason code with which the broker did not take each second's sample. */
  readonly #refused: Map<number, number>[]
  received = 0
  repeated = 0

  constructor(options: MessageOptions) {
    this.#options = options
    this.#topics = [...options.site.streams.keys()]
    this.#seen = this.#topics.map(() => new Map())
    this.#refused = this.#topics.map(() => new Map())
    this.#last = this.#topics.map(() => 0)
    this.#sent = this.#topics.map(() => 0)
    this.#arrived = this.#topics.map(() => 0)
  }

  sent(stream: number, samples: number): void {
    this.#sent[stream] += samples
  }

  /** Answers the samples that came for the first time. */
  take(message: Arrived): ReceivedSample[] {
    const { site, validate, fail } = this.#options
    const { topic, payload, qos, retain } = message
    const text = asText(payload)
    const stream = this.#topics.indexOf(topic)
    const json = parse(text)
    const wrong = validate(json)
    if (stream < 0) fail(1, `the topic ${topic} is no stream's`)
    if (wrong) fail(1, `${wrong}: ${text}`)
    if (qos !== site.settings.qos) fail(1, `QoS ${qos}`)
    if (retain) fail(1, 'a retained message')
    if (payload.length > MAX_BYTES) fail(1, `a message of ${payload.length} bytes`)
    if (stream < 0 || wrong) return []
    const items = (Array.isArray(json) ? json : [json]) as SampleItem[]
    return items
      .filter((item) => this.#check(stream, item, message))
      .map(({ time }) => ({ stream, time }))
  }

  /** The broker has not taken a message. */
  refused({ topic, payload }: Pick<Arrived, 'topic' | 'payload'>, reason: number): void {
    const refused = this.#refused[this.#topics.indexOf(topic)]
    for (const { time } of [parse(asText(payload))].flat() as SampleItem[]) {
      refused.set(time, reason)
      forgetOldest(refused)
    }
  }

  /** With which codes the broker did not take samples of `stream` that were measured in these seconds. */
  refusals(stream: number, from: number, to: number): number[] {
    const reasons: number[] = []
    for (let time = from; time <= to; time++) {
      const reason = this.#refused[stream].get(time)
      if (reason !== undefined) reasons.push(reason)
    }
    return reasons
  }

  /** How many samples came of a stream, each once. */
  arrived(topic: string): number {
    return this.#arrived[this.#topics.indexOf(topic)] ?? 0
  }

  /** Whether a sample of `stream` came that was measured in these seconds. */
  has(stream: number, from: number, to: number): boolean {
    for (let time = from; time <= to; time++) if (this.#seen[stream].has(time)) return true
    return false
  }

  #check(stream: number, item: SampleItem, message: Arrived): boolean {
    this.received++
    this.#checkAge(stream, item, message)
    this.#checkValue(stream, item, message)
    return this.#isNew(stream, item, message)
  }

  #checkAge(stream: number, { time }: SampleItem, { sentAt, duplicate }: Arrived): void {
    const { utcAt, fail } = this.#options
    const ageMs = utcAt(sentAt) - time * 1000
    if (ageMs < -MAX_AHEAD_MS)
      fail(1, `${this.#topics[stream]}: ${time} is ${-ageMs} ms in the future`)
    // What was in flight must be sent again as it was, however old: MQTT 5, 4.4.
    if (ageMs > MAX_AGE_MS && !duplicate)
      fail(1, `${this.#topics[stream]}: ${time} was sent for the first time ${ageMs} ms later`)
  }

  #checkValue(stream: number, item: SampleItem, { duplicate }: Arrived): void {
    const topic = this.#topics[stream]
    const { site, clockMs } = this.#options
    // How far the clock was off is not remembered for as long as something may be in flight.
    const wrong = untruth(site.streams.get(topic)!, item, duplicate ? undefined : clockMs())
    if (wrong) this.#options.fail(2, `${topic}: ${wrong}`)
  }

  /** Whether it is no repetition. Two ticks may fall into one second if a meter was late for the first. */
  #isNew(stream: number, { time }: SampleItem, { duplicate, session, qos }: Arrived): boolean {
    const { fail } = this.#options
    const seen = this.#seen[stream]
    const before = seen.get(time)
    // The broker drops what comes again in its session at QoS 2: that is another tick's sample of the same second.
    const mayBeAgain = before !== session || (duplicate && qos < 2)
    if (before !== undefined && mayBeAgain) {
      this.repeated++
      if (qos === 2) fail(3, `${this.#topics[stream]}: ${time} came twice at QoS 2`)
      return false
    }
    if (time < this.#last[stream])
      fail(5, `${this.#topics[stream]}: ${time} came after ${this.#last[stream]}`)
    this.#last[stream] = time
    seen.set(time, session)
    forgetOldest(seen)
    if (++this.#arrived[stream] > this.#sent[stream])
      fail(3, `${this.#topics[stream]}: ${time} came, and was sent only once before`)
    return true
  }
}

function forgetOldest(remembered: Map<number, unknown>): void {
  if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value as number)
}

function asText(payload: Uint8Array): string {
  let text = ''
  for (const byte of payload) text += String.fromCharCode(byte)
  return text
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
