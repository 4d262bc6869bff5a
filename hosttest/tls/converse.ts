/** The client machine and the scripted server, mouth to ear and in virtual time. */
import { randomFillSync } from 'node:crypto'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import type { Primitives } from '../../firmware/crypto/primitives'
import { Client } from '../../firmware/tls/client'
import type { TlsSession } from '../../firmware/tls/session'
import { nodePrimitives } from '../../tools/node/crypto'
import { authority, type CertificateOptions, type Issued, leaf } from '../../tools/tls/authority'
import type { Script } from '../../tools/tls/script'
import { serveOn } from '../../tools/tls/server'

export const HOST = 'broker.example.org'
const entropy = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }

export class Conversation {
  readonly client: Client
  /** What came of it, in order: 'open', 'closed: …'. */
  readonly log: string[] = []
  readonly told = {
    received: [] as Uint8Array[],
    alerts: [] as [number, number][],
    resumed: 0,
  }
  /** What may resume the next connection. */
  get session(): TlsSession | undefined {
    return this.client.session
  }

  /** To the client, past the server's keys. */
  readonly say: (bytes: Uint8Array) => void

  constructor(
    { root, broker }: { root: Issued; broker: Issued },
    script: Partial<Script> = {},
    { session, utc = Date.now() }: { session?: TlsSession; utc?: number } = {},
    sessions?: Map<string, Uint8Array>,
    primitives: Primitives = nodePrimitives(entropy),
  ) {
    const expected = {
      host: HOST,
      anchors: [root.der],
      utc: utc as UnixMs,
      until: 1000 as MonotonicMs,
    }
    this.client = new Client({ ...expected, session, primitives, entropy })
    let hear = (_bytes: Uint8Array) => {}
    const toClient: Uint8Array[] = []
    let isDraining = false
    const drain = () => {
      if (isDraining) return
      isDraining = true
      for (;;) {
        const output = this.client.poll(0 as MonotonicMs)
        if (output.kind === 'send') hear(output.bytes.slice())
        else if (output.kind === 'open') this.log.push('open')
        else if (output.kind === 'closed') this.log.push(`closed: ${output.why}`)
        else if (output.kind === 'wait' && output.until > 0) {
          const next = toClient.shift()
          if (!next) break
          this.client.receive(next)
        }
      }
      isDraining = false
    }
    this.say = (bytes) => {
      toClient.push(bytes.slice())
      drain()
    }
    serveOn(
      {
        on: (_event, listen) => (hear = listen),
        write: (bytes) => this.say(bytes),
        end: () => undefined,
        destroy: () => undefined,
      },
      { chain: [broker.der], key: broker.key, ...script },
      this.told,
      sessions,
    )
    drain()
  }
}

export async function parties(
  options: Partial<CertificateOptions> = {},
): Promise<{ root: Issued; broker: Issued }> {
  const root = await authority('Root')
  return { root, broker: await leaf(root, { hosts: [HOST], ...options }) }
}
