/** The host is on its network already: joining succeeds at once, names are the host's to resolve. */
import { lookup } from 'node:dns'
import { isIP } from 'node:net'
import type { Network, NetworkEvents, WifiSettings } from '../../firmware/ports/network'

export const hostNetwork: Network = {
  join(_wifi: WifiSettings | undefined, events: NetworkEvents) {
    events.onJoined()
  },
  leave() {},
  resolve(host, onAnswer) {
    if (isIP(host)) return onAnswer(host, '')
    // IPv4 first: many time servers are deaf on the other address.
    lookup(host, { order: 'ipv4first' }, (error, address) =>
      error
        ? onAnswer(undefined, `${host}: ${error.code ?? error.message}`)
        : onAnswer(address, ''),
    )
  },
}

/** As if the host were on Wi-Fi: every name and password works. */
export const simulatedWifi: Network = {
  ...hostNetwork,
  scan(onFound) {
    onFound(
      [
        { ssid: 'simulated-house', signalDbm: -58, isOpen: false },
        { ssid: 'simulated-guests', signalDbm: -71, isOpen: true },
      ],
      '',
    )
  },
}
