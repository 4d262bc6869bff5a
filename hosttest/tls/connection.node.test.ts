/** The device's TLS and TCP on lwIP's sockets: nothing may come back into the platform. */
import { describe, expect, test } from '@jest/globals'
import { connect, log, ring, run, serve, Tcp, TcpSockets, waitUntil } from './lwip'

describe('the end of the peer', () => {
  test('comes with its close_notify: the answer has nowhere to go, and nothing is thrown', () => {
    connect()
    let isLast = false
    serve({
      afterwards: [{ type: 21, bytes: new Uint8Array([1, 0]) }],
      wire: (flight, bytes) => {
        // lwip tells of the end before the bytes that came before it are read.
        isLast = flight === 'finished'
        if (isLast) Tcp.last.ready = false
        return bytes
      },
    })
    Tcp.last.options.onError()
    run()
    expect(isLast).toBe(true)
    expect(log).toEqual(['open', 'closed: the server closed the connection'])
  })

  test('comes in the middle of the handshake: said once', () => {
    connect()
    serve({
      wire: (_flight, bytes) => {
        Tcp.last.ready = false
        return bytes
      },
    })
    Tcp.last.options.onError()
    run()
    expect(log).toEqual(['closed: the connection ended while awaiting ChangeCipherSpec'])
  })

  test('comes before anything: no connection', () => {
    connect()
    run()
    Tcp.last.options.onError()
    run()
    expect(log).toEqual(['closed: no connection to 192.0.2.1'])
  })

  test('comes while it is open; writing then is no exception', () => {
    const stream = connect()
    serve()
    Tcp.last.ready = false
    stream.write(new Uint8Array(10))
    stream.write(new Uint8Array(10))
    Tcp.last.options.onError()
    run()
    stream.write(new Uint8Array(10))
    expect(log).toEqual(['open', 'closed: the connection ended without a close_notify'])
  })
})

test('the platform refuses to connect', () => {
  Tcp.refuses = true
  connect()
  expect(log).toEqual([])
  run()
  expect(log).toEqual(['closed: no connection to 192.0.2.1'])
})

test('a name without an address', () => {
  connect((answer) => answer(undefined, 'no such host'))
  expect(log).toEqual([])
  run()
  expect(log).toEqual(['closed: no such host'])
})

test('a name that is answered too late', () => {
  let late = (_address: string | undefined, _why: string) => {}
  connect((answer) => (late = answer))
  run()
  waitUntil(30_000)
  run()
  expect(log).toEqual(['closed: no address for broker.example.org in time'])
  const { made } = Tcp
  late('192.0.2.1', '')
  run()
  expect(log).toHaveLength(1)
  expect(Tcp.made).toBe(made)
})

test('a peer that takes nothing', () => {
  const stream = connect()
  serve()
  Tcp.last.options.onWritable(0)
  for (let i = 0; i < 9; i++) stream.write(new Uint8Array(1000))
  run()
  expect(log).toEqual(['open', 'closed: the server takes no bytes without a close_notify'])
})

test('what the socket does not take at once goes out later, in order', () => {
  const sent: number[] = []
  const rooms: number[] = []
  const events = {
    onOpen() {},
    onWritable: (room: number) => void rooms.push(room),
    onBytes() {},
    onClosed() {},
  }
  const stream = new TcpSockets().connect('192.0.2.1', 8883, events)
  const { options } = Tcp.last
  Tcp.last.hear = (bytes) => void sent.push(...bytes)
  options.onWritable(2)
  const reused = Uint8Array.of(1, 2, 3)
  expect(stream.write(reused)).toBe(0)
  reused.fill(0)
  expect(stream.write(Uint8Array.of(4, 5))).toBe(0)
  expect(sent).toEqual([1, 2])
  options.onWritable(2)
  expect(sent).toEqual([1, 2, 3, 4])
  expect(rooms).toEqual([2])
  options.onWritable(9)
  expect(sent).toEqual([1, 2, 3, 4, 5])
  // Of more room than there was already nobody is told.
  options.onWritable(20)
  expect(rooms).toEqual([2, 8])
  expect(stream.write(Uint8Array.of(6))).toBe(19)
})

test('what is closed says nothing more', () => {
  const stream = connect()
  serve()
  stream.close()
  stream.close()
  stream.write(new Uint8Array(1))
  run()
  expect(log).toEqual(['open'])
  expect(ring).toBeUndefined()
})
