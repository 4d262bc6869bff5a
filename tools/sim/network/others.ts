/** What a dongle may meet at the end of TCP in place of its broker. Nothing but a handshake may be heard there. */
import { utf8 } from '../../../firmware/core/bytes'
import type { Peer } from '../conditions'
import { overTls, type SimulatedTls } from '../tls'
import type { Accept } from './stream'

interface OthersOptions {
  /** If it is played. */
  tls: SimulatedTls | undefined
  /** All that the dongle sent; `believed`: it took what it met for its broker. */
  onHeard(bytes: Uint8Array, believed: boolean): void
}

const HANDSHAKE_FAILURE = Uint8Array.of(21, 3, 3, 0, 2, 2, 40)
const GARBAGE = Uint8Array.of(0xff, 0x00, 0x16, 0x03, 0x40, 0x80, 0x00, 0x07)
const REDIRECT = utf8(
  'HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\nContent-Length: 0\r\n\r\n',
)

export function acceptAs(peer: Exclude<Peer, 'broker'>, { tls, onHeard }: OthersOptions): Accept {
  const believed: Accept = () => ({ onBytes: (bytes) => onHeard(bytes, true), onClosed() {} })
  if (!tls) return believed
  return (end) => {
    const isServer = peer === 'stalls' || peer === 'expired' || peer === 'impostor'
    const server = isServer ? overTls(tls, believed, peer)(end) : undefined
    return {
      onBytes(bytes, sentAt) {
        onHeard(bytes, false)
        if (server) return server.onBytes(bytes, sentAt)
        end.write(peer === 'alert' ? HANDSHAKE_FAILURE : peer === 'portal' ? REDIRECT : GARBAGE)
        end.close()
      },
      onClosed: () => server?.onClosed(),
    }
  }
}
