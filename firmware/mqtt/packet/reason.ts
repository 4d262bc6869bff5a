/** The reason codes of MQTT 5.0 (2.4), in words, and where a server may use each. */
import {
  AUTH,
  CONNACK,
  DISCONNECT,
  PUBACK,
  PUBCOMP,
  PUBREC,
  PUBREL,
  SUBACK,
  UNSUBACK,
} from './types'

export const SUCCESS = 0x00
export const DISCONNECT_WITH_WILL = 0x04
export const CONTINUE_AUTHENTICATION = 0x18
export const REAUTHENTICATE = 0x19
/** From here up a reason code says no. */
export const FAILURE = 0x80
export const MALFORMED = 0x81
export const PROTOCOL_ERROR = 0x82
export const SERVER_SHUTTING_DOWN = 0x8b
export const SESSION_TAKEN_OVER = 0x8e
export const TOPIC_NAME_INVALID = 0x90
export const PACKET_ID_NOT_FOUND = 0x92
export const RECEIVE_MAXIMUM_EXCEEDED = 0x93
export const TOPIC_ALIAS_INVALID = 0x94
export const PACKET_TOO_LARGE = 0x95
export const RATE_TOO_HIGH = 0x96
export const USE_ANOTHER_SERVER = 0x9c
export const SERVER_MOVED = 0x9d

const A = 1 << AUTH
const C = 1 << CONNACK
const D = 1 << DISCONNECT
const S = 1 << SUBACK
const U = 1 << UNSUBACK
/** PUBACK and PUBREC share their codes (3.4.2.1, 3.5.2.1), PUBREL and PUBCOMP theirs (3.6.2.1, 3.7.2.1). */
const P = (1 << PUBACK) | (1 << PUBREC)
const R = (1 << PUBREL) | (1 << PUBCOMP)

interface Reason {
  words: string
  /** Bit n: packet type n may carry it. */
  packets: number
}

const REASONS: { readonly [code: number]: Reason } = {
  0: { words: 'success', packets: C | D | S | U | P | R | A },
  1: { words: 'granted QoS 1', packets: S },
  2: { words: 'granted QoS 2', packets: S },
  4: { words: 'disconnect with Will', packets: 0 },
  16: { words: 'no matching subscribers', packets: P },
  17: { words: 'no subscription existed', packets: U },
  24: { words: 'continue authentication', packets: A },
  25: { words: 're-authenticate', packets: 0 },
  128: { words: 'unspecified error', packets: C | D | S | U | P },
  129: { words: 'malformed packet', packets: C | D },
  130: { words: 'protocol error', packets: C | D },
  131: { words: 'implementation specific error', packets: C | D | S | U | P },
  132: { words: 'unsupported protocol version', packets: C },
  133: { words: 'client identifier not valid', packets: C },
  134: { words: 'bad user name or password', packets: C },
  135: { words: 'not authorised', packets: C | D | S | U | P },
  136: { words: 'server unavailable', packets: C },
  137: { words: 'server busy', packets: C | D },
  138: { words: 'banned', packets: C },
  139: { words: 'server shutting down', packets: D },
  140: { words: 'bad authentication method', packets: C | D },
  141: { words: 'keep alive timeout', packets: D },
  142: { words: 'session taken over', packets: D },
  143: { words: 'topic filter invalid', packets: D | S | U },
  144: { words: 'topic name invalid', packets: C | D | P },
  145: { words: 'packet identifier in use', packets: S | U | P },
  146: { words: 'packet identifier not found', packets: R },
  147: { words: 'receive maximum exceeded', packets: D },
  148: { words: 'topic alias invalid', packets: D },
  149: { words: 'packet too large', packets: C | D },
  150: { words: 'message rate too high', packets: D },
  151: { words: 'quota exceeded', packets: C | D | S | P },
  152: { words: 'administrative action', packets: D },
  153: { words: 'payload format invalid', packets: C | D | P },
  154: { words: 'retain not supported', packets: C | D },
  155: { words: 'QoS not supported', packets: C | D },
  156: { words: 'use another server', packets: C | D },
  157: { words: 'server moved', packets: C | D },
  158: { words: 'shared subscriptions not supported', packets: D | S },
  159: { words: 'connection rate exceeded', packets: C | D },
  160: { words: 'maximum connect time', packets: D },
  161: { words: 'subscription identifiers not supported', packets: D | S },
  162: { words: 'wildcard subscriptions not supported', packets: D | S },
}

/** Whether a server may put `code` into a packet of this type. */
export function isReasonOf(type: number, code: number): boolean {
  const reason = REASONS[code]
  return reason !== undefined && (reason.packets & (1 << type)) !== 0
}

/** For people: "not authorised (0x87)". */
export function reasonInWords(code: number): string {
  const hex = code.toString(16)
  return `${REASONS[code]?.words ?? 'unknown reason'} (0x${code < 16 ? '0' : ''}${hex})`
}

/** The same with what the server itself has to say about it. */
export function refusalInWords(answer: {
  reason: number
  properties: { reasonString?: string } | undefined
}): string {
  const words = reasonInWords(answer.reason)
  return answer.properties?.reasonString ? `${words}: ${answer.properties.reasonString}` : words
}
