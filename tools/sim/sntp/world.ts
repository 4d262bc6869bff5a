/** A crystal, a network and time servers in virtual time: plays a clock and keeps the timed log of what it said. */
import type { MonotonicMs, UnixMs } from '../../../firmware/core/time'
import { type Output, UtcClock } from '../../../firmware/sntp/clock'
import { encodeReply, type Reply } from '../../../firmware/sntp/packet'
import { type Random, random } from '../random'

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** 2026-01-01T00:00:00Z, where every world begins. */
export const BEGIN = 1_767_225_600_000 as UnixMs

export const ms = (at: number) => at as MonotonicMs
export const utc = (at: number) => at as UnixMs

/** One server and the way to it. Every function is asked anew for every packet. */
export interface Peer {
  /** How far its clock is off. */
  offsetMs?: (utc: UnixMs) => number
  /** How long one packet takes one way; undefined where it is lost. */
  delayMs?: (random: Random, way: 'there' | 'back') => number | undefined
  /** How long it takes to answer. */
  holdMs?: number
  /** What it says apart from the time. */
  reply?: (utc: UnixMs) => Partial<Reply>
  /** What it sends instead of the honest answer. */
  bytes?: (honest: Uint8Array, request: Uint8Array) => Uint8Array[]
  /** Undefined where the name does not resolve. */
  address?: string
}

export type Entry = readonly [at: number, what: string, ...details: (string | number | boolean)[]]

interface Datagram {
  at: number
  slot: number
  bytes: Uint8Array
  address: string
  port: number
}

export const PORT = 123

export function host(slot: number): string {
  return `time${slot}.example`
}

export function address(slot: number): string {
  return `192.0.2.${slot + 1}`
}

export class World {
  readonly clock: UtcClock
  readonly log: Entry[] = []
  /** Whether each question is noted. Of weeks it need not be, and XS would collect for minutes. */
  notesQuestions = true
  /** The instants at which each server was asked. */
  readonly asked: number[][]
  now = 0
  /** Called at each multiple of `everyMs`. */
  probe: ((now: MonotonicMs) => void) | undefined
  everyMs = Number.POSITIVE_INFINITY
  readonly #peers: Peer[]
  readonly #random: Random
  readonly #drift: (at: number) => number
  readonly #onTheWay: Datagram[] = []

  constructor({
    peers,
    random,
    driftMs = () => 0,
    floor = utc(BEGIN - 30 * DAY),
    driftPpm,
  }: {
    peers: Peer[]
    random: Random
    /** How far UTC is ahead of the monotonic clock, as the crystal has it. */
    driftMs?: (at: number) => number
    floor?: UnixMs
    driftPpm?: number
  }) {
    this.#peers = peers
    this.#random = random
    this.#drift = driftMs
    this.asked = peers.map(() => [])
    this.clock = new UtcClock({
      servers: peers.map((_, slot) => ({ host: host(slot), port: PORT })),
      entropy: random,
      floor,
      driftPpm,
    })
  }

  /** True time. */
  utc(at = this.now): UnixMs {
    return utc(BEGIN + at + this.#drift(at))
  }

  /** How far the clock is ahead of true time; undefined where it does not say. */
  errorMs(): number | undefined {
    const told = this.clock.utc(ms(this.now))
    return told === undefined ? undefined : told - this.utc()
  }

  start(): this {
    this.clock.start(ms(this.now))
    return this
  }

  stop(): this {
    this.clock.stop(ms(this.now))
    return this
  }

  run(durationMs: number): this {
    const end = this.now + durationMs
    for (;;) {
      const until = this.#drain()
      const next = this.#onTheWay[0]?.at ?? Number.POSITIVE_INFINITY
      const probeAt = (Math.floor(this.now / this.everyMs) + 1) * this.everyMs || Infinity
      this.now = Math.min(until, next, probeAt, end)
      if (this.now === next) this.#deliver()
      if (this.now === probeAt) this.probe?.(ms(this.now))
      if (this.now === end) {
        this.#drain()
        return this
      }
    }
  }

  /** A datagram that no server sent. */
  inject(slot: number, bytes: Uint8Array, from = address(slot), port = PORT): void {
    this.clock.receive(slot, bytes, from, port, ms(this.now))
  }

  #drain(): number {
    for (;;) {
      const output = this.clock.poll(ms(this.now))
      if (output.kind === 'wait') return output.until
      this.#act(output)
    }
  }

  #act(output: Exclude<Output, { kind: 'wait' }>): void {
    switch (output.kind) {
      case 'resolve': {
        this.#noteQuestion('resolve', output.host)
        const slot = this.#peers.findIndex((_, slot) => host(slot) === output.host)
        const known = 'address' in this.#peers[slot] ? this.#peers[slot].address : address(slot)
        this.clock.resolved(output.host, known, known ? '' : 'no such name', ms(this.now))
        return
      }
      case 'ask':
        this.#noteQuestion('ask', output.slot)
        if (this.notesQuestions) this.asked[output.slot].push(this.now)
        this.#carry(output.slot, output.bytes)
        return
      case 'close socket':
        this.#noteQuestion('close socket', output.slot)
        return
      case 'synchronised':
        this.log.push([this.now, 'synchronised', output.firstTime])
        return
      case 'remember':
        this.log.push([this.now, 'remember', output.driftPpm])
        return
    }
  }

  #noteQuestion(what: string, of: string | number): void {
    if (this.notesQuestions) this.log.push([this.now, what, of])
  }

  #carry(slot: number, sent: Uint8Array): void {
    const peer = this.#peers[slot]
    const request = sent.slice()
    const delayMs = peer.delayMs ?? (() => 2)
    const thereMs = delayMs(this.#random, 'there')
    if (thereMs === undefined) return
    const received = this.utc(this.now + thereMs)
    const stamp = utc(received + (peer.offsetMs?.(received) ?? 0))
    const holdMs = peer.holdMs ?? 0
    const honest = encodeReply(request, {
      leap: 0,
      stratum: 2,
      rootDelayMs: 1,
      rootDispersionMs: 1,
      reference: 'GPS\0',
      receivedAt: stamp,
      transmittedAt: utc(stamp + holdMs),
      ...peer.reply?.(received),
    })
    for (const bytes of peer.bytes?.(honest, request) ?? [honest]) {
      const backMs = delayMs(this.#random, 'back')
      if (backMs === undefined) continue
      const at = this.now + thereMs + holdMs + backMs
      this.#onTheWay.push({ at, slot, bytes, address: address(slot), port: PORT })
      this.#onTheWay.sort((a, b) => a.at - b.at)
    }
  }

  #deliver(): void {
    const { slot, bytes, address, port } = this.#onTheWay.shift()!
    this.clock.receive(slot, bytes, address, port, ms(this.now))
  }
}

/** The most of these instants that one hour holds. */
export function busiestHour(instants: readonly number[]): number {
  let most = 0
  let first = 0
  instants.forEach((at, last) => {
    while (instants[first] <= at - HOUR) first++
    most = Math.max(most, last - first + 1)
  })
  return most
}

/** Plays a clock from its start, with the same dice each time. */
export function play(peers: Peer[], durationMs: number, floor = BEGIN - DAY): World {
  return new World({ peers, random: random(1), floor: utc(floor) }).start().run(durationMs)
}

export const state = (world: World) => world.clock.state(ms(world.now))

export const counters = (world: World, slot = 0) => state(world).servers[slot].counters

/** What an impostor would have us believe. */
export const forged: Reply = {
  leap: 0,
  stratum: 1,
  rootDelayMs: 0,
  rootDispersionMs: 0,
  reference: 'GPS\0',
  receivedAt: utc(BEGIN + HOUR),
  transmittedAt: utc(BEGIN + HOUR),
}
