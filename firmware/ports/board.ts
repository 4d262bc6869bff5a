/** All that the firmware asks of a platform. Only a composition root makes one. */
import type { Entropy } from '../core/entropy'
import type { ChannelPrimitives } from '../crypto/primitives'
import type { SerialLine, TcpConnector } from './bytestream'
import type { Cable } from './cable'
import type { Alarm, Clock } from './clock'
import type { DatagramEvents, DatagramExchange } from './datagram'
import type { Network } from './network'
import type { Button, Led } from './panel'
import type { Radio } from './radio'
import type { SecureLayer } from './secure'
import type { Store } from './store'
import type { System } from './system'

export interface Board {
  clock: Clock
  alarm: Alarm
  serialLine: SerialLine
  tcp: TcpConnector
  secureLayer: SecureLayer
  datagrams(events: DatagramEvents): DatagramExchange
  network: Network
  store: Store
  entropy: Entropy
  system: System
  led?: Led | undefined
  button?: Button | undefined
  cable?: Cable | undefined
  /** Not beside TLS: dongle/errand.ts. */
  radio?: Radio | undefined
  /** For the secure channel of an installer; without them there is none. */
  primitives?: ChannelPrimitives | undefined
}
