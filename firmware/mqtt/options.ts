/** What a session is made with, and what it is where the maker says nothing. */
import type { Entropy } from '../core/entropy'
import type { Will } from './connect'
import type { Properties } from './properties'
import { propertiesFault } from './publish'
import { textFault, topicNameFault } from './topic'

export interface SessionOptions {
  /** Empty: the server assigns one. */
  clientId: string
  username?: string
  password?: string
  /** Whole seconds, 0 for none. */
  keepAliveS: number
  /** How long the server shall keep the session without a connection. */
  sessionExpiryS: number
  entropy: Entropy
  will?: Will
  /** Enhanced authentication (4.12): the method, and the data for CONNECT where it is always the same. */
  authentication?: { method: string; data?: Uint8Array }
  connectProperties?: Pick<
    Properties,
    'requestProblemInformation' | 'requestResponseInformation' | 'userProperties'
  >
  /** The caller knows that no session can be resumed, which saves a second handshake where the server has one. */
  cleanStart?: boolean
  /** Messages that wait or are in flight. */
  capacity?: number
  /** Outbound topic aliases at most. */
  aliasCapacity?: number
  /** What the server is told about this client. */
  receiveMaximum?: number
  maximumPacketSize?: number
  topicAliasMaximum?: number
  /** From 'open' to an open transport, TLS included. */
  openMs?: number
  /** From CONNECT to CONNACK, with all authentication between them. */
  connackMs?: number
  /** From a packet that calls for an answer to that answer. */
  acknowledgeMs?: number
  pingrespMs?: number
}

const DEFAULTS = {
  cleanStart: false,
  capacity: 64,
  aliasCapacity: 16,
  receiveMaximum: 16,
  maximumPacketSize: 1024,
  topicAliasMaximum: 8,
  openMs: 30_000,
  connackMs: 10_000,
  acknowledgeMs: 12_000,
  pingrespMs: 10_000,
}

export type Settled = SessionOptions & typeof DEFAULTS

const U16 = 0xffff
/** Leaves packet ids for subscriptions. */
const CAPACITY_MOST = 60_000
/** A CONNACK with its usual properties must fit. */
const PACKET_LEAST = 128

/** Throws where the options cannot work: that is the programmer's error. */
export function settle(options: SessionOptions): Settled {
  const settled = { ...DEFAULTS, ...options }
  const { clientId, username = '', password = '', will, authentication } = settled
  range('keepAliveS', settled.keepAliveS, 0, U16)
  range('sessionExpiryS', settled.sessionExpiryS, 0, 0xffff_ffff)
  range('capacity', settled.capacity, 1, CAPACITY_MOST)
  range('aliasCapacity', settled.aliasCapacity, 0, U16)
  range('receiveMaximum', settled.receiveMaximum, 1, U16)
  range('maximumPacketSize', settled.maximumPacketSize, PACKET_LEAST, 0xffff_ffff)
  range('topicAliasMaximum', settled.topicAliasMaximum, 0, U16)
  for (const text of [clientId, username, password, authentication?.method ?? '']) {
    const fault = textFault(text, 'client id, user name, password or method')
    if (fault) throw new Error(`MQTT session: ${fault}`)
  }
  const fault = will && (topicNameFault(will.topic) ?? propertiesFault(will.properties))
  if (fault) throw new Error(`MQTT Will: ${fault}`)
  return settled
}

/** The properties of CONNECT, with the first data of an enhanced authentication. */
export function announced(options: Settled, data: Uint8Array | undefined): Properties {
  const { sessionExpiryS, receiveMaximum, maximumPacketSize, topicAliasMaximum } = options
  return {
    sessionExpiryS,
    receiveMaximum,
    maximumPacketSize,
    topicAliasMaximum,
    authenticationMethod: options.authentication?.method,
    authenticationData: data ?? options.authentication?.data,
    ...options.connectProperties,
  }
}

function range(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`MQTT session: ${name} is ${value}, not ${least} to ${most}`)
}
