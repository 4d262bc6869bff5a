/** What a client is made with, and the defaults of what is left out. */
import type { Entropy } from '../core/entropy'
import { authenticationDataFault, ownWill, type Will, willFault } from './packet/connect'
import { type Properties, propertiesFault } from './packet/properties'
import { textFault } from './packet/topic'

/** Bytes in them are copied. */
export interface MqttOptions {
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
  /** Enhanced authentication (4.12): the method, and the data for CONNECT if they are always the same. */
  authentication?: { method: string; data?: Uint8Array }
  connectProperties?: Pick<
    Properties,
    'requestProblemInformation' | 'requestResponseInformation' | 'userProperties'
  >
  /** The caller knows that no session can be resumed: saves a second handshake if the server has one. */
  cleanStart?: boolean
  /** Messages that wait or are in flight. */
  capacity?: number
  /** What came in and waits for `poll`, besides one output for each message; a server that sends more at once is left. */
  inboundCapacity?: number
  /** The server is told what is left of each message's deadline, as its Message Expiry Interval. */
  tellsExpiry?: boolean
  /** The most topic aliases for what is published. */
  aliasCapacity?: number
  /** What the server is told about this client. */
  receiveMaximum?: number
  maximumPacketSize?: number
  topicAliasMaximum?: number
  /** From 'open' to an open transport, TLS included. */
  openMs?: number
  /** From CONNECT to CONNACK, with all authentication between them. */
  connackMs?: number
  /** From a packet that asks for an answer to that answer. */
  acknowledgeMs?: number
  pingrespMs?: number
}

export type ResolvedOptions = ReturnType<typeof withDefaults>

const MAX_U16 = 0xffff
const MAX_U32 = 0xffff_ffff
/** Leaves packet ids for subscriptions. */
const MAX_CAPACITY = 60_000
/** A CONNACK with its usual properties must fit. */
const MIN_MAXIMUM_PACKET_SIZE = 128

/** Throws if the options cannot work: that is the programmer's error. */
export function resolveOptions(options: MqttOptions): ResolvedOptions {
  const resolved = withDefaults(options)
  const { clientId, will, authentication } = resolved
  checkRange('keepAliveS', resolved.keepAliveS, 0, MAX_U16)
  checkRange('sessionExpiryS', resolved.sessionExpiryS, 0, MAX_U32)
  checkRange('capacity', resolved.capacity, 1, MAX_CAPACITY)
  checkRange('inboundCapacity', resolved.inboundCapacity, 1, MAX_CAPACITY)
  checkRange('aliasCapacity', resolved.aliasCapacity, 0, MAX_U16)
  checkRange('receiveMaximum', resolved.receiveMaximum, 1, MAX_U16)
  checkRange('maximumPacketSize', resolved.maximumPacketSize, MIN_MAXIMUM_PACKET_SIZE, MAX_U32)
  checkRange('topicAliasMaximum', resolved.topicAliasMaximum, 0, MAX_U16)
  check(textFault(clientId, 'the client id'))
  check(textFault(authentication?.method ?? '', 'the authentication method'))
  checkCredentials(resolved)
  const { connectProperties } = resolved
  checkRange('requestProblemInformation', connectProperties?.requestProblemInformation ?? 1, 0, 1)
  checkRange('requestResponseInformation', connectProperties?.requestResponseInformation ?? 0, 0, 1)
  check(propertiesFault(connectProperties))
  check(authenticationDataFault(authentication?.data))
  if (will) check(willFault(will))
  return resolved
}

/** Throws as `resolveOptions` does. */
export function withCredentials(
  options: ResolvedOptions,
  credentials: { username: string; password: string },
): ResolvedOptions {
  checkCredentials(credentials)
  return { ...options, ...credentials }
}

function checkCredentials({ username = '', password = '' }: Partial<MqttOptions>): void {
  check(textFault(username, 'the user name'))
  check(textFault(password, 'the password'))
}

function withDefaults(options: MqttOptions) {
  const { will, authentication } = options
  return {
    ...options,
    will: will && ownWill(will),
    authentication: authentication && {
      ...authentication,
      data: authentication.data && new Uint8Array(authentication.data),
    },
    cleanStart: options.cleanStart ?? false,
    capacity: options.capacity ?? 64,
    inboundCapacity: options.inboundCapacity ?? 64,
    tellsExpiry: options.tellsExpiry ?? true,
    aliasCapacity: options.aliasCapacity ?? 16,
    receiveMaximum: options.receiveMaximum ?? 16,
    maximumPacketSize: options.maximumPacketSize ?? 1024,
    topicAliasMaximum: options.topicAliasMaximum ?? 8,
    openMs: options.openMs ?? 30_000,
    connackMs: options.connackMs ?? 10_000,
    acknowledgeMs: options.acknowledgeMs ?? 12_000,
    pingrespMs: options.pingrespMs ?? 10_000,
  }
}

/** Throws as `resolveOptions` does. The properties of CONNECT, with the first data of an enhanced authentication. */
export function connectProperties(
  options: ResolvedOptions,
  data: Uint8Array | undefined,
): Properties {
  const { sessionExpiryS, receiveMaximum, maximumPacketSize, topicAliasMaximum } = options
  const { authentication } = options
  check(authenticationDataFault(data))
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

function check(fault: string | undefined): void {
  if (fault) throw new Error(`MQTT client: ${fault}`)
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new Error(`MQTT client: ${name} is ${value}, not ${least} to ${most}`)
}
