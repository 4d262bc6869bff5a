/** The uplink over TCP as the device has it: a send buffer, a short queue behind it, and the end if that is too long. */
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { Uplink, type UplinkOutput } from '../../firmware/dongle/uplink'
import type { SecureLayer } from '../../firmware/ports/secure'
import { settingsOf } from '../../tools/bench/board'
import { Agenda } from '../../tools/sim/agenda'
import { shortWay } from '../../tools/sim/conditions'
import { type Accept, SimulatedStream } from '../../tools/sim/network/stream'
import { plainLayer } from '../../tools/sim/plain'
import { random } from '../../tools/sim/random'
import { joined } from '../mqtt/bench'
import * as wire from '../mqtt/wire'

export const NOON = 1_800_000_000_000 as UnixMs
export const HOUR = 3_600_000
const BURST = 64

/** TLS at both ends, and the authority that signed for it. */
interface Tls {
  ca: string
  layer: SecureLayer
  over(accept: Accept): Accept
}

/** In virtual time, against a broker that acknowledges everything. */
export class UplinkSite {
  readonly agenda = new Agenda()
  readonly acknowledged: number[] = []
  readonly ends: string[] = []
  /** What the broker says after each CONNACK. */
  greeting: Uint8Array = new Uint8Array(0)
  isOnline = false
  #stream: SimulatedStream | undefined
  readonly uplink: Uplink
  readonly #tls: Tls | undefined

  constructor(tls?: Tls) {
    this.#tls = tls
    this.uplink = new Uplink({
      settings: { ...settingsOf(1), ...(tls && { ca: tls.ca }) },
      serial: 'WB1',
      streams: 11,
      entropy: random(1),
      secureLayer: tls?.layer ?? plainLayer,
      time: { utc: () => NOON, monotonic: () => this.now, estimate: () => NOON },
    })
  }

  /** 64 messages of so many bytes at once, an hour's time for them, and nothing else. */
  burst(bytes: number): void {
    this.uplink.start(this.now)
    this.run(5000)
    const deadline = (this.now + HOUR) as MonotonicMs
    for (let tag = 0; tag < BURST; tag++) {
      const payload = new Uint8Array(bytes).fill(tag)
      const why = this.uplink.publish({ topic: 't', payload, tag, deadline }, this.now)
      if (why) throw new Error(why)
    }
    this.run(HOUR)
  }

  get now(): MonotonicMs {
    return this.agenda.now as MonotonicMs
  }

  run(ms: number): void {
    const end = this.agenda.now + ms
    do {
      const until = this.#drain()
      if (until < end) this.agenda.at(until, () => {})
    } while (this.agenda.step(end))
    this.#drain()
  }

  #drain(): number {
    for (;;) {
      const output = this.uplink.poll(this.now)
      if (output.kind === 'wait') return output.until
      this.#perform(output)
    }
  }

  #perform(output: Exclude<UplinkOutput, { kind: 'wait' }>): void {
    const { uplink } = this
    if (output.kind === 'resolve') uplink.resolved(output.host, '192.0.2.1', '')
    else if (output.kind === 'connect') this.#connect()
    else if (output.kind === 'send' && this.#stream)
      uplink.tcpRoom(this.#stream.write(output.bytes))
    else if (output.kind === 'disconnect') this.#stream?.close()
    else if (output.kind === 'acknowledged') this.acknowledged.push(output.tag)
    else if (output.kind === 'online') this.isOnline = true
    else if (output.kind === 'offline') {
      this.isOnline = false
      this.ends.push(output.why)
    }
  }

  #connect(): void {
    const { uplink, agenda } = this
    const stream = new SimulatedStream({
      agenda,
      random: random(2),
      life: { alive: true },
      events: {
        onOpen: () => uplink.tcpOpened(),
        onBytes: (bytes) => uplink.tcpBytes(bytes),
        onWritable: (room) => uplink.tcpRoom(room),
        onClosed: (why) => uplink.tcpClosed(why),
      },
      isOpen: () => true,
      way: shortWay,
      onEnd() {},
    })
    this.#stream = stream
    const accept: Accept = (end) => {
      let heard: Uint8Array = new Uint8Array(0)
      return {
        onBytes: (bytes) => {
          heard = joined(heard, bytes)
          const { packets, used } = wire.split(heard)
          heard = heard.slice(used)
          for (const seen of packets) {
            if (seen.name === 'CONNECT') end.write(joined(wire.connack(), this.greeting))
            if (seen.name === 'PUBLISH') end.write(wire.puback(wire.seenPublish(seen).id))
            if (seen.name === 'PINGREQ') end.write(wire.pingresp())
          }
        },
        onClosed() {},
      }
    }
    agenda.after(1, () => stream.open(this.#tls?.over(accept) ?? accept))
  }
}
