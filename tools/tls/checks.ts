/** What the table cannot show: sessions, randomness, mutated flights. */
import { connect } from 'node:net'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { Client } from '../../firmware/tls/client'
import { nodePrimitives } from '../node/crypto'
import { random } from '../sim/random'
import type { Faults } from './arithmetic'
import { attempt } from './attempt'
import { authority, leaf } from './authority'
import type { Platform } from './drive'
import { fuzz, replay, type Tally } from './fuzz'
import type { RemoteDevice } from './remote'
import type { Recording } from './requests'
import type { Script } from './script'
import { scriptedServer } from './server'

const HOST = 'broker.example.org'
const OTHER = 'other.example.org'

/** Sessions are resumed; a server that declines is connected to all the same; after a fault the session is dropped. */
export async function checkSessions(platform: Platform): Promise<Faults> {
  const root = await authority('Session Root')
  const stranger = await authority('Session Stranger')
  const broker = await leaf(root, { hosts: [HOST, OTHER] })
  const script: Script = { chain: [broker.der], key: broker.key, resumes: 'always' }
  const server = await scriptedServer(script)
  const faults: Faults = []
  const go = async (
    name: string,
    resumes: Script['resumes'],
    resumed: number,
    words = /CONNACK/,
    to = { host: HOST, anchors: [root.der] },
  ) => {
    script.resumes = resumes
    const outcome = await attempt(platform, to, server.port)
    const told =
      outcome.kind === 'closed' ? outcome.why : outcome.kind === 'connack' ? 'CONNACK' : 'hangs'
    if (!words.test(told)) faults.push(`${name}: ${told}`)
    if (server.resumed !== resumed)
      faults.push(`${name}: ${server.resumed} resumed, not ${resumed}`)
  }
  await go('first', 'always', 0)
  await go('resumed', 'always', 1)
  await go('resumed again', 'always', 2)
  await go('declined', 'never', 2)
  await go('nothing left to resume', 'always', 2)
  await go('resumed with another secret', 'blindly', 3, /altered on its way/)
  await go('dropped after the fault', 'always', 3)
  await go('resumed once more', 'always', 4)
  const more = { host: HOST, anchors: [root.der, stranger.der] }
  await go('not with other anchors', 'always', 4, /CONNACK/, more)
  await go('but with the same others', 'always', 5, /CONNACK/, more)
  await go('not as another host', 'always', 5, /CONNACK/, { ...more, host: OTHER })
  await go('as the first host again', 'always', 5)
  script.isOld = true
  await go(
    'resumed without extended master secret',
    'always',
    6,
    /the server resumes another session/,
  )
  server.close()
  return faults
}

/** What the SDK's generator repeats after 145 draws does not repeat here, and every bit is as often set as not. */
export async function checkRandomness(device: RemoteDevice): Promise<Faults> {
  const faults: Faults = []
  const ones: string[] = []
  for (let i = 0; i < 300; i++) ones.push(await device.draw(1))
  if (new Set(ones.slice(150)).size < 50) faults.push('single bytes repeat')
  const seen = new Set<string>()
  let bits = 0
  for (let i = 0; i < 100; i++) {
    const drawn = await device.draw(400)
    for (let at = 0; at < drawn.length; at += 16) seen.add(drawn.slice(at, at + 16))
    for (const digit of drawn)
      bits += [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4][Number.parseInt(digit, 16)]
  }
  if (seen.size !== 5000) faults.push('eight bytes repeat')
  const share = bits / (100 * 400 * 8)
  if (share < 0.495 || share > 0.505) faults.push(`${share} of the bits are set`)
  console.log(
    `       XS    ${seen.size} draws of 8 bytes differ, ${share.toFixed(4)} of the bits are set`,
  )
  return faults
}

/** What an honest server sends to a client of this seed. */
export async function record(seed: number, key: 'rsa2048' | 'p256'): Promise<Recording> {
  const root = await authority('Fuzz Root')
  const mid = await authority('Fuzz Mid', { issuer: root })
  const broker = await leaf(mid, { key, hosts: [HOST] })
  const server = await scriptedServer({ chain: [broker.der, mid.der], key: broker.key })
  const utc = Date.now()
  const client = clientOf({ seed, host: HOST, anchors: [hex(root.der)], utc, flights: [] })
  const flights: Uint8Array[] = []
  await new Promise<void>((opened) => {
    const socket = connect(server.port, '127.0.0.1')
    const pump = () => {
      for (;;) {
        const output = client.poll(0 as MonotonicMs)
        if (output.kind === 'send') socket.write(output.bytes.slice())
        if (output.kind === 'open') return opened()
        if (output.kind === 'closed') throw new Error(output.why)
        if (output.kind === 'wait' && output.until > 0) return
      }
    }
    socket.on('data', (bytes: Uint8Array) => {
      flights.push(new Uint8Array(bytes))
      client.receive(bytes)
      pump()
    })
    socket.on('connect', pump)
  })
  server.close()
  return { seed, host: HOST, anchors: [hex(root.der)], utc, flights: flights.map(hex) }
}

export function clientOf({ seed, host, anchors, utc }: Recording): Client {
  const entropy = random(seed)
  const expected = {
    host,
    anchors: anchors.map(bytesOf),
    utc: utc as UnixMs,
    until: 1000 as MonotonicMs,
  }
  return new Client({ ...expected, primitives: nodePrimitives(entropy), entropy })
}

export function fuzzOnNode(recording: Recording, seed: number, count: number): Tally {
  const flights = recording.flights.map(bytesOf)
  const honest = replay(clientOf(recording), flights, 1000)
  if (honest.outcome !== 'open') throw new Error(`the recording does not open: ${honest.why}`)
  return fuzz(() => clientOf(recording), flights, random(seed), count)
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
