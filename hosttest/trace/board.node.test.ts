/** The traced board: every use of a port is an entry with its time, and the port works as without a trace. */
import { expect, test } from '@jest/globals'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import type { Board } from '../../firmware/ports/board'
import type { ByteStreamEvents, TcpEvents } from '../../firmware/ports/bytestream'
import { plainLayer } from '../../tools/sim/plain'
import { tracedBoard } from '../../tools/trace/board'
import { type TraceEntry, traceLine } from '../../tools/trace/entry'
import { connack } from '../mqtt/wire'

const BEGIN = Date.UTC(2026, 5, 1, 12, 0, 0, 5) as UnixMs
const LINE = { baud: 9600, parity: 'even', stopBits: 1 } as const

const nobody = { onBytes() {}, onClosed() {} }

/** A board whose ports note what they are asked, and whose events the test calls. */
function scripted() {
  const asked: string[] = []
  const entries: TraceEntry[] = []
  const events: { line?: ByteStreamEvents; broker?: TcpEvents } = {}
  const stream = (name: string) => ({
    write: (bytes: Uint8Array) => void asked.push(`${name} write ${bytes.length}`),
    close: () => void asked.push(`${name} close`),
  })
  let now = BEGIN
  const ports: Partial<Board> = {
    serialLine: {
      open(settings, heard) {
        if (settings.baud === 1) throw new Error('no such speed')
        events.line = heard
        return stream('line')
      },
    },
    secureLayer: plainLayer,
    tcp: {
      connect(_address, _port, heard) {
        events.broker = heard
        const { write, close } = stream('broker')
        return {
          write(bytes) {
            write(bytes)
            return 5744 - bytes.length
          },
          close,
        }
      },
    },
    datagrams: ({ onDatagram }) => ({
      ask: (slot, _localPort, address, port, bytes) => {
        asked.push(`ask ${slot}`)
        onDatagram(slot, bytes, address, port)
      },
      closeSocket: (slot) => void asked.push(`close socket ${slot}`),
    }),
  }
  const board = tracedBoard(ports as Board, {
    utc: () => now++ as UnixMs,
    onEntry: (entry) => entries.push(entry),
  })
  return { board, asked, events, lines: () => entries.map(traceLine), entries }
}

test('the line: opened, closed by itself, opened again and closed', () => {
  const { board, asked, events, lines } = scripted()
  const heard: string[] = []
  const noted = { onBytes: () => heard.push('bytes'), onClosed: (why: string) => heard.push(why) }
  board.serialLine.open(LINE, noted).write(Uint8Array.of(1, 2))
  events.line?.onBytes(Uint8Array.of(3))
  events.line?.onClosed('unplugged')
  board.serialLine.open(LINE, noted).close()
  expect(asked).toEqual(['line write 2', 'line close'])
  expect(heard).toEqual(['bytes', 'unplugged'])
  expect(lines()).toEqual([
    '12:00:00.005  line    out  opens the line at 9600 baud, 8E1',
    '12:00:00.006  line    out  function 2 to unit 1',
    '12:00:00.007  line    in   1 byte that is no answer',
    '12:00:00.008  line    in   closed: unplugged',
    '12:00:00.009  line    out  opens the line at 9600 baud, 8E1',
    '12:00:00.010  line    out  closes the line',
  ])
})

test('a line that cannot be opened still throws', () => {
  const { board, lines } = scripted()
  expect(() => board.serialLine.open({ ...LINE, baud: 1 }, nobody)).toThrow('no such speed')
  expect(lines()).toEqual([
    '12:00:00.005  line    out  opens the line at 1 baud, 8E1',
    '12:00:00.006  line    in   closed: no such speed',
  ])
})

test('the broker: a packet in two pieces is one entry, and its beginning alone another', () => {
  const { board, asked, events, entries } = scripted()
  const heard: string[] = []
  const connection = board.tcp.connect('192.0.2.1', 8883, {
    onOpen: () => heard.push('open'),
    onWritable: (room) => heard.push(`room for ${room}`),
    onBytes: (bytes) => heard.push(`${bytes.length} bytes`),
    onClosed: (why) => heard.push(why),
  })
  events.broker?.onOpen()
  const now = 0 as MonotonicMs
  const client = board.secureLayer.client({ host: 'localhost', port: 8883 }, 0 as UnixMs, now)
  const kinds: string[] = [client.poll(now).kind]
  client.write(Uint8Array.of(0xc0, 0))
  kinds.push(client.poll(now).kind)
  expect(connection.write(Uint8Array.of(1, 2, 3))).toBe(5741)
  events.broker?.onWritable(5744)
  const packet = connack()
  for (const piece of [packet.subarray(0, 1), packet.subarray(1), Uint8Array.of(0xd0)]) {
    events.broker?.onBytes(piece)
    client.receive(piece)
    kinds.push(client.poll(now).kind)
  }
  events.broker?.onClosed('reset')
  client.ended('reset')
  kinds.push(client.poll(now).kind)
  expect(asked).toEqual(['broker write 3'])
  expect(heard).toEqual(['open', 'room for 5744', '1 bytes', '4 bytes', '1 bytes', 'reset'])
  expect(kinds).toEqual(['open', 'send', 'bytes', 'bytes', 'bytes', 'closed'])
  expect(
    entries.map(({ direction, event = '', bytes, words }) => [direction, event, bytes, words]),
  ).toEqual([
    ['out', 'open', '', 'connects to 192.0.2.1:8883'],
    ['in', 'opened', '', 'connected, by TLS'],
    ['out', '', 'c000', 'PINGREQ'],
    ['in', '', '2003000000', 'CONNACK: success (0x00)'],
    ['in', '', 'd0', 'the beginning of a packet'],
    ['in', 'closed', '', 'closed: reset'],
  ])
})

test('what TLS refuses is told in its words, before TCP is closed', () => {
  const { board, entries } = scripted()
  const connection = board.tcp.connect('192.0.2.1', 8883, {
    ...nobody,
    onOpen() {},
    onWritable() {},
  })
  board.plaintext.closed('the certificate has expired')
  connection.close()
  expect(entries.map(({ words }) => words).slice(1)).toEqual([
    'closed: the certificate has expired',
    'closes the connection',
  ])
})

test('datagrams, with the other end', () => {
  const { board, asked, entries } = scripted()
  const datagrams = board.datagrams({ onDatagram: (slot) => asked.push(`datagram ${slot}`) })
  datagrams.ask(2, 50_000, '::1', 123, Uint8Array.of(0x23))
  datagrams.closeSocket(2)
  expect(asked).toEqual(['ask 2', 'datagram 2', 'close socket 2'])
  expect(entries).toEqual([
    {
      time: '2026-06-01T12:00:00.005Z',
      port: 'udp',
      direction: 'out',
      peer: '[::1]:123',
      bytes: '23',
      words: 'asks [::1]:123 for the time, from port 50000',
    },
    expect.objectContaining({ direction: 'in', peer: '[::1]:123' }),
  ])
})
