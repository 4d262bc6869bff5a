/** What a dongle's surroundings are like: all that a fault can change, and nothing that reacts by itself. */
import type { MeterFault } from './modbus/slave'
import { rightServer, type TimeServer } from './network/time-server'
import type { Random } from './random'

export interface MeterConditions {
  fault: MeterFault | undefined
  /** From the request's last bit to the answer's first. */
  latencyMs: readonly [min: number, max: number]
}

export interface LineConditions {
  /** The probability that a frame on the line is disturbed, each way. */
  noise: number
  /** Whether the adapter is plugged in. */
  line: boolean
  /** What a gateway between the dongle and the meters does to replies. */
  gateway: {
    /** The probability that a reply comes late, and by how much at most. */
    late: number
    maxLateMs: number
    /** The probability that a reply comes a second time, and how much later at most. */
    double: number
    maxDoubleMs: number
  }
  meters: Map<number, MeterConditions>
}

/** The way between the site's router and everything beyond it. */
export interface WayConditions {
  /** The probability that a packet is lost. Of a TCP stream it is sent again, so late, and all that follows waits for it. */
  loss: number
  /** How much longer than usual a packet takes, each way. */
  delayMs: number
  /** TCP's segments with more bytes than this never arrive, however often they are sent. */
  maxSegmentBytes: number
}

/** What the dongle finds. */
export interface FlashConditions {
  /** Nothing can be written. What is there can be erased. */
  isFull: boolean
  /** The names of blobs that cannot be read. */
  unreadable: RegExp | undefined
}

/** What TLS meets at the other end of TCP: the broker, or what goes wrong there. */
export type Peer =
  | 'broker'
  /** It says no, or what is not TLS; it says nothing more in the middle; its certificate has expired. */
  | 'alert'
  | 'garbage'
  | 'stalls'
  | 'expired'
  /** Another's certificate for the broker's name. */
  | 'impostor'
  /** Of a captive portal: HTTP, whatever it is told. */
  | 'portal'

export interface Conditions extends LineConditions {
  /** The access point; `silent`: not even a join is answered. */
  wifi: 'there' | 'gone' | 'silent'
  /** Whether packets pass; neither end is told if they do not. */
  uplink: boolean
  way: WayConditions
  /** `misleads`: the broker's name leads to another host. */
  dns: 'answers' | 'refuses' | 'silent' | 'misleads'
  /** Whether that host takes connections. */
  otherHost: 'refuses' | 'takes'
  /** Every connection is its own, and no datagram but of names passes. */
  captivePortal: boolean
  broker: {
    peer: Exclude<Peer, 'impostor' | 'portal'>
    /** `refused`: the host answers that there is no listener; `silent`: it does not answer. */
    listening: 'yes' | 'refused' | 'silent'
    /** What CONNACK says; 0 to accept. */
    connackReason: number
    /** Where CONNACK and DISCONNECT say that another server is. */
    serverReference: string | undefined
    /** CONNECT is never answered. */
    ignoresConnect: boolean
    /** Of so many messages, drawn at random, PUBACK or PUBREC says no. */
    refuses: { share: number; reason: number } | undefined
    /** Another client has our id, and comes back so soon after each time that we connect. */
    rival: { afterMs: readonly [min: number, max: number]; startsClean: boolean } | undefined
    acknowledgeMs: readonly [min: number, max: number]
    /** Undefined if CONNACK names none. */
    receiveMaximum: number | undefined
    maximumPacketSize: number | undefined
    topicAliasMaximum: number
    /** Undefined if the client's own holds. */
    serverKeepAliveS: number | undefined
  }
  timeServers: TimeServer[]
  /** Where the names of the time servers in these slots lead in place of them: all to one host. */
  poisoned: { slots: readonly number[]; host: TimeServer } | undefined
  flash: FlashConditions
}

/** A logged SDM630 takes some 40 ms. */
const PROMPT_MS = [20, 60] as const
const ACKNOWLEDGE_MS = [5, 60] as const

/** Nothing is wrong. */
export function faultless(units: readonly number[], timeServers: number): Conditions {
  return {
    ...faultlessLine(units),
    wifi: 'there',
    uplink: true,
    way: shortWay(),
    dns: 'answers',
    otherHost: 'refuses',
    captivePortal: false,
    broker: {
      peer: 'broker',
      listening: 'yes',
      connackReason: 0,
      serverReference: undefined,
      ignoresConnect: false,
      refuses: undefined,
      rival: undefined,
      acknowledgeMs: ACKNOWLEDGE_MS,
      receiveMaximum: undefined,
      maximumPacketSize: undefined,
      topicAliasMaximum: 0,
      serverKeepAliveS: undefined,
    },
    timeServers: Array.from({ length: timeServers }, rightServer),
    poisoned: undefined,
    flash: { isFull: false, unreadable: undefined },
  }
}

/** TCP sends a segment again after 200 ms at the earliest; lost again and again, it is this late. */
export const MAX_AGAIN_MS = 8000
const MIN_AGAIN_MS = 200

/** How late a packet comes that was lost; mostly it arrives at the first or second repetition. */
export const againMs = (random: Random): number =>
  MIN_AGAIN_MS * (MAX_AGAIN_MS / MIN_AGAIN_MS) ** random.next()

export const shortWay = (): WayConditions => ({
  loss: 0,
  delayMs: 0,
  maxSegmentBytes: Number.POSITIVE_INFINITY,
})

export function faultlessLine(units: readonly number[]): LineConditions {
  return {
    noise: 0,
    line: true,
    gateway: { late: 0, maxLateMs: 0, double: 0, maxDoubleMs: 0 },
    meters: new Map(units.map((unit) => [unit, { fault: undefined, latencyMs: PROMPT_MS }])),
  }
}
