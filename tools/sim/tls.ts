/** TLS on the simulated network, truly played: the firmware's client against the honest half of the scripted server. */
import type { UnixMs } from '../../firmware/core/time'
import type { ByteStream } from '../../firmware/ports/bytestream'
import { authority, type Issued, leaf, pem } from '../tls/authority'
import type { Script } from '../tls/script'
import { serveOn } from '../tls/server'
import type { Peer } from './conditions'
import type { Accept, ServerEnd } from './network/stream'

const DAY_MS = 86_400_000

/** The broker's certificate, and what came of it. */
export interface SimulatedTls {
  /** The authority that the site's settings trust, as PEM. */
  readonly authority: string
  /** What answers at the broker's address, with the secrets of its sessions. */
  server: TlsServer
  /** What it shows after a renewal. */
  renewed: TlsServer
  /** The same broker, whose certificate was not renewed, and another with a certificate for its name. */
  expired: TlsServer
  impostor: TlsServer
  handshakes: number
  resumed: number
}

type TlsServer = Pick<Script, 'chain' | 'key'> & { sessions: Map<string, Uint8Array> }

/** Valid from a year before `begin`, for eleven. `lasts`: the broker's own first certificate, in days from `begin`. */
export async function simulateTls(
  host: string,
  begin: UnixMs,
  lasts?: [number, number],
): Promise<SimulatedTls> {
  const age = (begin - Date.now()) / DAY_MS
  const days: [number, number] = [age - 365, age + 3650]
  const root = await authority('Simulated authority', { days })
  const other = await authority('Another authority', { days })
  const serverOf = async (issuer: Issued, valid: [number, number]): Promise<TlsServer> => {
    const { der, key } = await leaf(issuer, { hosts: [host], days: valid })
    return { chain: [der], key, sessions: new Map() }
  }
  return {
    authority: pem(root),
    server: await serverOf(root, lasts ? [age + lasts[0], age + lasts[1]] : days),
    renewed: await serverOf(root, days),
    expired: await serverOf(root, [age - 365, age - 1]),
    impostor: await serverOf(other, days),
    handshakes: 0,
    resumed: 0,
  }
}

/** A broker that takes streams, behind TLS. It hears of a stream when the handshake is over. */
export function overTls(tls: SimulatedTls, accept: Accept, peer: Peer = 'broker'): Accept {
  return (end) => {
    const { sessions, ...identity } =
      peer === 'expired' || peer === 'impostor' ? tls[peer] : tls.server
    const told = { received: [] as Uint8Array[], alerts: [], resumed: 0 }
    let hear = (_bytes: Uint8Array): void => {}
    let lastAt = 0
    let application: ReturnType<Accept> | undefined
    const write = peer === 'stalls' ? firstBytes(end) : (bytes: Uint8Array) => end.write(bytes)
    serveOn(
      { on: (_event, listen) => (hear = listen), write, end: end.close, destroy: end.close },
      { ...identity, resumes: 'always' },
      told,
      sessions,
      {
        onOpen(stream) {
          tls.handshakes++
          tls.resumed += told.resumed
          application = accept(plainEnd(end, stream))
        },
        onBytes(bytes) {
          told.received.length = 0
          application?.onBytes(bytes, lastAt)
        },
      },
    )
    return {
      onBytes(bytes, sentAt) {
        lastAt = sentAt
        hear(bytes)
      },
      onClosed: () => application?.onClosed(),
    }
  }
}

/** Its first bytes go out, and then nothing more. */
function firstBytes(end: ServerEnd): (bytes: Uint8Array) => void {
  let isFirst = true
  return (bytes) => {
    if (isFirst) end.write(bytes.subarray(0, bytes.length >> 1))
    isFirst = false
  }
}

function plainEnd(end: ServerEnd, stream: ByteStream): ServerEnd {
  return {
    write: (bytes) => stream.write(bytes),
    close: () => stream.close(),
    sever: () => end.sever(),
  }
}
