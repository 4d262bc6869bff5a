/**
 * A client that works as chrony does, to hold ours against: four quick requests, then one every 64 to 1024 s and server; a
 * line through the samples of each, weighed by delay and as long as their residuals look random; a vote of intervals; the
 * lines of those that agree combined. https://chrony-project.org/documentation.html
 */
import type { Random } from '../../sim/random'
import type { Peer } from '../../sim/sntp/world'

/** So many answers, of twice as many requests at most. */
const BURST = 4
const MAX_BURST = 8
const BURST_GAP_MS = 2000
const MIN_POLL = 6
const MAX_POLL = 10
const POLL_TARGET = 8
const MAX_SAMPLES = 64
const MIN_SAMPLES = 3
/** A sample's weight falls with its distance beyond the least, in units of how far the mean is beyond it. */
const SD_TO_DISTANCE = 0.7
const MAX_CLOCK_ERROR = 1e-6
/** The least number of runs of one sign among so many residuals, if they are random (five per cent). */
const CRITICAL_RUNS = [
  0, 0, 0, 0, 0, 0, 0, 0, 2, 3, 3, 3, 4, 4, 5, 5, 5, 6, 6, 7, 7, 7, 8, 8, 9, 9, 9, 10, 10, 11, 11,
  11, 12,
]
const COMBINE = 3
/** Student's t by degrees of freedom: of a slope through three samples nothing is known. */
const STUDENT = [
  636, 636, 31.6, 12.9, 8.61, 6.87, 5.96, 5.41, 5.04, 4.78, 4.59, 4.44, 4.32, 4.22, 4.14, 4.07,
]
const MAX_STUDENT = 3.7
const GRAIN_MS = 0.001

interface Sample {
  at: number
  /** Of UTC from the crystal's time. */
  offsetMs: number
  delayMs: number
  rootMs: number
}

/** `offsetMs` at `at`, and how it changes; their uncertainties. */
interface Line {
  at: number
  offsetMs: number
  slope: number
  sdMs: number
  slopeSd: number
}

class Source {
  readonly peer: Peer
  samples: Sample[] = []
  line: Line | undefined
  nextAt: number
  #asked = 0
  #received = 0
  #poll = MIN_POLL
  #score = 0

  constructor(peer: Peer, at: number) {
    this.peer = peer
    this.nextAt = at
  }

  planNext(at: number, random: Random): void {
    const inBurst = ++this.#asked < MAX_BURST && this.#received < BURST
    const gapMs = inBurst ? BURST_GAP_MS : 2 ** this.#poll * 1000
    this.nextAt = at + gapMs * (1 + 0.02 * random.next())
  }

  add(sample: Sample): void {
    const { line } = this
    if (line) this.#pace(Math.abs(sample.offsetMs - offsetAt(line, sample.at)), distance(sample))
    this.#received++
    this.samples.push(sample)
    if (this.samples.length > MAX_SAMPLES) this.samples.shift()
    this.#fit(sample.at)
  }

  /** Half the way and what the server says of itself, of the sample that knows most now. */
  rootDistanceMs(at: number): number {
    const skew = (this.line?.slopeSd ?? 1e-4) + MAX_CLOCK_ERROR
    return Math.min(...this.samples.map((sample) => distance(sample) + (at - sample.at) * skew))
  }

  #pace(errorMs: number, distanceMs: number): void {
    const count = this.samples.length
    let change = (count / POLL_TARGET - 1) / POLL_TARGET
    if (count < POLL_TARGET) change *= 2
    if (errorMs > distanceMs) change = -Math.log2(errorMs / distanceMs)
    this.#score += change
    const whole = Math.floor(this.#score)
    this.#score -= whole
    this.#poll = Math.min(MAX_POLL, Math.max(MIN_POLL, this.#poll + whole))
  }

  #fit(at: number): void {
    for (let { samples } = this; samples.length >= MIN_SAMPLES; samples = samples.slice(1)) {
      const { line, runs } = lineThrough(samples, at)
      const critical = CRITICAL_RUNS[samples.length] ?? Math.floor(samples.length * 0.38)
      if (runs > critical || samples.length === MIN_SAMPLES) {
        this.samples = samples
        this.line = line
        return
      }
    }
  }
}

function distance({ delayMs, rootMs }: Sample): number {
  return GRAIN_MS + delayMs / 2 + rootMs
}

function offsetAt(line: Line, at: number): number {
  return line.offsetMs + (at - line.at) * line.slope
}

function lineThrough(samples: readonly Sample[], at: number): { line: Line; runs: number } {
  const distances = samples.map(distance)
  const least = Math.min(...distances)
  const mean = distances.reduce((sum, each) => sum + each, 0) / samples.length
  const spread = Math.min(Math.max(mean - least, 1e-3), least)
  const weights = distances.map((each) => 1 / (1 + (SD_TO_DISTANCE * (each - least)) / spread) ** 2)
  let w = 0
  let wx = 0
  let wy = 0
  samples.forEach(({ at: sampled, offsetMs }, i) => {
    w += weights[i]
    wx += weights[i] * (sampled - at)
    wy += weights[i] * offsetMs
  })
  let xx = 0
  let xy = 0
  samples.forEach(({ at: sampled, offsetMs }, i) => {
    const x = sampled - at - wx / w
    xx += weights[i] * x * x
    xy += weights[i] * x * (offsetMs - wy / w)
  })
  const slope = xy / xx
  const offsetMs = wy / w - (slope * wx) / w
  let squares = 0
  let runs = 0
  let last = 0
  samples.forEach((sample, i) => {
    const residual = sample.offsetMs - offsetMs - slope * (sample.at - at)
    squares += weights[i] * residual * residual
    const sign = Math.sign(residual)
    if (sign !== last) runs++
    last = sign
  })
  const variance = squares / Math.max(1, samples.length - 2)
  const sdMs = Math.sqrt(variance * (1 / w + (wx / w) ** 2 / xx))
  const slopeSd = Math.sqrt(variance / xx) * (STUDENT[samples.length - 2] ?? MAX_STUDENT)
  return { line: { at, offsetMs, slope, sdMs, slopeSd }, runs }
}

export class RegressionClient {
  now = 0
  /** When it first had a time. */
  firstAt: number | undefined
  readonly #sources: Source[]
  readonly #random: Random
  readonly #utc: (at: number) => number
  #line: Line | undefined
  #distanceMs = 0

  /** `utc`: true UTC, less the crystal's time. */
  constructor(peers: readonly Peer[], random: Random, utc: (at: number) => number) {
    this.#sources = peers.map((peer) => new Source(peer, this.now))
    this.#random = random
    this.#utc = utc
  }

  /** Until `end`; `probe` is called at each multiple of `everyMs`. */
  run(end: number, everyMs: number, probe: () => void): void {
    let probeAt = everyMs
    while (this.now < end) {
      const source = this.#sources.reduce((a, b) => (b.nextAt < a.nextAt ? b : a))
      this.now = Math.min(source.nextAt, probeAt)
      if (probeAt <= source.nextAt) {
        probe()
        probeAt += everyMs
      } else this.#ask(source)
    }
  }

  /** How far its time is ahead of the true one, and how far it may be off; undefined if it has none. */
  error(): { errorMs: number; boundMs: number } | undefined {
    const line = this.#line
    if (!line) return undefined
    const errorMs = offsetAt(line, this.now) - this.#driftMs(this.now)
    const sinceMs = this.now - line.at
    const boundMs = this.#distanceMs + 3 * line.sdMs + sinceMs * (line.slopeSd + MAX_CLOCK_ERROR)
    return { errorMs, boundMs }
  }

  #driftMs(at: number): number {
    return this.#utc(at) - at
  }

  #ask(source: Source): void {
    const askedAt = this.now
    source.planNext(askedAt, this.#random)
    const { delayMs = () => 2, offsetMs = () => 0 } = source.peer
    const thereMs = delayMs(this.#random, 'there')
    const backMs = delayMs(this.#random, 'back')
    if (thereMs === undefined || backMs === undefined) return
    const utc = this.#utc(askedAt + thereMs)
    const at = askedAt + (thereMs + backMs) / 2
    const delay = thereMs + backMs
    source.add({ at, offsetMs: utc + offsetMs(utc as never) - at, delayMs: delay, rootMs: 1.5 })
    this.now = askedAt + delay
    this.#select()
  }

  #select(): void {
    const { now } = this
    const candidates = this.#sources.flatMap((source) => {
      if (!source.line) return []
      const centre = offsetAt(source.line, now)
      const distanceMs = source.rootDistanceMs(now)
      return [
        {
          line: source.line,
          centre,
          distanceMs,
          low: centre - distanceMs,
          high: centre + distanceMs,
        },
      ]
    })
    let agreeing: typeof candidates = []
    for (const { low } of candidates) {
      const sharing = candidates.filter((each) => each.low <= low && low <= each.high)
      if (sharing.length > agreeing.length) agreeing = sharing
    }
    if (agreeing.length * 2 <= this.#sources.length) return
    const least = Math.min(...agreeing.map(({ distanceMs }) => distanceMs))
    const combined = agreeing.filter(({ distanceMs }) => distanceMs <= COMBINE * least)
    const sum = (value: (each: (typeof combined)[number]) => number, weight = 1) =>
      combined.reduce((total, each) => total + value(each) * weight, 0)
    const inverse = (each: (typeof combined)[number]) => 1 / each.distanceMs
    const certainty = (each: (typeof combined)[number]) => 1 / (each.line.slopeSd + 1e-9) ** 2
    const offsetMs = sum((each) => each.centre * inverse(each)) / sum(inverse)
    const slope = sum((each) => each.line.slope * certainty(each)) / sum(certainty)
    const slopeSd = 1 / Math.sqrt(sum(certainty))
    // What is known of the frequency already counts, too.
    const known = this.#line ?? { slope: 0, slopeSd: 100e-6 }
    const old = 1 / (known.slopeSd + 1e-9) ** 2
    const fresh = 3 / (slopeSd + 1e-9) ** 2
    this.#line = {
      at: now,
      offsetMs,
      slope: (known.slope * old + slope * fresh) / (old + fresh),
      sdMs: Math.min(...combined.map(({ line }) => line.sdMs)),
      slopeSd: Math.max(slopeSd, 1e-9),
    }
    this.#distanceMs = Math.max(
      ...combined.map((each) => each.distanceMs + Math.abs(each.centre - offsetMs)),
    )
    this.firstAt ??= now
  }
}
