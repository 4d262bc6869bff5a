/**
 * The replies to earlier requests that may still come. RTU has no transaction id (Serial Line V1.02, 2.4), so only its
 * length tells such a reply from the one that is awaited, if unit and function are the same.
 */
import { FOREVER, type MonotonicMs } from '../core/time'
import { MAX_COPY_MS } from './copies'

/** So many registers more than it needs may be asked of a read. */
export const MAX_PADDING = 4
/** Beside the bits of the paddings: none of them, unless a late reply is as long. */
export const PLAIN_FIRST = 2 << MAX_PADDING

/** Pairs of unit and function that are known; of more, the one that was asked last the longest ago is forgotten. */
const MAX_LANES = 32
/** Replies to one unit and function that may come late; of more, the one that is forgotten is the first to be too late. */
const MAX_LATE_REPLIES = 8

interface LateReply {
  count: number
  /**
   * When a device has answered that was asked directly; 0 if another master asked. As `until` if a refusal came, which was
   * the late one to another request at worst.
   */
  clear: number
  /** When a gateway that queues has. */
  until: number
  /** Until when the replies to another master's requests may come, of those that it still waits for; none if it is ours. */
  open: MonotonicMs[]
}

/** The requests to one unit with one function. */
interface Lane {
  readonly key: number
  /** The counts of the last four, a byte each, the latest lowest. */
  recent: number
  /** When the last one went out. */
  at: number
  /** Bit n: a read of each round can be asked for n registers only; of n above 31, n - 32 and so on. */
  only: number
  readonly late: LateReply[]
}

interface Read {
  readonly unit: number
  readonly code: number
  readonly count: number
}

export class LateReplies {
  /** When the last of all cannot come any more; 0 if none can. */
  until = 0
  /** Whether the read that was asked last had one length to be asked in. */
  hasOneLength = false
  readonly #lanes: Lane[] = []

  /**
   * How many registers to ask beyond `count`, of those that the bits of `paddings` allow, so that no late reply is as
   * long, nor one of a read that has this length only.
   */
  padding(read: Read, paddings: number, now: MonotonicMs): number {
    const lanes = this.#lanes
    const key = (read.unit << 8) + read.code
    let i = lanes.length - 1
    while (i >= 0 && lanes[i].key !== key) i--
    const lane = i < 0 ? this.#addLane(key) : lanes[i]
    let recent = lane.recent
    let padding = 0
    // The length of the last one is avoided, however long ago it was; those before it only while copies may come.
    const areOld = now - lane.at > MAX_COPY_MS
    if (areOld) recent &= 0xff
    this.hasOneLength = paddings <= 1
    if (paddings > 1) padding = this.#choose(lane, read.count, paddings, recent, now)
    else if (paddings === 1) lane.only |= 1 << read.count
    lane.at = now
    lane.recent = areOld ? read.count + padding : (recent << 8) | (read.count + padding)
    return padding
  }

  #choose(lane: Lane, count: number, paddings: number, recent: number, now: MonotonicMs): number {
    if (this.until <= now) this.until = 0
    if ((paddings & PLAIN_FIRST) > 0 && lateUntil(lane, count, now) === 0) {
      this.hasOneLength = true
      return 0
    }
    let best = 0
    let bestUntil = Number.POSITIVE_INFINITY
    for (let padding = 0; padding <= MAX_PADDING; padding++) {
      if (padding > 0 && !((paddings >> padding) & 1)) continue
      const until = isOnly(lane, count + padding)
        ? FOREVER
        : this.until && lateUntil(lane, count + padding, now)
      if (until === 0 && !isAmong(recent, count + padding)) return padding
      if (until >= bestUntil) continue
      bestUntil = until
      best = padding
    }
    this.hasOneLength = bestUntil === Number.POSITIVE_INFINITY
    return best
  }

  /** From when such a read can go out without meeting the late reply of an earlier one; 0 if at any time. */
  clearAt(unit: number, code: number, count: number, paddings: number): MonotonicMs {
    const lane = this.until === 0 ? undefined : this.#laneOf(unit, code)
    if (!lane || lane.late.length === 0) return 0 as MonotonicMs
    if (paddings <= 1) return clearOf(lane, count, paddings === 1) as MonotonicMs
    if ((paddings & PLAIN_FIRST) > 0 && lateUntil(lane, count, lane.at) === 0)
      return 0 as MonotonicMs
    let clear = Number.POSITIVE_INFINITY
    for (let padding = 0; padding <= MAX_PADDING && clear > 0; padding++) {
      if (padding > 0 && !((paddings >> padding) & 1)) continue
      if (isOnly(lane, count + padding)) continue
      const until = lateUntil(lane, count + padding, lane.at)
      const copyUntil = isAmong(lane.recent, count + padding) ? lane.at + MAX_COPY_MS : 0
      clear = Math.min(clear, Math.max(until, copyUntil))
    }
    // If every request of ours was answered, a copy of a reply is not worth the wait.
    const isAnyLate = lane.late.some((one) => one.clear > 0 && one.until > lane.at)
    // All of them are reserved: it takes the shortest, and waits for it.
    if (clear === FOREVER) clear = clearOf(lane, count, true)
    return (isAnyLate ? clear : 0) as MonotonicMs
  }

  /** When no reply to an earlier request that had none can come any more, of whatever length; 0 if none can. */
  laneClearAt(unit: number, code: number): MonotonicMs {
    const lane = this.until === 0 ? undefined : this.#laneOf(unit, code)
    let clear = 0
    for (let i = 0; lane && i < lane.late.length; i++)
      if (lane.late[i].clear > 0 && lane.late[i].clear < lane.late[i].until)
        clear = Math.max(clear, lane.late[i].until)
    return clear as MonotonicMs
  }

  /** Whether the reply to an earlier request of ours may still come. */
  isAny(unit: number, code: number, now: MonotonicMs): boolean {
    return this.until > now && this.laneClearAt(unit, code) > now
  }

  /** The last such request was refused: no reply of its length will come. */
  refused(unit: number, code: number): void {
    const lane = this.#laneOf(unit, code)
    if (lane) lane.recent >>>= 8
  }

  /** Whether a reply that nobody waits for may be a late one, or a copy, of such a read of that unit. */
  explains(unit: number, code: number, count: number, now: MonotonicMs): boolean {
    const lane = this.#laneOf(unit, code)
    if (!lane) return false
    const isCopy = now - lane.at <= MAX_COPY_MS && isAmong(lane.recent, count)
    return isCopy || lateUntil(lane, count, now) > 0
  }

  /** A request had no answer. */
  unanswered(unit: number, code: number, count: number, clear: number, until: number): void {
    const lane = this.#laneFor(unit, code)
    // It is among the late ones: of the last lengths only those that were answered can come again.
    if ((lane.recent & 0xff) === count) lane.recent >>>= 8
    this.#note(lane, { count, clear, until, open: [] })
  }

  /** Another master asks the same: our next reply had better be of another length. */
  overheard({ unit, code, count }: Read, now: MonotonicMs, until: MonotonicMs): void {
    const lane = this.#laneFor(unit, code)
    const open = overheardIn(lane, count)?.open.filter((one) => one > now) ?? []
    if (open.length === MAX_LATE_REPLIES) open.shift()
    open.push(until)
    this.#note(lane, { count, clear: 0, until, open })
    lane.recent = (lane.recent << 8) | count
  }

  /** Whether such a reply may be the one to another master. */
  isOverheard(unit: number, code: number, count: number, now: MonotonicMs): boolean {
    const one = overheardIn(this.#laneOf(unit, code), count)
    return one !== undefined && one.until > now
  }

  /** A reply to another master has passed. */
  replied(unit: number, code: number, count: number): void {
    const one = overheardIn(this.#laneOf(unit, code), count)
    if (!one) return
    one.open.shift()
    one.until = one.open[one.open.length - 1] ?? 0
  }

  #note({ late }: Lane, reply: LateReply): void {
    const { count, clear } = reply
    let at = 0
    while (at < late.length && (late[at].count !== count || late[at].clear > 0 !== clear > 0)) at++
    late[at < MAX_LATE_REPLIES ? at : firstToEnd(late)] = reply
    if (reply.until > this.until) this.until = reply.until
  }

  #laneOf(unit: number, code: number): Lane | undefined {
    const key = (unit << 8) + code
    return this.#lanes.find((lane) => lane.key === key)
  }

  #laneFor(unit: number, code: number): Lane {
    return this.#laneOf(unit, code) ?? this.#addLane((unit << 8) + code)
  }

  #addLane(key: number): Lane {
    const lane: Lane = { key, recent: 0, at: 0, only: 0, late: [] }
    const lanes = this.#lanes
    // Those of a scan must not take the place of those that are asked in every round.
    let place = lanes.length < MAX_LANES ? lanes.length : 0
    for (let i = 1; place < lanes.length && i < lanes.length; i++)
      if (lanes[i].at < lanes[place].at) place = i
    lanes[place] = lane
    return lane
  }
}

function overheardIn(lane: Lane | undefined, count: number): LateReply | undefined {
  return lane?.late.find((one) => one.clear === 0 && one.count === count)
}

/** Until when a reply of that length may come late; 0 if, at `now`, none can. */
function lateUntil({ late }: Lane, count: number, now: number): number {
  let until = 0
  for (let i = 0; i < late.length; i++) {
    const one = late[i]
    if (one.count === count && one.until > now && one.until > until) until = one.until
  }
  return until
}

function isOnly(lane: Lane, count: number): boolean {
  return ((lane.only >> count) & 1) === 1
}

/** Of a read that has one length. What brings no reading does not wait for the replies of a gateway that queues. */
function clearOf({ late }: Lane, count: number, isReading: boolean): number {
  let clear = 0
  for (let i = 0; i < late.length; i++) {
    const one = late[i]
    if (one.count !== count || one.clear === 0) continue
    clear = Math.max(clear, isReading ? one.until : one.clear)
  }
  return clear
}

function firstToEnd(late: readonly LateReply[]): number {
  let first = 0
  for (let i = 1; i < late.length; i++) if (late[i].until < late[first].until) first = i
  return first
}

/** Whether one of the four bytes of `recent` is `count`. */
function isAmong(recent: number, count: number): boolean {
  return (
    (recent & 0xff) === count ||
    ((recent >> 8) & 0xff) === count ||
    ((recent >> 16) & 0xff) === count ||
    recent >>> 24 === count
  )
}
