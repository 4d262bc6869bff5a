/** Reason codes of MQTT 5.0 (2.4): what each means in words, and in which packets a server may use it. */
import * as code from './codes'

const A = 1 << code.AUTH
const C = 1 << code.CONNACK
const D = 1 << code.DISCONNECT
const S = 1 << code.SUBACK
const U = 1 << code.UNSUBACK
/** PUBACK and PUBREC share their codes (3.4.2.1, 3.5.2.1), PUBREL and PUBCOMP theirs (3.6.2.1, 3.7.2.1). */
const P = (1 << code.PUBACK) | (1 << code.PUBREC)
const R = (1 << code.PUBREL) | (1 << code.PUBCOMP)

interface Reason {
  words: string
  /** Bit n: packet type n may carry it. */
  packets: number
}

const REASONS: { readonly [code: number]: Reason } = {
  [code.SUCCESS]: { words: 'success', packets: C | D | S | U | P | R | A },
  [code.GRANTED_QOS_1]: { words: 'granted QoS 1', packets: S },
  [code.GRANTED_QOS_2]: { words: 'granted QoS 2', packets: S },
  [code.DISCONNECT_WITH_WILL]: { words: 'disconnect with Will', packets: 0 },
  [code.NO_MATCHING_SUBSCRIBERS]: { words: 'no matching subscribers', packets: P },
  [code.NO_SUBSCRIPTION_EXISTED]: { words: 'no subscription existed', packets: U },
  [code.CONTINUE_AUTHENTICATION]: { words: 'continue authentication', packets: A },
  [code.REAUTHENTICATE]: { words: 're-authenticate', packets: 0 },
  [code.FAILURE]: { words: 'unspecified error', packets: C | D | S | U | P },
  [code.MALFORMED_PACKET]: { words: 'malformed packet', packets: C | D },
  [code.PROTOCOL_ERROR]: { words: 'protocol error', packets: C | D },
  [code.IMPLEMENTATION_SPECIFIC_ERROR]: {
    words: 'implementation specific error',
    packets: C | D | S | U | P,
  },
  [code.UNSUPPORTED_PROTOCOL_VERSION]: { words: 'unsupported protocol version', packets: C },
  [code.CLIENT_ID_NOT_VALID]: { words: 'client identifier not valid', packets: C },
  [code.BAD_USER_NAME_OR_PASSWORD]: { words: 'bad user name or password', packets: C },
  [code.NOT_AUTHORISED]: { words: 'not authorised', packets: C | D | S | U | P },
  [code.SERVER_UNAVAILABLE]: { words: 'server unavailable', packets: C },
  [code.SERVER_BUSY]: { words: 'server busy', packets: C | D },
  [code.BANNED]: { words: 'banned', packets: C },
  [code.SERVER_SHUTTING_DOWN]: { words: 'server shutting down', packets: D },
  [code.BAD_AUTHENTICATION_METHOD]: { words: 'bad authentication method', packets: C | D },
  [code.KEEP_ALIVE_TIMEOUT]: { words: 'keep alive timeout', packets: D },
  [code.SESSION_TAKEN_OVER]: { words: 'session taken over', packets: D },
  [code.TOPIC_FILTER_INVALID]: { words: 'topic filter invalid', packets: D | S | U },
  [code.TOPIC_NAME_INVALID]: { words: 'topic name invalid', packets: C | D | P },
  [code.PACKET_ID_IN_USE]: { words: 'packet identifier in use', packets: S | U | P },
  [code.PACKET_ID_NOT_FOUND]: { words: 'packet identifier not found', packets: R },
  [code.RECEIVE_MAXIMUM_EXCEEDED]: { words: 'receive maximum exceeded', packets: D },
  [code.TOPIC_ALIAS_INVALID]: { words: 'topic alias invalid', packets: D },
  [code.PACKET_TOO_LARGE]: { words: 'packet too large', packets: C | D },
  [code.MESSAGE_RATE_TOO_HIGH]: { words: 'message rate too high', packets: D },
  [code.QUOTA_EXCEEDED]: { words: 'quota exceeded', packets: C | D | S | P },
  [code.ADMINISTRATIVE_ACTION]: { words: 'administrative action', packets: D },
  [code.PAYLOAD_FORMAT_INVALID]: { words: 'payload format invalid', packets: C | D | P },
  [code.RETAIN_NOT_SUPPORTED]: { words: 'retain not supported', packets: C | D },
  [code.QOS_NOT_SUPPORTED]: { words: 'QoS not supported', packets: C | D },
  [code.USE_ANOTHER_SERVER]: { words: 'use another server', packets: C | D },
  [code.SERVER_MOVED]: { words: 'server moved', packets: C | D },
  [code.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED]: {
    words: 'shared subscriptions not supported',
    packets: D | S,
  },
  [code.CONNECTION_RATE_EXCEEDED]: { words: 'connection rate exceeded', packets: C | D },
  [code.MAXIMUM_CONNECT_TIME]: { words: 'maximum connect time', packets: D },
  [code.SUBSCRIPTION_IDS_NOT_SUPPORTED]: {
    words: 'subscription identifiers not supported',
    packets: D | S,
  },
  [code.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED]: {
    words: 'wildcard subscriptions not supported',
    packets: D | S,
  },
}

/** What the server did wrong: the reason code for the DISCONNECT that answers it, and words. */
export type Illegal = { kind: 'illegal'; reason: number; why: string }

export function illegal(reason: number, why: string): Illegal {
  return { kind: 'illegal', reason, why }
}

/** Whether a server may put `reason` into a packet of this type. */
export function isReasonOf(type: number, reason: number): boolean {
  const known = REASONS[reason]
  return known !== undefined && (known.packets & (1 << type)) !== 0
}

/** For people: "not authorised (0x87)". */
export function reasonInWords(reason: number): string {
  const hex = reason.toString(16)
  return `${REASONS[reason]?.words ?? 'unknown reason'} (0x${reason < 16 ? '0' : ''}${hex})`
}

/** The same, followed by what the server itself has to say about it. */
export function refusalInWords(answer: {
  reason: number
  properties: { reasonString?: string } | undefined
}): string {
  const words = reasonInWords(answer.reason)
  return answer.properties?.reasonString ? `${words}: ${answer.properties.reasonString}` : words
}
