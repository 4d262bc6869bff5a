/** One client in virtual time, with a transport that the test holds: all outputs are logged with their time. */
import { FOREVER, later, type MonotonicMs } from '../../firmware/core/time'
import { MqttClient, type MqttOptions, type MqttOutput } from '../../firmware/mqtt/client'
import type { ClientState } from '../../firmware/mqtt/states'
import { random } from '../../tools/sim/random'
import { connack, describe, type Seen, split } from './wire'

export type Entry = [atMs: number, what: string]

/** Keeps every change of the client's state, as 'stopped -> backoff'. */
class ObservedClient extends MqttClient {
  readonly changes: string[] = []
  #from: ClientState['kind'] = 'stopped'

  override become(next: ClientState): void {
    super.become(next)
    this.changes.push(`${this.#from} -> ${next.kind}`)
    this.#from = next.kind
  }
}

type Make<Client> = (options: MqttOptions) => Client

function observed(options: MqttOptions): MqttClient {
  return new ObservedClient(options)
}

export class Bench<Client extends MqttClient = ObservedClient> {
  readonly client: Client
  readonly log: Entry[] = []
  readonly outputs: MqttOutput[] = []
  /** Bytes of each 'send', since `clear`. */
  readonly sizes: number[] = []
  /** Every client packet of the present connection. */
  seen: Seen[] = []
  now = 0 as MonotonicMs
  /** How many bytes the transport takes until it is set anew. */
  room = Number.POSITIVE_INFINITY
  /** The start of a packet whose end was not sent yet. */
  #begun: Uint8Array = new Uint8Array(0)
  /** Called when the client asks for a transport; by default it is open at once. */
  onOpen: () => void = () => this.client.opened(this.now)
  onPacket: (seen: Seen) => void = () => {}

  constructor(options: Partial<MqttOptions> = {}, seed = 1, make = observed as Make<Client>) {
    this.client = make({
      clientId: 'dongle',
      keepAliveS: 30,
      sessionExpiryS: 3600,
      entropy: random(seed),
      ...options,
    })
  }

  /** Polls until the client waits; answers until when. */
  settle(): MonotonicMs {
    for (let outputs = 0; outputs < 10_000; outputs++) {
      const output = this.client.poll(this.now, this.room)
      if (output.kind === 'wait') return output.until
      this.outputs.push(output)
      this.#note(output)
    }
    throw new Error('the client never waits')
  }

  /** Lets `ms` pass, with a poll at every deadline of the client. */
  pass(ms: number): void {
    const end = later(this.now, ms)
    for (let wakes = 0; ; wakes++) {
      const until = this.settle()
      if (until > end || until === FOREVER) break
      if (until <= this.now || wakes > 10_000) throw new Error('the client lets no time pass')
      this.now = until
    }
    this.now = end
    this.settle()
  }

  /** Bytes from the server; what the client does not use at once is given again after it was polled. */
  gets(...packets: Uint8Array[]): void {
    for (let bytes of packets) {
      for (;;) {
        const used = this.client.receive(bytes, this.now)
        if (used === bytes.length) break
        bytes = bytes.subarray(used)
        this.settle()
      }
    }
    this.settle()
  }

  connect(...props: number[]): void {
    this.client.start(this.now)
    this.settle()
    this.gets(connack(0, 0, ...props))
    this.clear()
  }

  clear(): void {
    this.log.length = 0
    this.outputs.length = 0
    this.sizes.length = 0
    if (this.client instanceof ObservedClient) this.client.changes.length = 0
  }

  /** The log since the last look. */
  since(): Entry[] {
    const entries = this.log.slice()
    this.log.length = 0
    return entries
  }

  #note(output: MqttOutput): void {
    if (output.kind === 'send') {
      this.sizes.push(output.bytes.length)
      this.room -= output.bytes.length
      if (this.room < 0) throw new Error('more than the transport takes')
      const bytes = joined(this.#begun, output.bytes)
      const { packets, used } = split(bytes)
      this.#begun = bytes.slice(used)
      for (const seen of packets) {
        this.seen.push(seen)
        this.log.push([this.now, describe(seen)])
        this.onPacket(seen)
      }
      return
    }
    this.log.push([this.now, inWords(output)])
    if (output.kind === 'open') {
      this.seen = []
      this.#begun = new Uint8Array(0)
      this.onOpen()
    }
  }
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

function inWords(output: MqttOutput): string {
  switch (output.kind) {
    case 'connected':
      return `connected${output.sessionPresent ? ', session present' : ''}`
    case 'disconnected':
      return `disconnected: ${output.why}`
    case 'sent':
    case 'acknowledged':
      return `${output.kind} ${output.tag}`
    case 'rejected':
    case 'dropped':
      return `${output.kind} ${output.tag}: ${output.why}`
    case 'message':
      return `message q${output.qos} ${output.topic}`
    default:
      return output.kind
  }
}
