/** The numbers of MQTT 5.0 by name: control packet types (2.1.2), reason codes (2.4) and the properties of every PUBLISH. */

export const CONNECT = 1
export const CONNACK = 2
export const PUBLISH = 3
export const PUBACK = 4
export const PUBREC = 5
export const PUBREL = 6
export const PUBCOMP = 7
export const SUBSCRIBE = 8
export const SUBACK = 9
export const UNSUBSCRIBE = 10
export const UNSUBACK = 11
export const PINGREQ = 12
export const PINGRESP = 13
export const DISCONNECT = 14
export const AUTH = 15

export const SUCCESS = 0x00
export const GRANTED_QOS_1 = 0x01
export const GRANTED_QOS_2 = 0x02
export const DISCONNECT_WITH_WILL = 0x04
export const NO_MATCHING_SUBSCRIBERS = 0x10
export const NO_SUBSCRIPTION_EXISTED = 0x11
export const CONTINUE_AUTHENTICATION = 0x18
export const REAUTHENTICATE = 0x19
/** From here on a reason code says no; as a code of its own it is "unspecified error". */
export const FAILURE = 0x80
export const MALFORMED_PACKET = 0x81
export const PROTOCOL_ERROR = 0x82
export const IMPLEMENTATION_SPECIFIC_ERROR = 0x83
export const UNSUPPORTED_PROTOCOL_VERSION = 0x84
export const CLIENT_ID_NOT_VALID = 0x85
export const BAD_USER_NAME_OR_PASSWORD = 0x86
export const NOT_AUTHORISED = 0x87
export const SERVER_UNAVAILABLE = 0x88
export const SERVER_BUSY = 0x89
export const BANNED = 0x8a
export const SERVER_SHUTTING_DOWN = 0x8b
export const BAD_AUTHENTICATION_METHOD = 0x8c
export const KEEP_ALIVE_TIMEOUT = 0x8d
export const SESSION_TAKEN_OVER = 0x8e
export const TOPIC_FILTER_INVALID = 0x8f
export const TOPIC_NAME_INVALID = 0x90
export const PACKET_ID_IN_USE = 0x91
export const PACKET_ID_NOT_FOUND = 0x92
export const RECEIVE_MAXIMUM_EXCEEDED = 0x93
export const TOPIC_ALIAS_INVALID = 0x94
export const PACKET_TOO_LARGE = 0x95
export const MESSAGE_RATE_TOO_HIGH = 0x96
export const QUOTA_EXCEEDED = 0x97
export const ADMINISTRATIVE_ACTION = 0x98
export const PAYLOAD_FORMAT_INVALID = 0x99
export const RETAIN_NOT_SUPPORTED = 0x9a
export const QOS_NOT_SUPPORTED = 0x9b
export const USE_ANOTHER_SERVER = 0x9c
export const SERVER_MOVED = 0x9d
export const SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9e
export const CONNECTION_RATE_EXCEEDED = 0x9f
export const MAXIMUM_CONNECT_TIME = 0xa0
export const SUBSCRIPTION_IDS_NOT_SUPPORTED = 0xa1
export const WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xa2

export const MESSAGE_EXPIRY_INTERVAL = 0x02
export const TOPIC_ALIAS = 0x23

export type QoS = 0 | 1 | 2

/** What is wrong with a QoS that a caller gave, in words; undefined if nothing is. */
export function qosFault(qos: number): string | undefined {
  return qos === 0 || qos === 1 || qos === 2 ? undefined : 'the QoS is not 0, 1 or 2'
}
