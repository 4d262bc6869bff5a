/**
 * A board in virtual time on the simulated meters, whose line, broker and time server always answer. They stand apart
 * from the world's because their own work, once they are warm, is next to nothing: what is counted is the firmware's.
 */
import { u16 } from '../../firmware/core/bytes'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import type { Board } from '../../firmware/ports/board'
import type { ByteStreamEvents, TcpEvents } from '../../firmware/ports/bytestream'
import type { DatagramEvents } from '../../firmware/ports/datagram'
import type { Settings } from '../../firmware/settings/schema'
import { answerRead } from '../sim/modbus/slave'
import { timeReply } from '../sim/network/time-server'
import { plainLayer } from '../sim/plain'
import { random } from '../sim/random'
import { House } from '../sim/site/house'
import { registersOf, type SimulatedModel } from '../sim/site/registers'

const STARTS_AT = Date.UTC(2026, 5, 1, 10) as UnixMs
/** From a question on the line to the end of its answer. */
const METER_MS = 60
const BROKER_MS = 20
const NEVER = Number.POSITIVE_INFINITY as MonotonicMs

const CONNECT = 1
const PUBLISH = 3
/** Session not present, success, no properties. */
const CONNACK = Uint8Array.of(0x20, 3, 0, 0, 0)
const MAX_PENDING = 64

/** A site of 1, 3 or 11 streams: a grid meter; panels and a battery; or ten more meters. */
export function settingsOf(streams: number): Settings {
  const resource = (i: number) => ({
    role: 'resource' as const,
    resource: `7b1d0f52-9a37-4a0e-8a53-5b7c1de2f${100 + i}`,
  })
  const meter = (i: number) => ({ model: 'eastron-sdm120', unit: 2 + i, ...resource(i) })
  const battery = { model: 'pace-modbus', unit: 3, capacityWh: 10_240, ...resource(1) }
  const others =
    streams === 3 ? [meter(0), battery] : Array.from({ length: streams - 1 }, (_, i) => meter(i))
  return {
    environment: 'custom',
    broker: 'mqtts://broker:8883',
    site: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
    credentials: { key: 'site-key', secret: 'site-secret' },
    line: { baud: 9600, parity: 'none', stopBits: 1 },
    devices: [{ model: 'eastron-sdm630', unit: 1, role: 'site' }, ...others],
    qos: 1,
    timeServers: ['192.0.2.1'],
  }
}

export class BenchBoard implements Board {
  #now = 1000 as MonotonicMs
  #alarmAt = NEVER
  #run = (): void => {}
  readonly #models: readonly string[]
  readonly #moment = new House({ seed: 1, startsAt: STARTS_AT }).at(STARTS_AT)
  readonly #blobs = new Map<string, Uint8Array>()
  readonly #frames = new Map<number, Uint8Array | undefined>()
  #line: ByteStreamEvents | undefined
  #meterAt = NEVER
  #frame: Uint8Array | undefined
  #broker: TcpEvents | undefined
  #brokerAt = NEVER
  #open = false
  #connackOwed = false
  readonly #owed = new Uint16Array(MAX_PENDING)
  #owedCount = 0
  readonly #puback = Uint8Array.of(0x40, 2, 0, 0)
  /** Messages that the broker has acknowledged. */
  acknowledged = 0
  /** Questions to the time server. */
  asked = 0
  /** Before it does, the broker is not called. */
  answersTime = true

  constructor(settings: Settings) {
    this.#models = settings.devices.map(({ model }) => model)
  }

  advance(ms: number): void {
    const end = (this.#now + ms) as MonotonicMs
    for (;;) {
      const next = Math.min(this.#alarmAt, this.#meterAt, this.#brokerAt) as MonotonicMs
      if (next > end) break
      if (next > this.#now) this.#now = next
      if (next === this.#meterAt) this.#deliverFrame()
      else if (next === this.#brokerAt) this.#deliverPackets()
      else {
        this.#alarmAt = NEVER
        this.#run()
      }
    }
    this.#now = end
  }

  readonly clock: Board['clock'] = { now: () => this.#now, setSystemTime() {} }

  readonly alarm: Board['alarm'] = {
    set: (due, run) => {
      this.#alarmAt = due
      this.#run = run
    },
    clear: () => {
      this.#alarmAt = NEVER
    },
  }

  readonly serialLine: Board['serialLine'] = {
    open: (_settings, events) => {
      this.#line = events
      return {
        write: (bytes) => {
          this.#frame = this.#answered(bytes)
          if (this.#frame) this.#meterAt = (this.#now + METER_MS) as MonotonicMs
        },
        close() {},
      }
    },
  }

  readonly secureLayer = plainLayer

  readonly tcp: Board['tcp'] = {
    connect: (_address, _port, events) => {
      this.#broker = events
      this.#open = false
      this.#brokerAt = (this.#now + BROKER_MS) as MonotonicMs
      return {
        write: (bytes) => {
          this.#read(bytes)
          return Number.POSITIVE_INFINITY
        },
        close() {},
      }
    },
  }

  datagrams({ onDatagram }: DatagramEvents): ReturnType<Board['datagrams']> {
    return {
      ask: (slot, _localPort, address, port, bytes) => {
        this.asked++
        if (!this.answersTime) return
        const reply = timeReply(bytes, (STARTS_AT + this.#now) as UnixMs)
        onDatagram(slot, reply, address, port)
      },
      closeSocket() {},
    }
  }

  readonly network: Board['network'] = {
    join: (_wifi, events) => events.onJoined(),
    leave() {},
    resolve: (host, onAnswer) => onAnswer(host, ''),
  }

  // The world's flash copies what is read, which would be counted.
  readonly store: Board['store'] = {
    read: (name) => this.#blobs.get(name),
    write: (name, bytes) => void this.#blobs.set(name, bytes.slice()),
    erase: (name) => void this.#blobs.delete(name),
  }

  readonly entropy: Board['entropy'] = random(1)

  readonly system: Board['system'] = {
    serial: '240ac4000001',
    builtAt: (STARTS_AT - 86_400_000) as UnixMs,
    feedWatchdog() {},
    lastReset: () => ({ cause: 'power on', words: '' }),
    restart(why) {
      throw new Error(why)
    },
  }

  /** The meters' answer, made once for each question. */
  #answered(request: Uint8Array): Uint8Array | undefined {
    const key = (request[0] * 0x10000 + u16(request, 2)) * 0x10000 + u16(request, 4)
    if (!this.#frames.has(key)) {
      const unit = request[0]
      const read = registersOf(this.#models[unit - 1] as SimulatedModel, this.#moment)
      this.#frames.set(key, answerRead({ unit, read }, request))
    }
    return this.#frames.get(key)
  }

  #deliverFrame(): void {
    this.#meterAt = NEVER
    this.#line?.onBytes(this.#frame!)
  }

  #deliverPackets(): void {
    this.#brokerAt = NEVER
    if (!this.#open) {
      this.#open = true
      this.#broker?.onOpen()
    } else if (this.#connackOwed) {
      this.#connackOwed = false
      this.#broker?.onBytes(CONNACK)
    }
    for (let i = 0; i < this.#owedCount; i++) {
      this.#puback[2] = this.#owed[i] >> 8
      this.#puback[3] = this.#owed[i]
      this.#broker?.onBytes(this.#puback)
      this.acknowledged++
    }
    this.#owedCount = 0
  }

  /** Notes what the broker owes for each packet in `bytes`. */
  #read(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const type = bytes[at] >> 4
      let body = at + 2
      let length = bytes[at + 1]
      if (length >= 0x80) length = (length & 0x7f) | (bytes[body++] << 7)
      if (type === CONNECT) this.#connackOwed = true
      if (type === PUBLISH) this.#owed[this.#owedCount++] = u16(bytes, body + 2 + u16(bytes, body))
      at = body + length
    }
    this.#brokerAt = (this.#now + BROKER_MS) as MonotonicMs
  }
}
