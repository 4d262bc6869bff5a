/** What causes each change between the states of an MQTT client, in words: for the diagram, not for the flash. */
import type { MQTT_TRANSITIONS } from '../../firmware/mqtt/states'

type StateName = keyof typeof MQTT_TRANSITIONS

/** By a state and the one that may follow it. A test holds it against the firmware's table. */
export const MQTT_CAUSES: {
  readonly [from in StateName]: { readonly [to in StateName]?: string }
} = {
  stopped: { backoff: 'start' },
  backoff: {
    backoff: 'the network is back',
    opening: 'the backoff is over',
    stopped: 'stop',
  },
  opening: {
    connecting: 'the transport is open',
    backoff: 'the transport failed',
    closing: 'too late, or stop',
  },
  connecting: {
    connected: 'CONNACK accepts',
    backoff: 'the transport ended',
    closing: 'refused, an illegal packet, too late, or stop',
  },
  connected: {
    backoff: 'the transport ended',
    closing: 'DISCONNECT, an illegal packet, no answer, or stop',
  },
  closing: {
    closing: 'start or stop',
    backoff: 'the transport is closed',
    stopped: 'the transport is closed after stop',
  },
}
