/** Wi-Fi, names, datagrams to the time servers and streams to the broker, with the delays and losses of the real ones. */
import type { UnixMs } from '../../../firmware/core/time'
import type { TcpConnector, TcpEvents, TcpStream } from '../../../firmware/ports/bytestream'
import type { DatagramEvents, DatagramExchange } from '../../../firmware/ports/datagram'
import type { Network, NetworkEvents } from '../../../firmware/ports/network'
import type { Leap } from '../../../firmware/sntp/packet'
import type { Agenda } from '../agenda'
import { againMs, type Conditions, type Peer } from '../conditions'
import { type Life, lacksMemory } from '../life'
import type { Random } from '../random'
import { type Accept, SimulatedStream } from './stream'
import { answerTime, timeServerAddress, timeServerHost } from './time-server'

/** What the site's network leads to. */
export const BROKER_HOST = 'broker.example'
export const BROKER_PORT = 8883
const BROKER_ADDRESS = '198.51.100.1'
const OTHER_ADDRESS = '203.0.113.1'
const NTP_PORT = 123
/** When a question that is not answered is asked again (lwIP), and when that is given up. */
const DNS_AGAIN_MS = [1000, 2000, 4000, 5000]
/** A SYN that is not answered is sent again after this, then after twice as long each time (lwIP on ESP32). */
const SYN_AGAIN_MS = 1500
const MAX_SYN_AGAIN_MS = 30_000
/** A certificate list fills TCP's segments. If TLS is not played, it stalls on a way that swallows those. */
const FULL_SEGMENT_BYTES = 1440
/** The SDK's words (modResolve.c). */
const NO_MEMORY = 'out of memory'

export interface NetworkOptions {
  agenda: Agenda
  random: Random
  conditions: Conditions
  utc(): UnixMs
  /** The leap second that honest time servers announce. */
  leap(): Leap
  /** Who takes a stream. */
  accept(peer: Peer): Accept
  /** Whether TLS is played on the streams, or only the time that it takes. */
  playsTls: boolean
  onJoin(): void
  onAsk(slot: number): void
  /** `openStreams`: how many there are already. */
  onConnect(openStreams: number): void
}

export class SimulatedNetwork implements Network, TcpConnector {
  readonly #options: NetworkOptions
  readonly #life: Life
  readonly #streams = new Set<SimulatedStream>()
  /** Whom the last stream was opened to. */
  peer: Peer = 'broker'
  #events: NetworkEvents | undefined
  #joined = false
  /** Counts joins and losses: what was begun before one is over after it. */
  #era = 0

  constructor(options: NetworkOptions, life: Life) {
    this.#options = options
    this.#life = life
  }

  get #online(): boolean {
    const { wifi, uplink } = this.#options.conditions
    return this.#joined && wifi === 'there' && uplink && this.#life.alive
  }

  join(_wifi: unknown, events: NetworkEvents): void {
    this.#options.onJoin()
    this.#events = events
    const era = ++this.#era
    const lacks = this.#lacksMemory()
    this.#after(600, 2500, () => {
      const { wifi } = this.#options.conditions
      if (era !== this.#era || wifi === 'silent') return
      if (wifi === 'there' && !lacks) {
        this.#joined = true
        events.onJoined()
      } else this.#after(1000, 6000, () => this.#lose('no access point', era))
    })
  }

  leave(): void {
    this.#era++
    this.#joined = false
    this.#events = undefined
  }

  /** The access point is gone, and the station notices at once. */
  lose(): void {
    this.#lose('beacons lost', this.#era)
  }

  /** It is back, whatever the station was at. */
  rejoin(): void {
    this.#era++
    this.#joined = true
    this.#events?.onJoined()
  }

  /** The station is still associated, has no address any more, and gets another by itself. */
  changeAddress(): void {
    if (!this.#joined) return
    this.#lose('the network took our address away', this.#era)
    const era = this.#era
    this.#after(200, 4000, () => {
      if (era !== this.#era || this.#options.conditions.wifi !== 'there') return
      this.#joined = true
      this.#events?.onJoined()
    })
  }

  /** The access point is gone; the station notices by and by. */
  beaconsLost(): void {
    const era = this.#era
    if (this.#joined) this.#after(100, 3000, () => this.#lose('beacons lost', era))
  }

  /** If TLS is not played, the broker's name is answered at once, and `connect` takes the time of name and TLS, too. */
  resolve(host: string, onAnswer: (address: string | undefined, why: string) => void): void {
    if (this.#lacksMemory()) throw new Error(NO_MEMORY)
    if (host === BROKER_HOST && !this.#options.playsTls) onAnswer(BROKER_ADDRESS, '')
    else this.#lookUp(host, onAnswer)
  }

  #lookUp(
    host: string,
    onAnswer: (address: string | undefined, why: string) => void,
    asked = 0,
  ): void {
    const { dns } = this.#options.conditions
    const truth = /^[\d.]+$/.test(host) ? host : addressOf(host)
    const address = this.#isMisled(host) ? OTHER_ADDRESS : truth
    if (asked === DNS_AGAIN_MS.length) onAnswer(undefined, 'no answer')
    else if (!this.#online || dns === 'silent') {
      const againMs = DNS_AGAIN_MS[asked] - (DNS_AGAIN_MS[asked - 1] ?? 0)
      this.#after(againMs, againMs, () => this.#lookUp(host, onAnswer, asked + 1))
    } else if (dns === 'refuses' || address === undefined)
      this.#afterWay(2, 5, 80, () => onAnswer(undefined, 'no such name'))
    else this.#afterWay(2, 5, 80, () => onAnswer(address, ''))
  }

  #isMisled(host: string): boolean {
    const { dns, poisoned } = this.#options.conditions
    if (host === BROKER_HOST) return dns === 'misleads'
    return poisoned?.slots.some((slot) => timeServerHost(slot) === host) ?? false
  }

  connect(address: string, port: number, events: TcpEvents): TcpStream {
    this.#options.onConnect(this.#streams.size)
    const { agenda, random, playsTls } = this.#options
    if (this.#lacksMemory()) throw new Error(`no connection to ${address}`)
    const stream: SimulatedStream = new SimulatedStream({
      agenda,
      random,
      life: this.#life,
      events,
      isOpen: () => this.#online,
      way: () => this.#options.conditions.way,
      onEnd: () => this.#streams.delete(stream),
    })
    this.#streams.add(stream)
    const dial = (known: string | undefined, why: string) => {
      const isThere = known === BROKER_ADDRESS || known === OTHER_ADDRESS
      if (isThere && port === BROKER_PORT) this.#dial(stream, known)
      else stream.fail(why || 'no route to host')
    }
    if (playsTls) dial(address, '')
    else this.#lookUp(BROKER_HOST, dial)
    return stream
  }

  /** The broker loses every stream, and neither end is told. */
  severStreams(): void {
    for (const stream of this.#streams) stream.sever()
  }

  #dial(stream: SimulatedStream, address: string, againMs = SYN_AGAIN_MS): void {
    const { accept, playsTls } = this.#options
    if (!this.#streams.has(stream) || againMs > MAX_SYN_AGAIN_MS) return
    const listening = this.#listening(address)
    if (!this.#online || listening === 'silent')
      this.#after(againMs, againMs, () => this.#dial(stream, address, 2 * againMs))
    else if (listening === 'refused')
      this.#afterWay(2, 5, 60, () => stream.fail('the connection was refused'))
    else {
      // With TLS two round trips more, and an ESP32's arithmetic.
      const [crossings, least, most] = playsTls ? [2, 10, 80] : [6, 900, 1800]
      this.#afterWay(crossings, least, most, () => {
        if (!this.#online || this.#listening(address) !== 'yes') return
        this.peer = this.#peerAt(address)
        stream.open(accept(this.peer))
      })
    }
  }

  #listening(address: string): Conditions['broker']['listening'] {
    const { broker, captivePortal, otherHost } = this.#options.conditions
    if (captivePortal) return 'yes'
    if (address === BROKER_ADDRESS) return broker.listening
    return otherHost === 'takes' ? 'yes' : 'refused'
  }

  #peerAt(address: string): Peer {
    const { conditions, playsTls } = this.#options
    if (conditions.captivePortal) return 'portal'
    if (address === OTHER_ADDRESS) return 'impostor'
    const passes = playsTls || conditions.way.maxSegmentBytes >= FULL_SEGMENT_BYTES
    return passes ? conditions.broker.peer : 'stalls'
  }

  datagrams(events: DatagramEvents): DatagramExchange {
    const sockets = new Map<number, number>()
    let opened = 0
    return {
      ask: (slot, _localPort, address, port, bytes) => {
        this.#options.onAsk(slot)
        const socket = ++opened
        sockets.set(slot, socket)
        if (this.#lacksMemory()) return
        this.#carry(bytes.slice(), address, port, (reply) => {
          if (sockets.get(slot) === socket) events.onDatagram(slot, reply, address, port)
        })
      },
      closeSocket: (slot) => void sockets.delete(slot),
    }
  }

  #carry(
    request: Uint8Array,
    address: string,
    port: number,
    deliver: (bytes: Uint8Array) => void,
  ): void {
    const { conditions, utc, leap } = this.#options
    const server =
      address === OTHER_ADDRESS
        ? conditions.poisoned?.host
        : conditions.timeServers.find((_, slot) => timeServerAddress(slot) === address)
    if (!server || port !== NTP_PORT || !this.#online || server.kind === 'silent') return
    const [thereMs, backMs] = server.slowMs.map((ms) => ms + conditions.way.delayMs)
    if (conditions.captivePortal || this.#isLost()) return
    this.#after(2 + thereMs, 25 + thereMs, () => {
      const reply = answerTime(server, request, utc(), leap())
      if (!reply || this.#isLost()) return
      this.#after(2 + backMs, 25 + backMs, () => this.#online && deliver(reply))
    })
  }

  #lose(why: string, era: number): void {
    if (era !== this.#era) return
    this.#era++
    this.#joined = false
    this.#events?.onLost(why)
  }

  /** As the device's ports take it: an error, a loss, or silence. */
  #lacksMemory(): boolean {
    return lacksMemory(this.#life, this.#options.random)
  }

  /** Draws nothing on a way that loses nothing. */
  #isLost(): boolean {
    const { conditions, random } = this.#options
    return conditions.way.loss > 0 && random.chance(conditions.way.loss)
  }

  /** What crosses the way so often, each time as late as the way makes it: what is lost there is sent again. */
  #afterWay(crossings: number, minMs: number, maxMs: number, run: () => void): void {
    const { conditions, random } = this.#options
    let lateMs = crossings * conditions.way.delayMs
    for (let crossing = 0; crossing < crossings; crossing++)
      if (this.#isLost()) lateMs += againMs(random)
    this.#after(minMs + lateMs, maxMs + lateMs, run)
  }

  #after(minMs: number, maxMs: number, run: () => void): void {
    const { agenda, random } = this.#options
    agenda.after(minMs + random.next() * (maxMs - minMs), () => {
      if (this.#life.alive) run()
    })
  }
}

export function addressOf(host: string): string | undefined {
  if (host === BROKER_HOST) return BROKER_ADDRESS
  for (let slot = 0; slot < 4; slot++)
    if (timeServerHost(slot) === host) return timeServerAddress(slot)
  return undefined
}
