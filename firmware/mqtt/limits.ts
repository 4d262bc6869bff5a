/** What the server allows on one connection, taken from its CONNACK. MQTT 5.0, 3.2.2.3. */
import type { QoS } from './packet/codes'
import type { Properties } from './packet/properties'

export interface ServerLimits {
  /** Unacknowledged PUBLISH of QoS above 0. */
  receiveMaximum: number
  maximumQoS: QoS
  retainAvailable: boolean
  /** Bytes of a whole packet. */
  maximumPacketSize: number
  topicAliasMaximum: number
  wildcardSubscriptionAvailable: boolean
  subscriptionIdsAvailable: boolean
  sharedSubscriptionAvailable: boolean
  /** The server's if it names one, else the client's. */
  keepAliveS: number
  sessionExpiryS: number
}

/** The largest packet that the length field can announce (2.1.4), with its header. */
const MAX_PACKET_BYTES = 268_435_455 + 5

/** Our longest packet without anything of the caller's: DISCONNECT with a session expiry. */
export const MIN_PACKET_BYTES = 9

export const TOO_LARGE = "it is above the server's maximum packet size"

/** What a server allows of which nothing is known. */
export const UNLIMITED: ServerLimits = Object.freeze(
  limitsOf(undefined, { keepAliveS: 0, sessionExpiryS: 0 }),
)

/** `asked` is what the client asked for in CONNECT. */
export function limitsOf(
  properties: Properties = {},
  asked: { keepAliveS: number; sessionExpiryS: number },
): ServerLimits {
  return {
    receiveMaximum: properties.receiveMaximum ?? 65_535,
    maximumQoS: (properties.maximumQoS ?? 2) as QoS,
    retainAvailable: properties.retainAvailable !== 0,
    maximumPacketSize: properties.maximumPacketSize ?? MAX_PACKET_BYTES,
    topicAliasMaximum: properties.topicAliasMaximum ?? 0,
    wildcardSubscriptionAvailable: properties.wildcardSubscriptionAvailable !== 0,
    subscriptionIdsAvailable: properties.subscriptionIdsAvailable !== 0,
    sharedSubscriptionAvailable: properties.sharedSubscriptionAvailable !== 0,
    keepAliveS: properties.serverKeepAliveS ?? asked.keepAliveS,
    sessionExpiryS: properties.sessionExpiryS ?? asked.sessionExpiryS,
  }
}

/** Why the server does not take a message, in words; undefined if it may. */
export function messageRejection(
  message: { qos: QoS; retain?: boolean; payload: Uint8Array | string },
  topic: Uint8Array,
  limits: ServerLimits,
): string | undefined {
  if (message.qos > limits.maximumQoS)
    return `QoS ${message.qos} is above the server's ${limits.maximumQoS}`
  if (message.retain && !limits.retainAvailable) return 'the server retains no messages'
  // A packet is longer than its topic and payload; how much longer is known when it is written.
  return topic.length + message.payload.length > limits.maximumPacketSize ? TOO_LARGE : undefined
}
