/** The simulator's network is the host's: joined as soon as asked. */
import Net from 'net'
import Timer from 'timer'
import type { Network, NetworkEvents, WifiSettings } from '../../ports/network'
import { isAddress } from '../address'

export class DeviceNetwork implements Network {
  join(_wifi: WifiSettings | undefined, events: NetworkEvents): void {
    Timer.set(() => events.onJoined())
  }

  leave(): void {}

  resolve(host: string, onAnswer: (address: string | undefined, why: string) => void): void {
    if (isAddress(host)) Timer.set(() => onAnswer(host, ''))
    // Net asks DNS alone, which need not know this name (RFC 6761, 6.3).
    else if (host === 'localhost') Timer.set(() => onAnswer('127.0.0.1', ''))
    else
      Net.resolve(host, (_, address) => onAnswer(address, address ? '' : `no address for ${host}`))
  }
}
