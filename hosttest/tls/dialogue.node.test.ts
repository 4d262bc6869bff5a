import { sign } from 'node:crypto'
import { beforeAll, describe, expect, test } from '@jest/globals'
import type { Issued } from '../../tools/tls/authority'
import { handshake } from '../../tools/tls/encode'
import type { Script, Step } from '../../tools/tls/script'
import { Conversation, parties } from './converse'

let them: { root: Issued; broker: Issued }
beforeAll(async () => {
  them = await parties()
})

const talk = (script?: Partial<Script>) => new Conversation(them, script)

/** Sends this before one of the server's messages. */
function ahead(step: Step, ...messages: Uint8Array[]): Partial<Script> {
  return {
    alter: (at, message) =>
      at === step ? Uint8Array.from([...messages, message].flatMap((one) => [...one])) : message,
  }
}

/** Puts this in front of a flight, as it is. */
function prefix(flight: 'hello' | 'finished', ...bytes: number[]): Partial<Script> {
  return { wire: (at, all) => (at === flight ? Uint8Array.from([...bytes, ...all]) : all) }
}

const REQUEST = handshake(13, new Uint8Array([1, 64, 0, 2, 4, 3, 0, 0]))

describe('an honest server', () => {
  test.each<[string, Partial<Script>]>([
    ['nothing unusual', {}],
    ['no extended master secret', { isOld: true }],
    ['a request for a certificate', ahead('helloDone', REQUEST)],
    ['a warning that the name is unknown', prefix('hello', 21, 3, 3, 0, 2, 1, 112)],
    ['a warning in an old version', prefix('hello', 21, 3, 1, 0, 2, 1, 112)],
  ])('%s opens', (_name, script) => {
    const { client, log, told, say } = talk(script)
    expect(log).toEqual(['open'])
    client.write(new Uint8Array([0x10, 0]))
    say(new Uint8Array(0))
    expect(told.received).toEqual([new Uint8Array([0x10, 0])])
  })
})

describe('an impostor', () => {
  test('an authority that is not an anchor', async () => {
    const { root } = await parties()
    const { log, told } = new Conversation({ root, broker: them.broker })
    expect(log).toEqual(['closed: unknown issuer "Root"'])
    expect(told.alerts).toEqual([[2, 48]])
  })

  test('an expired certificate', () => {
    const utc = Date.now() + 40 * 86_400_000
    const { log, told } = new Conversation(them, {}, { utc })
    expect(log).toEqual([expect.stringMatching(/^closed: "broker" expired on /)])
    expect(told.alerts).toEqual([[2, 45]])
  })

  test.each<[string, Partial<Script>]>([
    ['without the key', { sign: () => new Uint8Array([0x30, 6, 2, 1, 1, 2, 1, 1]) }],
    [
      'with the key, on something else',
      {
        sign: (data) =>
          sign('sha256', data.slice(1), them.broker.key.export({ format: 'pem', type: 'pkcs8' })),
      },
    ],
  ])('a signature %s', (_name, script) => {
    const { log, told } = talk(script)
    expect(log).toEqual(['closed: bad signature on the key exchange'])
    expect(told.alerts).toEqual([[2, 51]])
  })

  test('a Finished of another secret', () => {
    const { log } = talk({
      alter: (at, message) => (at === 'finished' ? message.with(15, message[15] ^ 1) : message),
    })
    expect(log).toEqual(["closed: the server's Finished does not match"])
  })
})

describe('out of order or malformed', () => {
  const cases: [string, Partial<Script>, string, number][] = [
    [
      'two requests for a certificate',
      ahead('helloDone', REQUEST, REQUEST),
      'CertificateRequest instead of ServerHelloDone',
      10,
    ],
    [
      'a request before the key exchange',
      ahead('keyExchange', REQUEST),
      'CertificateRequest instead of ServerKeyExchange',
      10,
    ],
    [
      'two ServerHellos',
      ahead('certificate', handshake(2, new Uint8Array(38))),
      'ServerHello instead of Certificate',
      10,
    ],
    [
      'Finished at once',
      ahead('certificate', handshake(20, new Uint8Array(12))),
      'Finished instead of Certificate',
      10,
    ],
    [
      'a ticket',
      ahead('certificate', handshake(4, new Uint8Array(6))),
      'handshake message 4 instead of Certificate',
      10,
    ],
    [
      'more after ServerHelloDone',
      {
        alter: (at, message) =>
          at === 'helloDone' ? Uint8Array.from([...message, ...message]) : message,
      },
      'ServerHelloDone instead of our check of the certificates',
      10,
    ],
    [
      'a ServerHelloDone with content',
      { alter: (at, message) => (at === 'helloDone' ? handshake(14, new Uint8Array(1)) : message) },
      'a malformed ServerHelloDone',
      50,
    ],
    [
      'a ServerHello of 3 KB',
      { alter: (at, message) => (at === 'hello' ? handshake(2, new Uint8Array(3000)) : message) },
      'a ServerHello of 3000 bytes',
      50,
    ],
    [
      'a Finished of 13 bytes',
      {
        alter: (at, message) =>
          at === 'finished' ? handshake(20, Uint8Array.from([...message.slice(4), 0])) : message,
      },
      "the server's Finished does not match",
      51,
    ],
    [
      'resumption that was not asked for',
      { resumes: 'uninvited' },
      'ChangeCipherSpec instead of Certificate',
      10,
    ],
    [
      'ChangeCipherSpec first',
      prefix('hello', 20, 3, 3, 0, 1, 1),
      'ChangeCipherSpec instead of ServerHello',
      10,
    ],
    [
      'ChangeCipherSpec within a message',
      prefix('hello', 22, 3, 3, 0, 1, 2, 20, 3, 3, 0, 1, 1),
      'a malformed ChangeCipherSpec',
      50,
    ],
    [
      'ChangeCipherSpec of 2',
      prefix('finished', 20, 3, 3, 0, 1, 2),
      'a malformed ChangeCipherSpec',
      50,
    ],
    ['ChangeCipherSpec twice', prefix('finished', 20, 3, 3, 0, 1, 1), 'an empty record', 50],
    ['data first', prefix('hello', 23, 3, 3, 0, 2, 1, 2), 'data before the handshake is over', 10],
    ['half an alert', prefix('hello', 21, 3, 3, 0, 1, 1), 'a malformed alert', 50],
    [
      'no extension for renegotiation',
      {
        alter: (at, message) =>
          at === 'hello'
            ? handshake(2, Uint8Array.from([...message.slice(4, 42), 0, 4, 0, 23, 0, 0]))
            : message,
      },
      'the server lacks secure renegotiation (renegotiation_info)',
      40,
    ],
    [
      'a first certificate that is none',
      {
        alter: (at, message) =>
          at === 'certificate'
            ? handshake(11, new Uint8Array([0, 0, 5, 0, 0, 2, 0x30, 0]))
            : message,
      },
      "the server's certificate is malformed",
      50,
    ],
    [
      'a suite for the other kind of key',
      { suite: 0xc02f },
      'the key exchange is signed by 403, not as offered',
      47,
    ],
    [
      'a suite and a signature for the other kind of key',
      { suite: 0xc02f, scheme: 0x0401 },
      'the certificate does not fit the cipher suite',
      47,
    ],
    [
      'a point off the curve, well signed',
      { point: (point) => point.with(64, point[64] ^ 1) },
      "the server's point is not on the curve",
      47,
    ],
  ]
  test.each(cases)('%s', (_name, script, why, alert) => {
    const { log, told, session } = talk(script)
    expect(log).toEqual([`closed: ${why}`])
    expect(session).toBeUndefined()
    // The scripted server opens our alert only while it still can: before ChangeCipherSpec.
    for (const one of told.alerts) expect(one).toEqual([2, alert])
    expect(told.received).toEqual([])
  })

  test.each<[string, number[], string]>([
    [
      'a fatal alert that is usually a warning',
      [21, 3, 3, 0, 2, 2, 112],
      'the server says: unrecognized name',
    ],
    ['another warning', [21, 3, 3, 0, 2, 1, 90], 'the server says: cancelled'],
    ['close_notify', [21, 3, 3, 0, 2, 1, 0], 'the server closed the connection'],
  ])('%s ends a handshake, as a fault', (_name, record, why) => {
    const { log, session } = talk(prefix('hello', ...record))
    expect(log).toEqual([`closed: ${why}`])
    expect(session).toBeUndefined()
  })

  test('endless warnings', () => {
    const warnings = Array.from({ length: 4000 }, () => [21, 3, 3, 0, 2, 1, 112]).flat()
    expect(talk(prefix('hello', ...warnings)).log).toEqual(['closed: the handshake does not end'])
  })

  test('the end of TCP in a handshake', () => {
    const talking = talk({ wire: () => new Uint8Array(0) })
    talking.client.ended('the connection ended')
    talking.say(new Uint8Array(0))
    expect(talking.log).toEqual(['closed: the connection ended while awaiting ServerHello'])
    expect(talking.session).toBeUndefined()
  })
})

describe('after it is open', () => {
  const afterwards = (type: number, ...bytes: number[]) =>
    talk({ resumes: 'always', afterwards: [{ type, bytes: new Uint8Array(bytes) }] })

  test.each<[string, number, number[], string, boolean, [number, number]]>([
    ['a HelloRequest', 22, [0, 0, 0, 0], 'the server wants to renegotiate', true, [2, 100]],
    ['a ServerHello', 22, [2, 0, 0, 0], 'a handshake message after the handshake', true, [2, 100]],
    ['ChangeCipherSpec', 20, [1], 'ChangeCipherSpec after the handshake', true, [2, 100]],
    ['close_notify', 21, [1, 0], 'the server closed the connection', false, [1, 0]],
    ['half an alert', 21, [2], 'a malformed alert', true, [2, 50]],
  ])('%s ends it, and is answered', (_name, type, bytes, why, isFault, alert) => {
    const talking = afterwards(type, ...bytes)
    expect(talking.log).toEqual(['open', `closed: ${why}`])
    expect(talking.session === undefined).toBe(isFault)
    expect(talking.told.alerts).toEqual([alert])
  })

  test('a fatal alert ends it, unanswered', () => {
    const talking = afterwards(21, 2, 80)
    expect(talking.log).toEqual(['open', 'closed: the server says: internal error'])
    expect(talking.told.alerts).toEqual([])
  })

  test('part of a message behind Finished is refused', () => {
    const talking = talk({
      alter: (at, message) =>
        at === 'finished' ? Uint8Array.from([...message, 0, 0, 0, 0]) : message,
    })
    expect(talking.log).toEqual(['closed: HelloRequest instead of data'])
  })
})
