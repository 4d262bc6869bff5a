/** Servers with honest certificates and dishonest exchanges. */
import { constants, sign } from 'node:crypto'
import { handshake } from '../encode'
import type { Script } from '../script'
import { scripted } from '../serve'
import { type Case, flip, type Parties, rows, set } from './case'

export function badExchanges(parties: Parties): Case[] {
  const { mid, broker, rsaBroker } = parties
  const { all, add } = rows(parties)
  const exchange = (
    name: string,
    refused: RegExp,
    script: Partial<Script>,
    more?: Partial<Case>,
  ) => {
    add(name, refused, () => scripted([broker, mid], script), more)
    add(`${name}, RSA`, refused, () => scripted([rsaBroker], script), more)
  }
  const cut = (bytes: number) => (step: string, message: Uint8Array) =>
    step === 'keyExchange' ? handshake(12, message.slice(4, 4 + bytes)) : message
  exchange('anonymous key exchange', /signed by 0, not as offered/, { scheme: 0 })
  exchange('unsigned key exchange', /key exchange is not signed/, { alter: cut(69) })
  exchange('empty signature', /key exchange is not signed/, {
    sign: () => new Uint8Array(0),
  })
  exchange('RSA-PSS key exchange', /signed by 804, not as offered/, {
    scheme: 0x0804,
    sign: (data) =>
      sign('sha256', data, { key: rsaBroker.key, padding: constants.RSA_PKCS1_PSS_PADDING }),
  })
  exchange('SHA-1 key exchange', /signed by 20[13], not as offered/, { scheme: 0x0203 })
  exchange('signature of something else', /bad signature on the key exchange/, {
    sign: (data) => sign('sha256', data.slice(1), broker.key),
  })
  exchange('all-zero ECDSA signature', /bad signature on the key exchange/, {
    sign: () => new Uint8Array([0x30, 6, 2, 1, 0, 2, 1, 0]),
  })
  exchange('all-zero signature bytes', /bad signature on the key exchange/, {
    sign: () => new Uint8Array(256),
  })
  exchange('point off the curve', /point is not on the curve/, {
    point: (point) => flip(point, 64),
  })
  exchange(
    'compressed point',
    /no point of P-256/,
    { point: (point) => new Uint8Array([2 + (point[64] & 1), ...point.slice(1, 33)]) },
    { notByOpenSsl: 'it takes one, though it was not offered' },
  )
  exchange('no key exchange', /ServerHelloDone instead of ServerKeyExchange/, {
    alter: (step, message) => (step === 'keyExchange' ? undefined : message),
  })
  exchange('no certificate', /ServerKeyExchange instead of Certificate/, {
    alter: (step, message) => (step === 'certificate' ? undefined : message),
  })
  exchange('static RSA suite', /cipher suite 9c/, { suite: 0x009c })
  exchange('CBC suite', /cipher suite c027/, { suite: 0xc027 })
  exchange('downgraded version', /speaks TLS 1\.1, not TLS 1\.2/, {
    alter: (step, message) => (step === 'hello' ? set(message, 5, 2) : message),
  })
  exchange('wrong Finished', /Finished does not match/, {
    alter: (step, message) => (step === 'finished' ? flip(message, 8) : message),
  })
  exchange('corrupted tag', /altered on its way/, {
    wire: (flight, bytes) => (flight === 'finished' ? flip(bytes, bytes.length - 1) : bytes),
  })
  exchange('Finished without ChangeCipherSpec', /HelloRequest instead of ChangeCipherSpec/, {
    wire: (flight, bytes) => (flight === 'finished' ? bytes.slice(6) : bytes),
  })
  exchange('resumes what was never begun', /ChangeCipherSpec instead of Certificate/, {
    resumes: 'uninvited',
  })
  exchange('Finished at once', /Finished instead of Certificate/, {
    alter: (step, message) =>
      step === 'hello'
        ? new Uint8Array([...message, 20, 0, 0, 12, ...message.slice(0, 12)])
        : message,
  })
  exchange('no renegotiation_info', /lacks secure renegotiation/, {
    alter: (step, message) =>
      step === 'hello'
        ? handshake(2, new Uint8Array([...message.slice(4, 42), 0, 4, 0, 23, 0, 0]))
        : message,
  })
  exchange(
    'truncated stream',
    /the connection ended while awaiting (Certificate|ServerKeyExchange)/,
    {
      cutAfter: 300,
    },
  )
  exchange(
    'HelloRequest before the end',
    /HelloRequest instead of ServerHello/,
    {
      wire: (flight, bytes) =>
        flight === 'hello' ? new Uint8Array([22, 3, 3, 0, 4, 0, 0, 0, 0, ...bytes]) : bytes,
    },
    { notByOpenSsl: 'it passes it over, as RFC 5246, 7.4.1.1 allows' },
  )
  exchange('early ChangeCipherSpec', /ChangeCipherSpec instead of ServerHello/, {
    wire: (flight, bytes) =>
      flight === 'hello' ? new Uint8Array([20, 3, 3, 0, 1, 1, ...bytes]) : bytes,
  })
  exchange('data before the end', /data before the handshake is over/, {
    wire: (flight, bytes) =>
      flight === 'hello' ? new Uint8Array([...bytes, 23, 3, 3, 0, 1, 65]) : bytes,
  })
  add(
    'renegotiation',
    /wants to renegotiate/,
    () =>
      scripted([broker, mid], { afterwards: [{ type: 22, bytes: new Uint8Array([0, 0, 0, 0]) }] }),
    { isLate: true, notByOpenSsl: 'it goes on without' },
  )
  return all
}
