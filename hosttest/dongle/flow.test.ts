/** The uplink over TCP as the device has it: a send buffer, a short queue behind it, and the end if that is too long. */
import { expect, test } from '@jest/globals'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { Uplink, type UplinkOutput } from '../../firmware/dongle/uplink'
import { settingsOf } from '../../tools/bench/board'
import { Agenda } from '../../tools/sim/agenda'
import { SimulatedStream } from '../../tools/sim/network/stream'
import { plainLayer } from '../../tools/sim/plain'
import { random } from '../../tools/sim/random'
import { joined } from '../mqtt/bench'
import * as wire from '../mqtt/wire'

const NOON = 1_800_000_000_000 as UnixMs
const HOUR = 3_600_000
const BURST = 64

/** In virtual time, against a broker that acknowledges everything. */
class Site {
  readonly agenda = new Agenda()
  readonly acknowledged: number[] = []
  readonly ends: string[] = []
  /** What the broker says after each CONNACK. */
  greeting: Uint8Array = new Uint8Array(0)
  isOnline = false
  #stream: SimulatedStream | undefined
  readonly uplink = new Uplink({
    settings: settingsOf(1),
    serial: 'WB1',
    entropy: random(1),
    secureLayer: plainLayer,
    time: { utc: () => NOON, monotonic: () => this.now, estimate: () => NOON },
  })

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
      onEnd() {},
    })
    this.#stream = stream
    agenda.after(1, () =>
      stream.open((end) => {
        let heard: Uint8Array = new Uint8Array(0)
        return {
          onBytes: (bytes) => {
            heard = joined(heard, bytes)
            const { packets, used } = wire.split(heard)
            heard = heard.slice(used)
            for (const seen of packets) {
              if (seen.name === 'CONNECT') end.write(joined(wire.connack(), this.greeting))
              if (seen.name === 'PUBLISH') end.write(wire.puback(wire.seenPublish(seen).id))
              if (seen.name === 'PINGREQ') end.write(wire.packet(0xd0))
            }
          },
          onClosed() {},
        }
      }),
    )
  }
}

test.each([2000, 200])('64 messages of %i bytes at once are all acknowledged', (bytes) => {
  const site = new Site()
  site.uplink.start(site.now)
  site.run(5000)
  const deadline = (site.now + HOUR) as MonotonicMs
  for (let tag = 0; tag < BURST; tag++) {
    const payload = new Uint8Array(bytes).fill(tag)
    expect(site.uplink.publish({ topic: 't', payload, tag, deadline }, site.now)).toBeUndefined()
  }
  site.run(HOUR)
  expect(site.ends).toEqual([])
  expect(site.acknowledged).toEqual(Array.from({ length: BURST }, (_, i) => i))
})

test('a broker that sends 300 messages that nobody asked for is not left', () => {
  const site = new Site()
  const one = wire.publish({ topic: 'a', payload: 'on', flags: 1 })
  site.greeting = joined(...Array.from({ length: 300 }, () => one))
  site.uplink.start(site.now)
  site.run(HOUR)
  expect(site.ends).toEqual([])
  expect(site.isOnline).toBe(true)
})
