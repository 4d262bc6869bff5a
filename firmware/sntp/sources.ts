/** The time servers together: one round of requests, one answer, which a majority has to agree on. */
import type { Entropy } from '../core/entropy'
import { earliest, FOREVER, type MonotonicMs, type UnixMs } from '../core/time'
import { distance, type Sample } from './filter'
import type { Leap } from './packet'
import { type Agreement, type Candidate, select } from './select'
import { type ServerOutput, type TimeServer, TimeSource } from './source'

const MAX_SERVERS = 4
const LEAPS = [1, 2] as const

/** A sample of this round that agrees with the majority. */
export interface FreshSample {
  sample: Sample
  /** The least delay of an exchange with that server lately. */
  leastDelayMs: number
}

export class SourceSet {
  readonly servers: readonly TimeSource[]

  constructor(servers: readonly TimeServer[], entropy: Entropy, floor: UnixMs) {
    this.servers = servers
      .slice(0, MAX_SERVERS)
      .map((server, slot) => new TimeSource(server, slot, entropy, floor))
  }

  /** When at least one server may be asked. */
  get askableAt(): MonotonicMs {
    let at = FOREVER
    for (let i = 0; i < this.servers.length; i++) at = earliest(at, this.servers[i].askableAt)
    return at
  }

  get abandoned(): boolean {
    return this.servers.every((server) => server.abandoned)
  }

  begin(now: MonotonicMs, intervalMs: number): void {
    for (let i = 0; i < this.servers.length; i++) this.servers[i].begin(now, intervalMs)
  }

  abort(): void {
    for (let i = 0; i < this.servers.length; i++) this.servers[i].abort()
  }

  poll(now: MonotonicMs): ServerOutput | undefined {
    for (let i = 0; i < this.servers.length; i++) {
      const question = this.servers[i].poll(now)
      if (question) return question
    }
    return undefined
  }

  /** A second name of one server has no second vote, and does not let us ask that server twice as often. */
  resolved(host: string, address: string | undefined, why: string, now: MonotonicMs): void {
    for (let i = 0; i < this.servers.length; i++) {
      const server = this.servers[i]
      if (server.host !== host) continue
      const twin = address === undefined ? undefined : this.#twin(server, address)
      if (twin) server.resolved(undefined, `${address} is ${twin.host} already`, now)
      else server.resolved(address, why, now)
    }
  }

  #twin(server: TimeSource, address: string): TimeSource | undefined {
    return this.servers.find((other) => {
      // What it said while it was there counts as long as it is kept.
      const at = other.filter.newest ? other.lastAddress : other.address
      return other !== server && at === address && other.port === server.port
    })
  }

  /** The first deadline of the open requests; undefined if there is none: the round is over. */
  get deadline(): MonotonicMs | undefined {
    let at: MonotonicMs | undefined
    for (let i = 0; i < this.servers.length; i++) {
      const server = this.servers[i]
      if (server.pending) at = earliest(at ?? FOREVER, server.deadline)
    }
    return at
  }

  /**
   * What a majority says: of all servers that may be asked or, if `ofThoseHeard`, of those that answered lately. If there
   * are several servers, one that is alone is believed only if `evenOne`. `rate`: milliseconds of UTC in one of ours.
   */
  agreement(
    now: MonotonicMs,
    rate: number,
    ofThoseHeard: boolean,
    evenOne: boolean,
  ): Agreement | undefined {
    const candidates: Candidate[] = []
    let quorum = 0
    let askable = 0
    this.servers.forEach((server, slot) => {
      const sample = server.filter.best(now, rate)
      if (sample) candidates.push(candidateOf(slot, sample, now, rate))
      if (sample || !(server.abandoned || ofThoseHeard)) quorum++
      if (!server.abandoned) askable++
    })
    const agreement = select(candidates)
    if (!agreement || (agreement.slots.length === 1 && askable > 1 && !evenOne)) return undefined
    return agreement.slots.length * 2 > quorum ? agreement : undefined
  }

  /**
   * The samples since the last call that have an instant in common with `agreement`. A server may agree by what it said
   * earlier: what it says now has to agree by itself before anything is learnt from it.
   */
  takeFreshSamples(
    now: MonotonicMs,
    rate: number,
    agreement: Agreement | undefined,
  ): FreshSample[] {
    const fresh: FreshSample[] = []
    this.servers.forEach((server, slot) => {
      const sample = server.takeFreshSample()
      if (!sample || !agreement) return
      const { centre, distanceMs } = candidateOf(slot, sample, now, rate)
      if (
        Math.abs(centre - agreement.centre) <=
        distanceMs + agreement.distanceMs + agreement.widenedMs
      )
        fresh.push({ sample, leastDelayMs: server.filter.leastDelayMs })
      else server.noteFalseticker('the majority of the time servers')
    })
    return fresh
  }

  /** What servers say of the floor: of those that have answered lately, all contradict it, or one at least does not. */
  get floor(): 'contradicted' | 'kept' | 'unknown' {
    let floor: 'contradicted' | 'unknown' = 'unknown'
    for (let i = 0; i < this.servers.length; i++) {
      const server = this.servers[i]
      if (server.filter.newest) return 'kept'
      if (server.contradictsFloor) floor = 'contradicted'
    }
    return floor
  }

  lowerFloor(floor: UnixMs): void {
    for (let i = 0; i < this.servers.length; i++) this.servers[i].floor = floor
  }

  /** Why a round brought nothing. */
  get trouble(): string {
    const silent = this.servers.filter((server) => server.isSilent)
    if (silent.length > 0 && !this.servers.some((server) => server.answers)) return blocked(silent)
    for (let i = 0; i < this.servers.length; i++) {
      const { trouble } = this.servers[i]
      if (trouble !== '') return trouble
    }
    return 'no majority of the time servers agrees'
  }

  /** The leap second that most of the servers that agree announce. */
  announced({ slots }: Agreement): Leap {
    for (let i = 0; i < LEAPS.length; i++) {
      const leap = LEAPS[i]
      const announcing = slots.filter((slot) => this.servers[slot].filter.newest?.leap === leap)
      if (announcing.length * 2 > slots.length) return leap
    }
    return 0
  }
}

/** For an installer: most often it is a firewall. */
function blocked(servers: readonly TimeServer[]): string {
  const to = servers.map(({ host, port }) => `${host} port ${port}`).join(', ')
  return `no time server answers: outgoing UDP has to be open to ${to}`
}

function candidateOf(slot: number, sample: Sample, now: MonotonicMs, rate: number): Candidate {
  const centre = sample.utc + (now - sample.at) * rate
  return { slot, centre, distanceMs: distance(sample, now) }
}
