/** What the firmware makes of valid settings: addresses and trust anchors. */
import { readPem } from '../core/pem'
import { hostAndPort } from './formats'
import type { Settings } from './schema'

interface HostAndPort {
  host: string
  port: number
}

const BROKERS = {
  // docs/platform.md.
  production: 'mqtt.powernaut.io',
  sandbox: 'mqtt.sandbox.powernaut.io',
}

export function brokerAddress(settings: Settings): HostAndPort & { anchors?: Uint8Array[] } {
  const { environment, broker = '', ca } = settings
  const at =
    environment === 'custom'
      ? (hostAndPort(broker.slice('mqtts://'.length), 8883) as HostAndPort)
      : { host: BROKERS[environment], port: 8883 }
  // Without any a broker is refused: one that cannot be read must not mean the built-in ones.
  return ca === undefined ? at : { ...at, anchors: readPem(ca) ?? [] }
}

export function timeServers(settings: Settings): HostAndPort[] {
  return settings.timeServers.map((text) => hostAndPort(text, 123) as HostAndPort)
}
