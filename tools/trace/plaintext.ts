/** What passes between the broker's protocol and TLS, noted at the seam between the two: it runs wherever TLS runs. */
import type { SecureClient, SecureLayer } from '../../firmware/ports/secure'
import type { Direction } from './entry'

export interface PlaintextTap {
  /** TLS is open. */
  opened(): void
  /** `bytes` are valid during the call. */
  bytes(direction: Direction, bytes: Uint8Array): void
  /** TLS ended it, not TCP. */
  closed(why: string): void
}

export function tappedLayer(layer: SecureLayer, tap: PlaintextTap): SecureLayer {
  return { client: (to, utc, until) => tappedClient(layer.client(to, utc, until), tap) }
}

function tappedClient(client: SecureClient, tap: PlaintextTap): SecureClient {
  let hasEnded = false
  return {
    receive: (bytes) => client.receive(bytes),
    write(bytes) {
      tap.bytes('out', bytes)
      client.write(bytes)
    },
    close: () => client.close(),
    ended(why) {
      hasEnded = true
      client.ended(why)
    },
    poll(now) {
      const output = client.poll(now)
      if (output.kind === 'open') tap.opened()
      else if (output.kind === 'bytes') tap.bytes('in', output.bytes)
      else if (output.kind === 'closed' && !hasEnded) tap.closed(output.why)
      return output
    },
  }
}
