/** Alerts, their words, and refusals, which end a connection with one. RFC 5246, 7.2; RFC 6066, 9; RFC 7301, 3.2. */

/** Why the peer is refused: in words for us, as an alert for the peer. */
export interface Refusal {
  kind: 'refused'
  why: string
  alert: number
}

export function refuse(why: string, alert: number): Refusal {
  return { kind: 'refused', why, alert }
}

export const WARNING = 1
export const FATAL = 2

export const CLOSE_NOTIFY = 0
export const UNEXPECTED_MESSAGE = 10
export const BAD_RECORD_MAC = 20
export const RECORD_OVERFLOW = 22
export const HANDSHAKE_FAILURE = 40
export const BAD_CERTIFICATE = 42
export const UNSUPPORTED_CERTIFICATE = 43
export const CERTIFICATE_EXPIRED = 45
export const ILLEGAL_PARAMETER = 47
export const UNKNOWN_CA = 48
export const DECODE_ERROR = 50
export const DECRYPT_ERROR = 51
export const PROTOCOL_VERSION = 70
export const USER_CANCELED = 90
export const NO_RENEGOTIATION = 100
export const UNSUPPORTED_EXTENSION = 110
export const UNRECOGNIZED_NAME = 112

export function alertInWords(description: number): string {
  switch (description) {
    case CLOSE_NOTIFY:
      return 'close notify'
    case UNEXPECTED_MESSAGE:
      return 'unexpected message'
    case BAD_RECORD_MAC:
      return 'bad record MAC'
    case RECORD_OVERFLOW:
      return 'record overflow'
    case HANDSHAKE_FAILURE:
      return 'handshake failure'
    case BAD_CERTIFICATE:
      return 'bad certificate'
    case UNSUPPORTED_CERTIFICATE:
      return 'unsupported certificate'
    case 44:
      return 'certificate revoked'
    case CERTIFICATE_EXPIRED:
      return 'certificate expired'
    case 46:
      return 'certificate unknown'
    case ILLEGAL_PARAMETER:
      return 'illegal parameter'
    case UNKNOWN_CA:
      return 'unknown CA'
    case 49:
      return 'access denied'
    case DECODE_ERROR:
      return 'decode error'
    case DECRYPT_ERROR:
      return 'decrypt error'
    case PROTOCOL_VERSION:
      return 'protocol version not supported'
    case 71:
      return 'insufficient security'
    case 80:
      return 'internal error'
    case 86:
      return 'inappropriate fallback'
    case USER_CANCELED:
      return 'cancelled'
    case NO_RENEGOTIATION:
      return 'no renegotiation'
    case UNSUPPORTED_EXTENSION:
      return 'unsupported extension'
    case UNRECOGNIZED_NAME:
      return 'unrecognized name'
    case 116:
      return 'client certificate required'
    case 120:
      return 'no application protocol'
    default:
      return `alert ${description}`
  }
}
