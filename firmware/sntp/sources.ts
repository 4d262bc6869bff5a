/** The time servers as one: asked together, heard together, judged by majority. */
import type { Entropy } from '../core/entropy'
import { earliest, FOREVER, type MonotonicMs, type UnixMs } from '../core/time'
import { distance, type Sample } from './filter'
import type { Leap } from './packet'
import { type Agreement, type Candidate, select } from './select'
import { type ServerOutput, type TimeServer, TimeSource } from './source'

const MAX_SERVERS = 4
const LEAPS = [1, 2] as const

/** A sample that came in this round from a server that the majority bears out. */
export interface FreshSample {
  sample: Sample
  /** The least that an exchange with that server took lately. */
  leastDelayMs: number
}

export class SourceSet {
  readonly servers: readonly TimeSource[]

  constructor(servers: readonly TimeServer[], entropy: Entropy, floor: UnixMs) {
    this.servers = servers
      .slice(0, MAX_SERVERS)
      .map((server, slot) => new TimeSource(server, slot, entropy, floor))
  }

  /** When a round can begin with at least one server. */
  get askableAt(): MonotonicMs {
    let at = FOREVER
    for (let i = 0; i < this.servers.length; i++) at = earliest(at, this.servers[i].askableAt)
    return at
  }

  get abandoned(): boolean {
    return this.servers.every((server) => server.abandoned)
  }

  begin(now: MonotonicMs, intervalMs: number): void {
    for (const server of this.servers) server.begin(now, intervalMs)
  }

  abort(): void {
    for (const server of this.servers) server.abort()
  }

  poll(now: MonotonicMs): ServerOutput | undefined {
    for (let i = 0; i < this.servers.length; i++) {
      const question = this.servers[i].poll(now)
      if (question) return question
    }
    return undefined
  }

  /** A second name of a server has no second vote, and brings it no second share of questions. */
  resolved(host: string, address: string | undefined, why: string, now: MonotonicMs): void {
    for (const server of this.servers) {
      if (server.host !== host) continue
      const twin = address === undefined ? undefined : this.#twin(server, address)
      if (twin) server.resolved(undefined, `${address} is ${twin.host} already`, now)
      else server.resolved(address, why, now)
    }
  }

  #twin(server: TimeSource, address: string): TimeSource | undefined {
    return this.servers.find(
      (other) => other !== server && other.address === address && other.port === server.port,
    )
  }

  /** The first deadline of the questions that are open; undefined where none is: the round is over. */
  get deadline(): MonotonicMs | undefined {
    let at: MonotonicMs | undefined
    for (const server of this.servers)
      if (server.pending) at = earliest(at ?? FOREVER, server.deadline)
    return at
  }

  /**
   * What a majority says, at `rate` milliseconds of UTC in one of ours: of all servers that may be asked, or
   * `ofThoseHeard`. Where there are several, one alone is believed only if `evenOne`.
   */
  agreement(
    now: MonotonicMs,
    rate: number,
    ofThoseHeard: boolean,
    evenOne: boolean,
  ): Agreement | undefined {
    const claims: Candidate[] = []
    let quorum = 0
    let askable = 0
    this.servers.forEach((server, slot) => {
      const sample = server.filter.best(now, rate)
      if (sample) claims.push(claim(slot, sample, now, rate))
      if (sample || !(server.abandoned || ofThoseHeard)) quorum++
      if (!server.abandoned) askable++
    })
    const verdict = select(claims)
    if (!verdict || (verdict.slots.length === 1 && askable > 1 && !evenOne)) return undefined
    return verdict.slots.length * 2 > quorum ? verdict : undefined
  }

  /**
   * What came since the last call and shares an instant with `verdict`. A server may be believed for what it
   * said earlier: what it says now has to stand on its own.
   */
  takeFreshSamples(now: MonotonicMs, rate: number, verdict: Agreement | undefined): FreshSample[] {
    const evidence: FreshSample[] = []
    this.servers.forEach((server, slot) => {
      const sample = server.takeFreshSample()
      if (!sample || !verdict) return
      const { centre, distanceMs } = claim(slot, sample, now, rate)
      if (Math.abs(centre - verdict.centre) <= distanceMs + verdict.distanceMs)
        evidence.push({ sample, leastDelayMs: server.filter.leastDelayMs })
      else server.noteFalseticker('the majority of the time servers')
    })
    return evidence
  }

  /** Why a round without evidence brought none. */
  get trouble(): string {
    for (const { trouble } of this.servers) if (trouble !== '') return trouble
    return 'no majority of the time servers agrees'
  }

  /** What most of those believed announce. */
  announced({ slots }: Agreement): Leap {
    for (const leap of LEAPS) {
      const announcing = slots.filter((slot) => this.servers[slot].filter.newest?.leap === leap)
      if (announcing.length * 2 > slots.length) return leap
    }
    return 0
  }
}

function claim(slot: number, sample: Sample, now: MonotonicMs, rate: number): Candidate {
  const centre = sample.utc + (now - sample.at) * rate
  return { slot, centre, distanceMs: distance(sample, now) }
}
