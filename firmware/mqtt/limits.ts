/** What the server allows on one connection, out of its CONNACK. MQTT 5.0, 3.2.2.3. */

import type { QoS } from './packet/codes'
import type { Properties } from './packet/properties'

export interface Limits {
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
  /** The server's where it names one, else the client's. */
  keepAliveS: number
  sessionExpiryS: number
}

/** The largest packet that the length field can announce (2.1.4), with its header. */
export const LARGEST_PACKET = 268_435_455 + 5

/** Our longest packet that holds nothing of the caller's: DISCONNECT with a session expiry. */
export const LEAST_PACKET = 9

export const TOO_LARGE = "it is above the server's maximum packet size"

export function limitsOf(
  properties: Properties = {},
  asked: { keepAliveS: number; sessionExpiryS: number },
): Limits {
  return {
    receiveMaximum: properties.receiveMaximum ?? 65_535,
    maximumQoS: (properties.maximumQoS ?? 2) as QoS,
    retainAvailable: properties.retainAvailable !== 0,
    maximumPacketSize: properties.maximumPacketSize ?? LARGEST_PACKET,
    topicAliasMaximum: properties.topicAliasMaximum ?? 0,
    wildcardSubscriptionAvailable: properties.wildcardSubscriptionAvailable !== 0,
    subscriptionIdsAvailable: properties.subscriptionIdsAvailable !== 0,
    sharedSubscriptionAvailable: properties.sharedSubscriptionAvailable !== 0,
    keepAliveS: properties.serverKeepAliveS ?? asked.keepAliveS,
    sessionExpiryS: properties.sessionExpiryS ?? asked.sessionExpiryS,
  }
}
