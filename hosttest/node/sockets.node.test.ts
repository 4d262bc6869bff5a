/** The ports that need a network, on loopback: what is refused, in which words, and what was sent before. */
import { once } from 'node:events'
import { createServer as createTcpServer, type Server } from 'node:net'
import { createServer, type TLSSocket } from 'node:tls'
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { readPem } from '../../firmware/core/pem'
import type { UnixMs } from '../../firmware/core/time'
import { NodeDatagrams } from '../../tools/node/datagrams'
import { NodeTcp } from '../../tools/node/tcp'
import { type Certificates, makeCertificates } from '../../tools/sim/host/certificates'
import { LoopbackTimeServer } from '../../tools/sim/host/time-server'
import { NodePlatform } from '../../tools/tls/node'

let certificates: Certificates
let server: Server | undefined
let received = ''

beforeAll(async () => {
  certificates = await makeCertificates()
})

afterEach(() => {
  server?.close()
  server = undefined
})

/** A TLS server that notes every byte of what TLS carried, and answers each with `hello`. */
async function listen(
  { certificate, key }: Certificates,
  onConnection: (socket: TLSSocket) => void = (socket) =>
    void socket.on('data', () => socket.write('hello')),
): Promise<number> {
  received = ''
  const tls = createServer({ cert: certificate, key }, (socket) => {
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString()
    })
    socket.on('error', () => {})
    onConnection(socket)
  })
  return open(tls)
}

async function open(listening: Server): Promise<number> {
  server = listening
  listening.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  return (listening.address() as { port: number }).port
}

/** The events of one connection until `last` of them; what is written before it is open must go nowhere. */
function connect(
  to: { host: string; port: number; authority?: string },
  last: 'bytes' | 'closed',
): Promise<string[]> {
  const { host, port, authority } = to
  const anchors = authority === undefined ? undefined : readPem(authority)
  return new Promise((resolve) => {
    const log: string[] = []
    const note = (event: string, detail = '') => {
      log.push(detail ? `${event}: ${detail}` : event)
      if (event !== last) return
      stream.close()
      resolve(log)
    }
    const stream = new NodePlatform().connect({ host, port, anchors }, Date.now() as UnixMs, {
      onOpen: () => {
        note('open')
        stream.write(Buffer.from('a secret'))
      },
      onBytes: (bytes) => note('bytes', Buffer.from(bytes).toString()),
      onClosed: (why) => note('closed', why.replace(`:${port}`, ':PORT')),
    })
    stream.write(Buffer.from('too early'))
  })
}

describe('TLS', () => {
  test.each(['localhost', '127.0.0.1'])(
    'a trusted %s opens, and what was written arrives',
    async (host) => {
      const port = await listen(certificates)
      const { authority } = certificates
      expect(await connect({ host, port, authority }, 'bytes')).toEqual(['open', 'bytes: hello'])
      expect(received).toBe('a secret')
    },
  )

  test.each([
    ['another authority', 'other', 'bad signature of "Wattbeat simulated site" on "localhost"'],
    ["the platform's defaults", undefined, 'unknown issuer "Wattbeat simulated site"'],
  ])('%s is refused, and not a byte is sent', async (_who, authority, why) => {
    const port = await listen(certificates)
    const other = authority && (await makeCertificates()).authority
    expect(await connect({ host: 'localhost', port, authority: other }, 'closed')).toEqual([
      `closed: ${why}`,
    ])
    expect(received).toBe('')
  })

  test("another host's certificate is refused, whoever signed it", async () => {
    const elsewhere = await makeCertificates({ names: ['elsewhere.example'], addresses: [] })
    const port = await listen(elsewhere)
    const { authority } = elsewhere
    expect(await connect({ host: 'localhost', port, authority }, 'closed')).toEqual([
      'closed: host localhost is not in elsewhere.example',
    ])
    expect(received).toBe('')
  })

  test('a server without TLS is refused', async () => {
    const port = await open(createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n')))
    const { authority } = certificates
    const [closed] = await connect({ host: 'localhost', port, authority }, 'closed')
    expect(closed).toBe('closed: this is not TLS')
  })

  test('no server', async () => {
    expect(await connect({ host: '127.0.0.1', port: 1 }, 'closed')).toEqual([
      'closed: no connection to 127.0.0.1: ECONNREFUSED',
    ])
  })

  test('the peer goes: said once, and nothing after it', async () => {
    const port = await listen(certificates, (socket) => socket.end())
    const { authority } = certificates
    expect(await connect({ host: 'localhost', port, authority }, 'closed')).toEqual([
      'open',
      'closed: the server closed the connection',
    ])
  })

  test('the bytes on the wire are counted over all connections, handshakes included', async () => {
    const port = await listen(certificates)
    const secure = new NodePlatform()
    const totals: number[] = []
    for (let i = 0; i < 2; i++) {
      await new Promise<void>((resolve) => {
        const stream = secure.connect(
          { host: 'localhost', port, anchors: readPem(certificates.authority) },
          Date.now() as UnixMs,
          {
            onOpen: () => stream.write(Buffer.from('a secret')),
            onBytes() {
              totals.push(secure.tcp.traffic.inBytes)
              stream.close()
              resolve()
            },
            onClosed() {},
          },
        )
      })
    }
    // A P-256 certificate alone has some 500 bytes; the second connection may resume the first.
    expect(totals[0]).toBeGreaterThan(500)
    expect(totals[1]).toBeGreaterThan(totals[0] + 100)
  })
})

test('TCP says when it is full, and when it has room again', async () => {
  const listening = createTcpServer({ pauseOnConnect: true })
  const port = await open(listening)
  const accepted = once(listening, 'connection')
  const rooms: number[] = []
  let opened = (): void => {}
  let drained = (): void => {}
  const isOpen = new Promise<void>((resolve) => (opened = resolve))
  const hasRoom = new Promise<void>((resolve) => (drained = resolve))
  const stream = new NodeTcp().connect('127.0.0.1', port, {
    onOpen: opened,
    onWritable(room) {
      rooms.push(room)
      drained()
    },
    onBytes() {},
    onClosed: (why) => expect(why).toBe('not closed'),
  })
  await isOpen
  const [peer] = await accepted
  while (stream.write(new Uint8Array(5000)) > 0);
  expect(stream.write(new Uint8Array(1))).toBe(0)
  peer.resume()
  await hasRoom
  expect(rooms).toHaveLength(1)
  expect(rooms[0]).toBeGreaterThan(0)
  stream.close()
})

describe('datagrams', () => {
  test('a question from a port of our choice is answered to its slot; on a closed socket it is not', async () => {
    const timeServer = await LoopbackTimeServer.start()
    const log: [number, number, string, number][] = []
    const datagrams = new NodeDatagrams({
      onDatagram: (slot, bytes, address, port) => log.push([slot, bytes.length, address, port]),
    })
    const request = new Uint8Array(48)
    request[0] = 0x23
    datagrams.ask(1, 0, '127.0.0.1', timeServer.port, request)
    datagrams.ask(2, 0, '127.0.0.1', timeServer.port, request)
    datagrams.closeSocket(2)
    datagrams.ask(3, 0, '127.0.0.1', timeServer.port, request)
    while (log.length < 2) await new Promise((resolve) => setImmediate(resolve))
    for (const slot of [1, 3]) datagrams.closeSocket(slot)
    const { port, answered } = timeServer
    timeServer.stop()
    expect(answered).toBe(2)
    expect(log.map(([slot]) => slot).sort()).toEqual([1, 3])
    expect(log[0].slice(1)).toEqual([48, '127.0.0.1', port])
  })

  test('a port that is taken is a question without answer, not an error', async () => {
    const timeServer = await LoopbackTimeServer.start()
    const datagrams = new NodeDatagrams({ onDatagram() {} })
    datagrams.ask(0, timeServer.port, '127.0.0.1', timeServer.port, new Uint8Array(48))
    await new Promise((resolve) => setImmediate(resolve))
    datagrams.closeSocket(0)
    timeServer.stop()
  })
})
