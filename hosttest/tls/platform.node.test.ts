/** The firmware's TLS on Node over real sockets: what is refused, in which words, and that nothing was sent before. */
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { attempt } from '../../tools/tls/attempt'
import type { Issued } from '../../tools/tls/authority'
import { NodePlatform } from '../../tools/tls/node'
import type { Script, ScriptedServer } from '../../tools/tls/script'
import { scriptedServer } from '../../tools/tls/server'
import { HOST, parties } from './converse'

let them: { root: Issued; broker: Issued }
let server: ScriptedServer | undefined

beforeAll(async () => {
  them = await parties()
})
afterEach(() => server?.close())

const node = new NodePlatform({
  network: { resolve: (_host, onAnswer) => onAnswer('127.0.0.1', '') },
})

async function ask(script: Partial<Script>): Promise<string> {
  server = await scriptedServer({ chain: [them.broker.der], key: them.broker.key, ...script })
  const outcome = await attempt(node, { host: HOST, anchors: [them.root.der] }, server.port)
  return outcome.kind === 'closed' ? outcome.why : outcome.kind
}

test('an honest server is connected to', async () => {
  expect(await ask({})).toBe('connack')
})

describe('refused before a byte of ours is sent', () => {
  test.each<[string, Partial<Script>, string]>([
    [
      'a compressed point',
      { point: (point) => new Uint8Array([2 + (point[64] & 1), ...point.slice(1, 33)]) },
      'the server sent no point of P-256',
    ],
    [
      'a HelloRequest',
      {
        wire: (flight, bytes) =>
          flight === 'hello' ? new Uint8Array([22, 3, 3, 0, 4, 0, 0, 0, 0, ...bytes]) : bytes,
      },
      'HelloRequest instead of ServerHello',
    ],
    [
      'a Finished of another secret',
      {
        alter: (step, message) =>
          step === 'finished' ? message.with(15, message[15] ^ 1) : message,
      },
      "the server's Finished does not match",
    ],
    [
      'an altered record',
      {
        wire: (flight, bytes) =>
          flight === 'finished' ? bytes.with(bytes.length - 1, bytes[bytes.length - 1] ^ 1) : bytes,
      },
      'a record was altered on its way',
    ],
    ['a cut', { cutAfter: 100 }, 'the connection ended while awaiting Certificate'],
  ])('%s', async (_name, script, why) => {
    expect(await ask(script)).toBe(why)
    expect(server?.received).toEqual([])
  })

  test('seven certificates', async () => {
    const chain = [them.broker, ...Array.from({ length: 6 }, () => them.root)]
    expect(await ask({ chain: chain.map(({ der }) => der) })).toBe(
      'the server sends more than 6 certificates',
    )
    expect(server?.received).toEqual([])
  })
})

test('renegotiation ends it', async () => {
  const afterwards = [{ type: 22, bytes: new Uint8Array([0, 0, 0, 0]) }]
  expect(await ask({ afterwards })).toBe('the server wants to renegotiate')
})

test('messages in many records', async () => {
  expect(await ask({ fragment: 7 })).toBe('connack')
})
