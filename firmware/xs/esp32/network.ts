/** Wi-Fi as a station (embedded:network/interface/wifi); names by lwIP with the servers that DHCP gave. */
import WiFi from 'embedded:network/interface/wifi'
import Net from 'net'
import Timer from 'timer'
import type { Network, NetworkEvents, WifiSettings } from '../../ports/network'
import { isAddress } from '../address'

/** A disconnect is reported late, to the listener of that moment: a new attempt waits until it has been. */
const SETTLE_MS = 500
/** ECMA-419 connection states: an access point, and an address. */
const ASSOCIATED = 400
const ADDRESSED = 500

export class DeviceNetwork implements Network {
  #wifi: WiFi | undefined
  #settling: Timer | undefined

  join(settings: WifiSettings | undefined, events: NetworkEvents): void {
    this.leave()
    this.#settling = Timer.set(() => {
      this.#settling = undefined
      try {
        this.#wifi = this.#connect(settings, events)
      } catch (e) {
        events.onLost(e instanceof Error ? e.message : String(e))
      }
    }, SETTLE_MS)
  }

  leave(): void {
    Timer.clear(this.#settling)
    this.#settling = undefined
    this.#wifi?.disconnect()
    this.#wifi?.close()
    this.#wifi = undefined
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
    const wifi = new WiFi({
      onChanged: () => {
        if (wifi !== this.#wifi) return
        const { connection } = wifi
        if (connection >= ADDRESSED) {
          if (!joined) events.onJoined()
          joined = true
        } else if (connection < ASSOCIATED) {
          joined = false
          events.onLost('no access point takes us: wrong name, wrong password or out of reach')
        } else if (joined) {
          // Still associated. Whether the address comes back by itself or by joining again, that is a joined network.
          joined = false
          events.onLost('the network took our address away')
        }
      },
    })
    wifi.connect({ SSID: settings.ssid, password: settings.password })
    return wifi
  }
}
