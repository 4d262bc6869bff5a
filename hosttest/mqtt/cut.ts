/**
 * The connection cut after every byte of QoS 1 and QoS 2 exchanges, in both directions: nothing lost, nothing delivered
 * twice at QoS 2, DUP and packet ids exact. The server is a model of what the standard asks of one, independent of the
 * client.
 */
import { expect } from '@jest/globals'
import type { MqttClient, MqttMessage, MqttOptions } from '../../firmware/mqtt/client'
import { type Random, random } from '../../tools/sim/random'
import { Bench } from './bench'
import {
  connack,
  latin1,
  pingresp,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  type Seen,
  seenPublish,
  split,
  u16,
} from './wire'

/** Two topics, so that an alias can be taken for the other's. */
const topicOf = (payload: string): string => `up/${Number(payload.slice(1)) % 2}`

/** A server with a session: exactly once inbound, resends outbound. */
class Server {
  /** Payloads of the client's messages, as often as they were taken. */
  readonly taken: string[] = []
  readonly faults: string[] = []
  hasSession = false
  readonly #receiveMaximum: number
  readonly #received = new Set<number>()
  /** For the client: what is not acknowledged yet, and whether PUBREL has replaced it. */
  readonly outbound: {
    id: number
    qos: number
    payload: string
    sent: boolean
    released: boolean
  }[] = []
  /** This connection: ids of PUBLISH seen without a final answer, and ids seen at all. */
  #open = new Set<number>()
  #seen = new Set<number>()
  #aliases = new Map<number, string>()
  /** All PUBLISH ever seen, by payload: the id each must keep. */
  readonly #idOf = new Map<string, number>()

  constructor(receiveMaximum: number) {
    this.#receiveMaximum = receiveMaximum
  }

  publish(id: number, qos: number, payload: string): Uint8Array {
    this.outbound.push({ id, qos, payload, sent: true, released: false })
    return publish({ topic: 't', payload, qos, id })
  }

  /** What it answers. */
  answer(seen: Seen): Uint8Array[] {
    const id = (seen.body[0] << 8) | seen.body[1]
    switch (seen.name) {
      case 'CONNECT':
        return this.#connect((seen.body[7] & 2) !== 0)
      case 'PUBLISH':
        return this.#publish(seen)
      case 'PUBREL':
        this.#received.delete(id)
        this.#open.delete(id)
        return [pubcomp(id)]
      case 'PUBREC': {
        const mine = this.outbound.find((each) => each.id === id)
        if (mine) mine.released = true
        return [pubrel(id)]
      }
      case 'PUBACK':
      case 'PUBCOMP': {
        const at = this.outbound.findIndex((each) => each.id === id)
        if (at >= 0) this.outbound.splice(at, 1)
        return []
      }
      default:
        if (seen.name === 'PINGREQ') return [pingresp()]
        this.faults.push(`${seen.name} ${Array.from(seen.body)}`)
        return []
    }
  }

  #connect(clean: boolean): Uint8Array[] {
    if (clean) this.faults.push('a clean start')
    const present = this.hasSession
    this.hasSession = true
    this.#open = new Set()
    this.#seen = new Set()
    this.#aliases = new Map()
    const resent = this.outbound.map(({ id, qos, payload, released }) =>
      released ? pubrel(id) : publish({ topic: 't', payload, qos, id, flags: 8 }),
    )
    return [connack(present ? 1 : 0, 0, 0x21, ...u16(this.#receiveMaximum), 0x22, 0, 3), ...resent]
  }

  #publish(seen: Seen): Uint8Array[] {
    const { id, qos, duplicate, payload, topic, alias } = seenPublish(seen)
    const before = this.#idOf.get(payload)
    if (before !== undefined && before !== id) this.faults.push(`${payload} changed its id`)
    if (before !== undefined && !duplicate) this.faults.push(`${payload} again without DUP`)
    if (duplicate && topic === '') this.faults.push(`${payload} again without its topic`)
    if (topic !== '' && alias > 0) this.#aliases.set(alias, topic)
    if ((topic || this.#aliases.get(alias)) !== topicOf(payload))
      this.faults.push(`${payload} to '${topic}', alias ${alias}`)
    if (this.#seen.has(id) && before !== undefined)
      this.faults.push(`${payload} twice on one connection`)
    this.#idOf.set(payload, id)
    this.#seen.add(id)
    this.#open.add(id)
    if (this.#open.size > this.#receiveMaximum) this.faults.push('Receive Maximum exceeded')
    if (qos === 1) {
      this.taken.push(payload)
      this.#open.delete(id)
      return [puback(id)]
    }
    if (!this.#received.has(id)) this.taken.push(payload)
    this.#received.add(id)
    return [pubrec(id)]
  }
}

function outward(tag: number, qos: 1 | 2): MqttMessage {
  const payload = `u${tag}`
  return { topic: topicOf(payload), payload, qos, tag }
}

export interface Outcome {
  taken: string[]
  faults: string[]
  delivered: string[]
  acknowledged: number
  bytes: number
}

/** The program restarts with every cut. */
export interface Restarts {
  /** A client on what the one before it has left. */
  make(options: MqttOptions): MqttClient
  /** The program died in the last `poll`, which therefore answered nothing. */
  died?(): boolean
  /** The program dies after what `poll` answered. */
  dies?(): boolean
}

/** Exchanges `count` messages each way; `cutUp` and `cutDown` say after how many bytes each connection dies. */
export function exchange(
  count: number,
  qosOf: (i: number) => number,
  receiveMaximum: number,
  cutUp: (connection: number) => number,
  cutDown: (connection: number) => number,
  seed: number,
  restarts?: Restarts,
): Outcome {
  const options = { acknowledgeMs: 1e6, keepAliveS: 0 }
  let bench = new Bench<MqttClient>(options, seed, restarts?.make)
  const server = new Server(receiveMaximum)
  let connection = -1
  let up = 0
  let down = 0
  let bytes = 0
  let pending: Uint8Array[] = []
  let heard = new Uint8Array(0)
  let told = 0
  const acknowledged = new Set<number>()
  const delivered: string[] = []
  const open = () => {
    connection++
    up = cutUp(connection)
    down = cutDown(connection)
    pending = []
    heard = new Uint8Array(0)
    bench.client.opened(bench.now)
  }
  /** What is not in flight from before a restart and not acknowledged is the caller's to publish. */
  const start = (inFlight: readonly number[]) => {
    for (let i = 0; i < count; i++)
      if (!inFlight.includes(i) && !acknowledged.has(i))
        bench.client.publish(outward(i, qosOf(i) as 1), bench.now)
  }
  const cut = () => {
    pending = []
    if (!restarts) return bench.client.closed('cut', bench.now)
    const { now } = bench
    bench = new Bench<MqttClient>(options, seed, restarts.make)
    bench.now = now
    bench.client.start(now)
    const inFlight: number[] = []
    let output = bench.client.poll(now)
    for (; output.kind === 'sent'; output = bench.client.poll(now)) inFlight.push(output.tag)
    expect(output.kind).toBe('open')
    start(inFlight)
    open()
  }
  start([])
  bench.client.start(bench.now)
  const isDone = (): boolean =>
    acknowledged.size === count && told === count && server.outbound.length === 0

  for (let round = 0; round < 10_000 && !isDone(); round++) {
    if (restarts?.dies?.()) cut()
    const output = bench.client.poll(bench.now)
    if (restarts?.died?.()) {
      cut()
      continue
    }
    if (output.kind === 'wait') {
      const next = pending.shift()
      if (next) {
        // The network keeps the first `down` bytes and loses the rest.
        const arrives = next.slice(0, down)
        down -= arrives.length
        bench.client.receive(arrives, bench.now)
        if (arrives.length < next.length) cut()
      } else if (bench.client.connected && told < count) {
        pending.push(server.publish(100 + told, qosOf(told), `d${told}`))
        told++
      } else
        bench.now = (
          bench.now < output.until && output.until < 1e9 ? output.until : bench.now + 1
        ) as never
      continue
    }
    if (output.kind === 'message') delivered.push(latin1(output.payload))
    if (output.kind === 'acknowledged') acknowledged.add(output.tag)
    if (output.kind === 'open') open()
    if (output.kind !== 'send') continue
    const arrives = output.bytes.slice(0, up)
    up -= arrives.length
    bytes += arrives.length
    const joined = new Uint8Array(heard.length + arrives.length)
    joined.set(heard)
    joined.set(arrives, heard.length)
    const { packets, used } = split(joined)
    heard = joined.slice(used)
    for (const seen of packets) pending.push(...server.answer(seen))
    if (arrives.length < output.bytes.length) cut()
  }
  const { taken, faults } = server
  return { taken, faults, delivered, acknowledged: acknowledged.size, bytes }
}

export const never = (): number => Number.MAX_SAFE_INTEGER

export function wanted(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`)
}

export function check(outcome: Outcome, count: number, exactlyOnce: boolean, name: string): void {
  const found = `${name}: ${outcome.faults.join('; ')}`
  expect(found).toBe(`${name}: `)
  expect(outcome.acknowledged).toBe(count)
  const taken = exactlyOnce ? outcome.taken : unique(outcome.taken)
  const delivered = exactlyOnce ? outcome.delivered : unique(outcome.delivered)
  expect(taken.slice().sort()).toEqual(wanted('u', count).sort())
  expect(delivered.slice().sort()).toEqual(wanted('d', count).sort())
}

function unique(list: string[]): string[] {
  return list.filter((each, i) => list.indexOf(each) === i)
}

export const COUNT = 3
/** The first connection must live long enough for a session; later cuts come while it is resumed. */
const AFTER_HANDSHAKE = 60

/** Cuts at random, both QoS mixed; throws, with its seed, if anything is lost, doubled or illegal. */
export function cutAtRandom(first: number, seeds: number, restarts?: () => Restarts): void {
  for (let seed = first; seed < first + seeds; seed++) {
    const dice: Random = random(seed)
    const maximum = 1 + dice.below(4)
    const cuts = dice.below(6)
    const qos = wanted('', COUNT).map(() => 1 + dice.below(2))
    const at = (connection: number): number =>
      connection >= cuts ? never() : AFTER_HANDSHAKE + dice.below(120)
    const outcome = exchange(COUNT, (i) => qos[i], maximum, at, at, seed, restarts?.())
    const exactlyOnce = qos.every((each) => each === 2)
    check(outcome, COUNT, exactlyOnce, `seed ${seed}`)
    if (!exactlyOnce) {
      for (let i = 0; i < COUNT; i++) {
        if (qos[i] === 1) continue
        expect(outcome.taken.filter((each) => each === `u${i}`)).toHaveLength(1)
        expect(outcome.delivered.filter((each) => each === `d${i}`)).toHaveLength(1)
      }
    }
  }
}
