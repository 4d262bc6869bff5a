/** OpenSSL by node:tls, held to the device's rules as far as it can be: a second opinion on each case of the table. */
import { constants } from 'node:crypto'
import { isIP } from 'node:net'
import { connect } from 'node:tls'
import type { UnixMs } from '../../firmware/core/time'
import type { BrokerAddress, ByteStream, ConnectionEvents } from '../../firmware/ports/bytestream'
import type { Platform } from './drive'

export class OpenSsl implements Platform {
  readonly #openMs: number

  constructor({ openMs }: { openMs: number }) {
    this.#openMs = openMs
  }

  connect(
    { host, port, anchors }: BrokerAddress,
    _utc: UnixMs,
    events: ConnectionEvents,
  ): ByteStream {
    let isOver = false
    const end = (why: string) => {
      if (isOver) return
      isOver = true
      clearTimeout(deadline)
      socket.destroy()
      events.onClosed(why)
    }
    const socket = connect({
      host,
      port,
      lookup: (_host, options, callback) =>
        options.all
          ? callback(null, [{ address: '127.0.0.1', family: 4 }])
          : callback(null, '127.0.0.1', 4),
      // RFC 6066, 3: an address is no server name.
      servername: isIP(host) ? undefined : host,
      ca: anchors?.map(pem),
      // An anchor is what the installer trusts, not only what signed itself.
      allowPartialTrustChain: true,
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256',
      ecdhCurve: 'prime256v1',
      sigalgs: 'ECDSA+SHA256:RSA+SHA256',
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
    })
    const deadline = setTimeout(() => end('no handshake in time'), this.#openMs)
    socket.on('secureConnect', () => {
      clearTimeout(deadline)
      events.onOpen()
    })
    socket.on('data', (bytes) => {
      if (!isOver) events.onBytes(bytes)
    })
    socket.on('error', (error) => end(error.message))
    socket.on('close', () => end('the connection ended'))
    return {
      write: (bytes) => void socket.write(bytes.slice()),
      close() {
        isOver = true
        clearTimeout(deadline)
        socket.destroySoon()
      },
    }
  }
}

function pem(der: Uint8Array): string {
  const base64 = Buffer.from(der).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
}
