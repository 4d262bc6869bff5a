/** What a dongle's surroundings are like: all that a fault can change, and nothing that reacts by itself. */
import type { MeterFault } from './modbus/slave'
import { rightServer, type TimeServer } from './network/time-server'

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

export interface Conditions extends LineConditions {
  /** The access point; `silent`: not even a join is answered. */
  wifi: 'there' | 'gone' | 'silent'
  /** Whether packets pass; neither end is told if they do not. */
  uplink: boolean
  dns: 'answers' | 'refuses' | 'silent'
  broker: {
    /** `refused`: the host answers that there is no listener; `silent`: it does not answer. */
    listening: 'yes' | 'refused' | 'silent'
    /** What CONNACK says; 0 to accept. */
    connackReason: number
    acknowledgeMs: readonly [min: number, max: number]
    /** Undefined if CONNACK names none. */
    receiveMaximum: number | undefined
    maximumPacketSize: number | undefined
    topicAliasMaximum: number
  }
  timeServers: TimeServer[]
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
    dns: 'answers',
    broker: {
      listening: 'yes',
      connackReason: 0,
      acknowledgeMs: ACKNOWLEDGE_MS,
      receiveMaximum: undefined,
      maximumPacketSize: undefined,
      topicAliasMaximum: 0,
    },
    timeServers: Array.from({ length: timeServers }, rightServer),
  }
}

export function faultlessLine(units: readonly number[]): LineConditions {
  return {
    noise: 0,
    line: true,
    gateway: { late: 0, maxLateMs: 0, double: 0, maxDoubleMs: 0 },
    meters: new Map(units.map((unit) => [unit, { fault: undefined, latencyMs: PROMPT_MS }])),
  }
}
