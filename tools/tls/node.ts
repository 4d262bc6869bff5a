/** The firmware's TLS on Node, with its TCP and its timers: what the virtual dongle connects with. */

import type { UnixMs } from '../../firmware/core/time'
import { SecureConnection } from '../../firmware/dongle/secure'
import type { BrokerAddress, ByteStream, ConnectionEvents } from '../../firmware/ports/bytestream'
import type { Network } from '../../firmware/ports/network'
import { NodeAlarm, nodeClock } from '../node/clock'
import { hostNetwork } from '../node/network'
import { NodeTcp } from '../node/tcp'
import { nodeTlsLayer } from '../node/tls/layer'
import { Drive, type Platform } from './drive'

export class NodePlatform implements Platform {
  readonly tcp = new NodeTcp()
  readonly #layer = nodeTlsLayer()
  readonly #network: Pick<Network, 'resolve'>
  readonly #openMs: number | undefined

  constructor(options: { network?: Pick<Network, 'resolve'>; openMs?: number } = {}) {
    this.#network = options.network ?? hostNetwork
    this.#openMs = options.openMs
  }

  connect(to: BrokerAddress, utc: UnixMs, events: ConnectionEvents): ByteStream {
    const machine = new SecureConnection({ layer: this.#layer, openMs: this.#openMs })
    const ports = {
      tcp: this.tcp,
      network: this.#network,
      clock: nodeClock,
      alarm: new NodeAlarm(),
    }
    const drive = new Drive(machine, ports, events)
    drive.open(to, utc)
    return drive
  }
}
