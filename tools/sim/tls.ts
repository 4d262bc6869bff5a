/** TLS on the simulated network, truly played: the firmware's client against the honest half of the scripted server. */
import type { UnixMs } from '../../firmware/core/time'
import type { ByteStream } from '../../firmware/ports/bytestream'
import { authority, leaf, pem } from '../tls/authority'
import type { Script } from '../tls/script'
import { serveOn } from '../tls/server'
import type { Accept, ServerEnd } from './network/stream'

const DAY_MS = 86_400_000

/** The broker's certificate, and what came of it. */
export interface SimulatedTls {
  /** The authority that the site's settings trust, as PEM. */
  readonly authority: string
  /** What answers at the broker's address, with the secrets of its sessions. */
  server: Pick<Script, 'chain' | 'key'> & { sessions: Map<string, Uint8Array> }
  handshakes: number
  resumed: number
}

/** Valid from a year before `begin`, for eleven. */
export async function simulateTls(host: string, begin: UnixMs): Promise<SimulatedTls> {
  const age = (begin - Date.now()) / DAY_MS
  const days: [number, number] = [age - 365, age + 3650]
  const root = await authority('Simulated authority', { days })
  const broker = await leaf(root, { hosts: [host], days })
  const server = { chain: [broker.der], key: broker.key, sessions: new Map<string, Uint8Array>() }
  return { authority: pem(root), server, handshakes: 0, resumed: 0 }
}

/** A broker that takes streams, behind TLS. It hears of a stream when the handshake is over. */
export function overTls(tls: SimulatedTls, accept: Accept): Accept {
  return (end) => {
    const { sessions, ...identity } = tls.server
    const told = { received: [] as Uint8Array[], alerts: [], resumed: 0 }
    let hear = (_bytes: Uint8Array): void => {}
    let lastAt = 0
    let broker: ReturnType<Accept> | undefined
    serveOn(
      {
        on: (_event, listen) => (hear = listen),
        write: (bytes) => end.write(bytes),
        end: () => end.close(),
        destroy: () => end.close(),
      },
      { ...identity, resumes: 'always' },
      told,
      sessions,
      {
        onOpen(stream) {
          tls.handshakes++
          tls.resumed += told.resumed
          broker = accept(plainEnd(end, stream))
        },
        onBytes(bytes) {
          told.received.length = 0
          broker?.onBytes(bytes, lastAt)
        },
      },
    )
    return {
      onBytes(bytes, sentAt) {
        lastAt = sentAt
        hear(bytes)
      },
      onClosed: () => broker?.onClosed(),
    }
  }
}

function plainEnd(end: ServerEnd, stream: ByteStream): ServerEnd {
  return {
    write: (bytes) => stream.write(bytes),
    close: () => stream.close(),
    sever: () => end.sever(),
  }
}
