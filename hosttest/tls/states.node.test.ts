/** The table of states against the client that follows it: each of its transitions happens, and no other. */
import { beforeAll, expect, test } from '@jest/globals'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { Client } from '../../firmware/tls/client'
import type { TlsSession } from '../../firmware/tls/session'
import { STEPS } from '../../firmware/tls/states'
import { nodePrimitives } from '../../tools/node/crypto'
import { random } from '../../tools/sim/random'
import type { Issued } from '../../tools/tls/authority'
import { handshake } from '../../tools/tls/encode'
import type { Script } from '../../tools/tls/script'
import { serveOn } from '../../tools/tls/server'
import { HOST, parties } from './converse'

const NOW = 0 as MonotonicMs
const LATE = 1000 as MonotonicMs

let them: { root: Issued; broker: Issued }
beforeAll(async () => {
  them = await parties()
})

/** How a client is ended, in whatever state it is. */
type End = (client: Client) => void
const ENDS: End[] = [(client) => client.close(), (client) => client.ended('the connection ended')]

/**
 * The transitions of one connection, a byte and a poll at a time so that none is passed over. `endAfter`: how many of
 * them happen before `end`.
 */
function transitions(
  script: Partial<Script>,
  session: TlsSession | undefined,
  sessions: Map<string, Uint8Array>,
  endAfter = Number.POSITIVE_INFINITY,
  end?: End,
): { seen: string[]; session: TlsSession | undefined } {
  const entropy = random(1)
  const client = new Client({
    host: HOST,
    anchors: [them.root.der],
    utc: Date.now() as UnixMs,
    until: LATE,
    primitives: nodePrimitives(entropy),
    entropy,
    session,
  })
  const seen: string[] = []
  let last: string = client.state
  const look = () => {
    if (client.state !== last) seen.push(`${last} -> ${client.state}`)
    last = client.state
  }
  let hear = (_bytes: Uint8Array) => {}
  const arriving: number[] = []
  serveOn(
    {
      on: (_event, listen) => (hear = listen),
      write: (bytes) => arriving.push(...(bytes as Uint8Array)),
      end: () => undefined,
      destroy: () => undefined,
    },
    { chain: [them.broker.der], key: them.broker.key, ...script },
    { received: [], alerts: [], resumed: 0 },
    sessions,
  )
  for (let polls = 0; polls < 10_000; polls++) {
    if (seen.length === endAfter) end?.(client)
    look()
    const output = client.poll(NOW)
    look()
    if (output.kind === 'send') hear(output.bytes.slice())
    if (output.kind !== 'wait' || output.until === NOW) continue
    const byte = arriving.shift()
    if (byte === undefined) break
    client.receive(Uint8Array.of(byte))
  }
  return { seen, session: client.session }
}

test('every transition of the table happens, and no other', () => {
  const request = handshake(13, Uint8Array.of(1, 64, 0, 2, 4, 3, 0, 0))
  const asks: Partial<Script> = {
    alter: (step, message) =>
      step === 'helloDone' ? Uint8Array.of(...request, ...message) : message,
  }
  const all = new Set<string>()
  const note = (script: Partial<Script>, before?: Partial<Script>) => {
    const sessions = new Map<string, Uint8Array>()
    const session = before && transitions(before, undefined, sessions).session
    const { seen } = transitions(script, session, sessions)
    for (let count = 0; count <= seen.length; count++)
      for (const end of ENDS)
        for (const one of transitions(script, session, sessions, count, end).seen) all.add(one)
  }
  note({})
  note(asks)
  note({ resumes: 'always' }, { resumes: 'always' })
  const table = Object.entries(STEPS).flatMap(([state, { next }]) =>
    next.map((one) => `${state} -> ${one}`),
  )
  expect([...all].sort()).toEqual(table.sort())
})
