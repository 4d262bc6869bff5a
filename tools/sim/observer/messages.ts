/**
 * Invariants 1, 2 and 5 on every message that reached the broker: valid by the platform's page, true to what the
 * meters showed, never back in time.
 */
import type { Arrived } from '../broker/arrived'
import type { LifetimeSite } from '../site/drawn'

/** Answers in words what a payload breaks; undefined where it is valid. */
export type Validate = (message: unknown) => string | undefined

export interface ReceivedSample {
  stream: number
  time: number
}

export type Fail = (invariant: number, what: string) => void

interface Item {
  value: number
  soc?: number
  time: number
}

export interface MessageOptions {
  site: LifetimeSite
  validate: Validate
  /** True UTC in ms at an instant of the world. */
  utcAt(instant: number): number
  fail: Fail
}

const MOST_BYTES = 2048
/** 55 s, the second that a whole number of seconds hides, and a clock that is a little off. */
const MOST_AGE_MS = 56_200
const FUTURE_MS = 1000
/** Rounding, and what a product of single floats loses. */
const ROUNDING_W = 0.51
/** A battery tells its energy by charge and voltage, which sags under load. */
const SOC_SHARE = 0.012
const CAPACITY_WH = 10_240
/** Repeats of older samples are no repeats any more: nothing is kept that long. */
const REMEMBERED = 512

export class Messages {
  readonly #options: MessageOptions
  readonly #topics: readonly string[]
  /** By stream: the session in which each second's sample first came. */
  readonly #seen: Map<number, number>[]
  readonly #last: number[]
  /** By stream: samples that the dongle says it sent, and those that came. */
  readonly #sent: number[]
  readonly #arrived: number[]
  received = 0
  repeated = 0

  constructor(options: MessageOptions) {
    this.#options = options
    this.#topics = [...options.site.streams.keys()]
    this.#seen = this.#topics.map(() => new Map())
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
    if (payload.length > MOST_BYTES) fail(1, `a message of ${payload.length} bytes`)
    if (stream < 0 || wrong) return []
    const items = (Array.isArray(json) ? json : [json]) as Item[]
    return items
      .filter((item) => this.#check(stream, item, message))
      .map(({ time }) => ({ stream, time }))
  }

  /** Whether a sample of `stream` came that was measured in these seconds. */
  has(stream: number, from: number, to: number): boolean {
    for (let time = from; time <= to; time++) if (this.#seen[stream].has(time)) return true
    return false
  }

  #check(stream: number, item: Item, message: Arrived): boolean {
    this.received++
    this.#checkAge(stream, item, message)
    this.#checkValue(stream, item)
    return this.#isNew(stream, item, message)
  }

  #checkAge(stream: number, { time }: Item, { sentAt, duplicate }: Arrived): void {
    const { utcAt, fail } = this.#options
    const ageMs = utcAt(sentAt) - time * 1000
    if (ageMs < -FUTURE_MS)
      fail(1, `${this.#topics[stream]}: ${time} is ${-ageMs} ms in the future`)
    // What was in flight must be sent again as it was, however old (facts/powernaut.md, 6.9).
    if (ageMs > MOST_AGE_MS && !duplicate)
      fail(1, `${this.#topics[stream]}: ${time} was sent for the first time ${ageMs} ms later`)
  }

  #checkValue(stream: number, { value, soc, time }: Item): void {
    const { site, fail } = this.#options
    const topic = this.#topics[stream]
    const parts = site.streams.get(topic)!
    const shown = parts.map(({ meter, factor }) =>
      meter.powersAround(time).map((powerW) => powerW * factor),
    )
    if (!isSum(value, shown, 0))
      fail(2, `${topic}: ${value} W at ${time}, but the meters showed ${shown.join(' + ')} W`)
    const storedWh = parts[0].meter.storedWh(time)
    if ((soc === undefined) !== (storedWh === undefined))
      fail(2, `${topic}: a state of charge of ${soc} Wh, but the battery held ${storedWh} Wh`)
    else if (Math.abs((soc ?? 0) - (storedWh ?? 0)) > SOC_SHARE * CAPACITY_WH)
      fail(2, `${topic}: ${soc} Wh at ${time}, but the battery held ${storedWh} Wh`)
  }

  /** Whether it is no repetition. Two ticks may fall into one second where a meter was late for the first. */
  #isNew(stream: number, { time }: Item, { duplicate, session, qos }: Arrived): boolean {
    const { fail } = this.#options
    const seen = this.#seen[stream]
    const before = seen.get(time)
    if (before !== undefined && (duplicate || before !== session)) {
      this.repeated++
      if (qos === 2) fail(3, `${this.#topics[stream]}: ${time} came twice at QoS 2`)
      return false
    }
    if (time < this.#last[stream])
      fail(5, `${this.#topics[stream]}: ${time} came after ${this.#last[stream]}`)
    this.#last[stream] = time
    seen.set(time, session)
    if (seen.size > REMEMBERED) seen.delete(seen.keys().next().value as number)
    if (++this.#arrived[stream] > this.#sent[stream])
      fail(3, `${this.#topics[stream]}: ${time} came, and was sent only once before`)
    return true
  }
}

function isSum(value: number, shown: readonly number[][], from: number): boolean {
  if (from === shown.length) return Math.abs(value) <= ROUNDING_W
  return shown[from].some((powerW) => isSum(value - powerW, shown, from + 1))
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
