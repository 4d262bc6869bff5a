/** Wi-Fi as a station (embedded:network/interface/wifi); names by lwIP with the servers that DHCP gave. */
import WiFi from 'embedded:network/interface/wifi'
import Net from 'net'
import Timer from 'timer'
import type { Network, NetworkEvents, WifiNetwork, WifiSettings } from '../../ports/network'
import { isAddress } from '../address'

/** A disconnect is reported late, to the listener of that moment: a new attempt waits until it has been. */
const SETTLE_MS = 500
/** ECMA-419 connection state: an access point. */
const ASSOCIATED = 400
/** The SDK tells of an address once there is an IPv6 one as well, some two seconds later. IPv4 is all that is used. */
const ADDRESS_POLL_MS = 100
/** Of a scan. */
const MAX_FOUND = 64

export class DeviceNetwork implements Network {
  #wifi: WiFi | undefined
  /** There may be a disconnect of an earlier attempt to be reported. */
  #hasLeft = false
  #settling: Timer | undefined
  #polling: Timer | undefined

  join(settings: WifiSettings | undefined, events: NetworkEvents): void {
    this.leave()
    this.#settling = Timer.set(
      () => {
        this.#settling = undefined
        try {
          this.#wifi = this.#connect(settings, events)
        } catch (e) {
          events.onLost(e instanceof Error ? e.message : String(e))
        }
      },
      this.#hasLeft ? SETTLE_MS : 0,
    )
  }

  leave(): void {
    Timer.clear(this.#settling)
    this.#settling = undefined
    this.#stopPolling()
    if (this.#wifi) this.#hasLeft = true
    this.#wifi?.disconnect()
    this.#wifi?.close()
    this.#wifi = undefined
  }

  /** Beside the station's own object, which goes on. */
  scan(onFound: (networks: WifiNetwork[] | undefined, why: string) => void): void {
    const found: WifiNetwork[] = []
    const wifi = new WiFi({})
    const end = (why: string) => {
      wifi.close()
      onFound(why ? undefined : found, why)
    }
    try {
      wifi.scan({
        onFound(network) {
          const { SSID, RSSI } = network
          // The SDK's own typings do not know it.
          const { security } = network as { security?: string }
          // A crowd of them is more than a reply holds.
          if (found.length < MAX_FOUND)
            found.push({ ssid: SSID, signalDbm: RSSI, isOpen: security === 'none' })
        },
        onComplete: () => end(''),
      })
    } catch (e) {
      end(e instanceof Error ? e.message : String(e))
    }
  }

  get signalDbm(): number | undefined {
    return this.#wifi?.RSSI
  }

  resolve(host: string, onAnswer: (address: string | undefined, why: string) => void): void {
    if (isAddress(host)) Timer.set(() => onAnswer(host, ''))
    else
      Net.resolve(host, (_, address) => onAnswer(address, address ? '' : `no address for ${host}`))
  }

  #connect(settings: WifiSettings | undefined, events: NetworkEvents): WiFi {
    if (!settings) throw new Error('no Wi-Fi settings')
    let joined = false
    const look = () => {
      if (wifi !== this.#wifi) return
      const wasJoined = joined
      const isAssociated = wifi.connection >= ASSOCIATED
      joined = isAssociated && isAddress(wifi.address ?? '')
      if (joined || !isAssociated) this.#stopPolling()
      else this.#polling ??= Timer.repeat(look, ADDRESS_POLL_MS)
      if (!isAssociated)
        events.onLost('no access point takes us: wrong name, wrong password or out of reach')
      else if (joined && !wasJoined) events.onJoined()
      // Still associated. Whether the address comes back by itself or by joining again, that is a joined network.
      else if (wasJoined && !joined) events.onLost('the network took our address away')
    }
    const wifi = new WiFi({ onChanged: look })
    wifi.connect({ SSID: settings.ssid, password: settings.password })
    return wifi
  }

  #stopPolling(): void {
    Timer.clear(this.#polling)
    this.#polling = undefined
  }
}
