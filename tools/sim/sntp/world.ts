/** One clock in virtual time, with a crystal and time servers: plays it and keeps the timed log of what it said. */
import type { MonotonicMs, UnixMs } from '../../../firmware/core/time'
import { UtcClock } from '../../../firmware/sntp/clock'
import type { Reply } from '../../../firmware/sntp/packet'
import type { ClockOutput } from '../../../firmware/sntp/state'
import { Agenda, cancel, type Planned } from '../agenda'
import {
  timeServerAddress as address,
  timeServerHost as host,
  timeReply,
} from '../network/time-server'
import { playMachine } from '../play'
import { type Random, random } from '../random'

export { address, host }

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
/** 2026-01-01T00:00:00Z, when it begins. */
export const BEGIN = 1_767_225_600_000 as UnixMs

export const ms = (at: number) => at as MonotonicMs
export const utc = (at: number) => at as UnixMs

/** One server and the way to it. Every function is asked anew for every packet. */
export interface Peer {
  /** How far its clock is off. */
  offsetMs?: (utc: UnixMs) => number
  /** How long one packet takes one way; undefined if it is lost. */
  delayMs?: (random: Random, way: 'there' | 'back') => number | undefined
  /** How long it takes to answer. */
  holdMs?: number
  /** What it says apart from the time. */
  reply?: (utc: UnixMs) => Partial<Reply>
  /** What it sends instead of the honest answer. */
  bytes?: (honest: Uint8Array, request: Uint8Array) => Uint8Array[]
  /** Undefined if the name does not resolve. */
  address?: string
}

export type Entry = readonly [at: number, what: string, ...details: (string | number | boolean)[]]

export const PORT = 123

export class ClockWorld {
  readonly clock: UtcClock
  readonly log: Entry[] = []
  /** Whether each question is noted. Of weeks it need not be, and XS would collect for minutes. */
  notesQuestions = true
  /** The instants at which each server was asked. */
  readonly asked: number[][]
  /** Called at each multiple of `everyMs`. */
  probe: ((now: MonotonicMs) => void) | undefined
  everyMs = Number.POSITIVE_INFINITY
  /** Whether there is a broker, whose certificate of 90 days a month from each end confirms or refutes the time. */
  hasBroker = true
  readonly #peers: Peer[]
  readonly #random: Random
  readonly #drift: (at: number) => number
  readonly #agenda = new Agenda()
  #probing: Planned | undefined

  constructor({
    peers,
    random,
    driftMs = () => 0,
    floor = utc(BEGIN - 30 * DAY),
    rememberedUtc,
    driftPpm,
  }: {
    peers: Peer[]
    random: Random
    /** How far UTC is ahead of the monotonic clock, as the crystal has it. */
    driftMs?: (at: number) => number
    floor?: UnixMs
    rememberedUtc?: UnixMs
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
      rememberedUtc,
      driftPpm,
    })
  }

  get now(): number {
    return this.#agenda.now
  }

  /** True time. */
  utc(at = this.now): UnixMs {
    return utc(BEGIN + at + this.#drift(at))
  }

  /** How far the clock is ahead of true time; undefined if it does not say. */
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
    this.#planProbe()
    playMachine(this.clock, this.#agenda, this.now + durationMs, (output) => this.#act(output))
    cancel(this.#probing)
    return this
  }

  /** A datagram that no server sent. */
  inject(slot: number, bytes: Uint8Array, from = address(slot), port = PORT): void {
    this.clock.receive(slot, bytes, from, port, ms(this.now))
  }

  #planProbe(): void {
    if (this.everyMs === Number.POSITIVE_INFINITY) return
    const at = (Math.floor(this.now / this.everyMs) + 1) * this.everyMs
    this.#probing = this.#agenda.at(at, () => {
      this.probe?.(ms(this.now))
      this.#planProbe()
    })
  }

  #act(output: ClockOutput): void {
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
        if (this.hasBroker && Math.abs(output.utc - this.utc()) < 30 * DAY)
          this.clock.confirmed(ms(this.now))
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
    const honest = timeReply(request, stamp, {
      rootDelayMs: 1,
      rootDispersionMs: 1,
      transmittedAt: utc(stamp + holdMs),
      ...peer.reply?.(received),
    })
    for (const bytes of peer.bytes?.(honest, request) ?? [honest]) {
      const backMs = delayMs(this.#random, 'back')
      if (backMs === undefined) continue
      this.#agenda.at(this.now + thereMs + holdMs + backMs, () => this.inject(slot, bytes))
    }
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
export function play(peers: Peer[], durationMs: number, floor = BEGIN - DAY): ClockWorld {
  return new ClockWorld({ peers, random: random(1), floor: utc(floor) }).start().run(durationMs)
}

export const state = (world: ClockWorld) => world.clock.state(ms(world.now))

export const counters = (world: ClockWorld, slot = 0) => state(world).servers[slot].counters

/** What a server that is not the one asked would say. */
export const forged: Reply = {
  leap: 0,
  stratum: 1,
  rootDelayMs: 0,
  rootDispersionMs: 0,
  reference: 'GPS\0',
  receivedAt: utc(BEGIN + HOUR),
  transmittedAt: utc(BEGIN + HOUR),
}
