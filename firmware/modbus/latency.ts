/** How fast one device answers. Its timeout is learnt as TCP's retransmission timeout is (RFC 6298). */

export const MIN_TIMEOUT_MS = 100
export const MAX_TIMEOUT_MS = 2000
/** Bucket i counts latencies below 2^(i/2) ms, so a percentile is at most 41 % too high. */
const BUCKETS = 24

export class Latency {
  #timeoutMs: number
  /** Negative before the first answer. */
  #smoothMs = -1
  #spreadMs = 0
  readonly #counts = new Uint32Array(BUCKETS)
  #count = 0

  constructor(firstTimeoutMs: number) {
    this.#timeoutMs = bounded(firstTimeoutMs)
  }

  /** How long to wait for this device, beyond the time that the frames take. */
  get timeoutMs(): number {
    return this.#timeoutMs
  }

  answered(latencyMs: number): void {
    const ms = Math.max(0, latencyMs)
    this.#counts[bucketOf(ms)]++
    this.#count++
    if (this.#smoothMs < 0) {
      this.#smoothMs = ms
      this.#spreadMs = ms / 2
    } else {
      this.#spreadMs += (Math.abs(ms - this.#smoothMs) - this.#spreadMs) / 4
      this.#smoothMs += (ms - this.#smoothMs) / 8
    }
    // Twice RFC 6298's margin: a timeout that is too short costs the wait for a late reply, one too long costs little.
    this.#timeoutMs = bounded(2 * this.#smoothMs + 4 * this.#spreadMs)
  }

  timedOut(): void {
    this.#timeoutMs = bounded(2 * this.#timeoutMs)
  }

  /** The latency in ms below which `share` of the answers came; 0 before the first. */
  percentile(share: number): number {
    let left = share * this.#count
    for (let i = 0; i < BUCKETS && this.#count > 0; i++) {
      left -= this.#counts[i]
      if (left <= 0) return 2 ** (i / 2)
    }
    return 0
  }
}

function bounded(ms: number): number {
  return Math.min(MAX_TIMEOUT_MS, Math.max(MIN_TIMEOUT_MS, ms))
}

function bucketOf(ms: number): number {
  return ms < 1 ? 0 : Math.min(BUCKETS - 1, 1 + Math.floor(2 * Math.log2(ms)))
}
