/** Enhanced authentication: one method, whose data go from the caller to the server and back. MQTT 5.0, 4.12. */
import { FOREVER, type MonotonicMs } from '../../core/time'
import type { MqttOutput } from '../output'
import { CONTINUE_AUTHENTICATION, PROTOCOL_ERROR, REAUTHENTICATE } from '../packet/codes'
import { authenticationDataFault, type DisconnectOrAuth } from '../packet/connect'
import type { Properties } from '../packet/properties'
import { type Illegal, illegal } from '../packet/reason'

export class Authentication {
  readonly method: string
  /** CONNACK has not come. */
  #handshaking = true
  /** The server has asked, and waits for the caller's answer. */
  #challenged = false
  /** When the last AUTH was sent that has no answer yet. */
  #askedAt: MonotonicMs = FOREVER

  constructor(method: string) {
    this.method = method
  }

  get unansweredSince(): MonotonicMs {
    return this.#askedAt
  }

  receive({ reason, properties }: DisconnectOrAuth): MqttOutput | Illegal {
    const finished = reason !== CONTINUE_AUTHENTICATION
    if (!this.#handshaking && this.#askedAt === FOREVER)
      return illegal(PROTOCOL_ERROR, 'an AUTH that nothing asked for')
    if (!this.#isOurs(properties)) return illegal(PROTOCOL_ERROR, 'an AUTH of another method')
    if (finished && this.#handshaking)
      return illegal(PROTOCOL_ERROR, 'an AUTH that ends a handshake in place of CONNACK')
    this.#askedAt = FOREVER
    this.#challenged = !finished
    return { kind: finished ? 'authenticated' : 'challenge', data: properties?.authenticationData }
  }

  /** A CONNACK that accepts, with these properties. */
  accepted(properties: Properties | undefined): MqttOutput | Illegal {
    if (!this.#isOurs(properties))
      return illegal(PROTOCOL_ERROR, 'a CONNACK of another authentication method')
    this.#handshaking = false
    this.#challenged = false
    this.#askedAt = FOREVER
    return { kind: 'authenticated', data: properties?.authenticationData }
  }

  /** Why no AUTH with these data may be sent now, in words; undefined if one may. */
  rejection(data: Uint8Array | undefined): string | undefined {
    if (this.#handshaking && !this.#challenged) return 'the server has asked nothing'
    if (!this.#handshaking && this.#askedAt < FOREVER) return 'an authentication is under way'
    return authenticationDataFault(data)
  }

  /** For the next AUTH: the answer to a challenge, or else the wish to authenticate anew (4.12.1). */
  get reason(): number {
    return this.#challenged ? CONTINUE_AUTHENTICATION : REAUTHENTICATE
  }

  /** An AUTH was written. */
  asked(now: MonotonicMs): void {
    this.#askedAt = now
    this.#challenged = false
  }

  #isOurs(properties: Properties | undefined): boolean {
    return properties?.authenticationMethod === this.method
  }
}
