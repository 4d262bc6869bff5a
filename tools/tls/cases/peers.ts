/** Servers of another kind, and peers that are none. */
import type { Socket } from 'node:net'
import { handshake } from '../encode'
import { openssl, raw } from '../serve'
import { type Case, type Parties, rows } from './case'

export function badPeers(parties: Parties): Case[] {
  const { mid, broker, rsaBroker } = parties
  const { all, add } = rows(parties)
  add('TLS 1.1 only', /the server says: handshake failure/, () =>
    openssl([rsaBroker], ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0']),
  )
  add('TLS 1.3 only', /the server says: protocol version not supported/, () =>
    openssl([broker, mid], ['-tls1_3']),
  )
  add('weak suite only', /the server says: handshake failure/, () =>
    openssl([rsaBroker], ['-tls1_2', '-cipher', 'AES128-SHA']),
  )
  add('server demands a certificate of ours', /the server says: handshake failure/, () =>
    openssl([broker, mid], ['-Verify', '1', '-verify_return_error']),
  )
  add('silent server', /no handshake in time, awaiting ServerHello/, () => raw(() => undefined))
  add('server that hangs up', /the connection ended while awaiting ServerHello/, () =>
    raw((socket) => socket.on('data', () => socket.end())),
  )
  // It is open for so short a time that the platform may not notice.
  add(
    'server that hangs up at once',
    /the connection ended while awaiting ServerHello|no connection to 127\.0\.0\.1/,
    () => raw((socket) => socket.end()),
  )
  add('no server', /no connection to 127\.0\.0\.1/, async () => ({
    ...(await raw(() => undefined)),
    port: 9,
  }))
  add('plain HTTP', /this is not TLS/, () =>
    raw((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
  )
  add('one byte a second', /no handshake in time, awaiting ServerHello/, () =>
    raw((socket) => {
      socket.write(new Uint8Array([22, 3, 3, 8, 0, 2, 0, 7, 0]))
      drip(socket, 1000, new Uint8Array(1))
    }),
  )
  add('endless handshake', /ServerHello instead of Certificate/, () =>
    raw((socket) => {
      const first = hello()
      socket.write(first)
      drip(socket, 1, first)
    }),
  )
  add('endless warnings', /does not end/, () =>
    raw((socket) =>
      drip(
        socket,
        0,
        new Uint8Array(1400).map((_, i) => [21, 3, 3, 0, 2, 1, 112][i % 7]),
      ),
    ),
  )
  add('certificate message of 1 MB', /Certificate of 1000000 bytes/, () =>
    raw((socket) => {
      socket.write(hello())
      socket.write(new Uint8Array([22, 3, 3, 0x40, 0, 11, 0x0f, 0x42, 0x40]))
      drip(socket, 0, new Uint8Array(4096))
    }),
  )
  return all
}

/** A ServerHello in its record. */
function hello(): Uint8Array {
  const random = new Uint8Array(32)
  // No session, ECDHE-ECDSA, no compression, renegotiation_info.
  const body = new Uint8Array([3, 3, ...random, 0, 0xc0, 0x2b, 0, 0, 5, 0xff, 1, 0, 1, 0])
  const message = handshake(2, body)
  return new Uint8Array([22, 3, 3, 0, message.length, ...message])
}

function drip(socket: Socket, everyMs: number, bytes: Uint8Array): void {
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer)
    else if (socket.writableLength < 65_536) socket.write(bytes)
  }, everyMs)
  socket.on('close', () => clearInterval(timer))
}
