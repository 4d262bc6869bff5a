/** What a session is made with, and what it is where the maker says nothing. */
import { utf8Length } from '../core/bytes'
import type { Entropy } from '../core/entropy'
import type { Will } from './packet/connect'
import type { Properties } from './packet/properties'
import { propertiesFault } from './packet/publish'
import { textFault, topicNameFault } from './packet/topic'
import { MAX_FIELD_BYTES } from './packet/writer'

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
  /** What came in and waits for `poll`, beside one word on each message; a server that sends more at once is left. */
  inboundCapacity?: number
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
  inboundCapacity: 64,
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
  range('inboundCapacity', settled.inboundCapacity, 1, CAPACITY_MOST)
  range('aliasCapacity', settled.aliasCapacity, 0, U16)
  range('receiveMaximum', settled.receiveMaximum, 1, U16)
  range('maximumPacketSize', settled.maximumPacketSize, PACKET_LEAST, 0xffff_ffff)
  range('topicAliasMaximum', settled.topicAliasMaximum, 0, U16)
  for (const text of [clientId, username, password, authentication?.method ?? '']) {
    const fault = textFault(text, 'client id, user name, password or method')
    if (fault) throw new Error(`MQTT session: ${fault}`)
  }
  const fault = propertiesFault(settled.connectProperties) ?? dataFault(authentication?.data)
  if (fault) throw new Error(`MQTT session: ${fault}`)
  const willFault = will && faultOf(will)
  if (willFault) throw new Error(`MQTT Will: ${willFault}`)
  return settled
}

function faultOf({ topic, payload, properties }: Will): string | undefined {
  const length = typeof payload === 'string' ? utf8Length(payload) : payload.length
  if (length > MAX_FIELD_BYTES) return `the payload is longer than ${MAX_FIELD_BYTES} bytes`
  return topicNameFault(topic) ?? propertiesFault(properties)
}

/** What keeps the data of an enhanced authentication from fitting into their field. */
export function dataFault(data: Uint8Array | undefined): string | undefined {
  if (!data || data.length <= MAX_FIELD_BYTES) return undefined
  return `the authentication data are longer than ${MAX_FIELD_BYTES} bytes`
}

/** Throws as `settle` does. The properties of CONNECT, with the first data of an enhanced authentication. */
export function announced(options: Settled, data: Uint8Array | undefined): Properties {
  const { sessionExpiryS, receiveMaximum, maximumPacketSize, topicAliasMaximum } = options
  const { authentication } = options
  const fault = dataFault(data)
  if (fault) throw new Error(`MQTT session: ${fault}`)
  return {
    sessionExpiryS,
    receiveMaximum,
    maximumPacketSize,
    topicAliasMaximum,
    authenticationMethod: authentication?.method,
    // Without a method they are a protocol error (3.1.2.11.10).
    authenticationData: authentication && (data ?? authentication.data),
    ...options.connectProperties,
  }
}

function range(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`MQTT session: ${name} is ${value}, not ${least} to ${most}`)
}
