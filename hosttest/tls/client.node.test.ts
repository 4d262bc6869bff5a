import { beforeAll, describe, expect, test } from '@jest/globals'
import { FOREVER, type MonotonicMs } from '../../firmware/core/time'
import type { Client } from '../../firmware/tls/client'
import { clientOf, fuzzOnNode, record } from '../../tools/tls/checks'
import type { Recording } from '../../tools/tls/requests'

let recording: Recording
let flights: Uint8Array[]

beforeAll(async () => {
  recording = await record(7, 'p256')
  flights = recording.flights.map((text) => new Uint8Array(Buffer.from(text, 'hex')))
})

/** All outputs up to the wait, by kind; 'send' with the types of its records. */
function drain(client: Client, now = 0): string[] {
  const log: string[] = []
  for (;;) {
    const output = client.poll(now as MonotonicMs)
    if (output.kind === 'wait') {
      if (output.until > now) return log
    } else if (output.kind === 'send') log.push(`send ${recordTypes(output.bytes)}`)
    else if (output.kind === 'closed') log.push(`closed: ${output.why}`)
    else log.push(output.kind)
  }
}

function recordTypes(bytes: Uint8Array): number[] {
  const types: number[] = []
  for (let at = 0; at < bytes.length; at += 5 + ((bytes[at + 3] << 8) | bytes[at + 4])) {
    types.push(bytes[at])
  }
  return types
}

function opened(): Client {
  const client = clientOf(recording)
  drain(client)
  for (const flight of flights) {
    client.receive(flight)
    drain(client)
  }
  return client
}

describe('a handshake', () => {
  test('ClientHello; ClientKeyExchange, ChangeCipherSpec and Finished; open', () => {
    const client = clientOf(recording)
    expect(drain(client)).toEqual(['send 22'])
    client.receive(flights[0])
    expect(drain(client)).toEqual(['send 22,20,22'])
    client.receive(flights[1])
    expect(drain(client)).toEqual(['open'])
  })

  test.each([
    ['broker.example.org', true],
    ['192.0.2.7', false],
    ['2001:db8::7', false],
  ])('to %s tells the name: %s', (host, isTold) => {
    const hello = clientOf({ ...recording, host }).poll(0 as MonotonicMs)
    const text = hello.kind === 'send' ? Buffer.from(hello.bytes).toString('latin1') : ''
    expect(text.includes(host)).toBe(isTold)
  })

  test('byte by byte', () => {
    const client = clientOf(recording)
    const log = drain(client)
    for (const flight of flights) {
      for (const byte of flight) {
        client.receive(new Uint8Array([byte]))
        log.push(...drain(client))
      }
    }
    expect(log).toEqual(['send 22', 'send 22,20,22', 'open'])
  })

  test('does one expensive step for each poll', () => {
    const client = clientOf(recording)
    drain(client)
    client.receive(flights[0])
    let polls = 0
    while (client.poll(0 as MonotonicMs).kind === 'wait') polls++
    // What came; the chain, two signatures of the path, its end, the key exchange's, our key; the secret comes with the answer.
    expect(polls).toBe(7)
  })

  test('has a deadline, which says what was awaited, and an alert goes out', () => {
    const client = clientOf(recording)
    drain(client)
    client.receive(flights[0].subarray(0, 200))
    expect(client.poll(999 as MonotonicMs)).toEqual({ kind: 'wait', until: 1000 })
    expect(drain(client, 1000)).toEqual([
      'send 21',
      'closed: no handshake in time, awaiting Certificate',
    ])
    expect(client.poll(9999 as MonotonicMs)).toEqual({ kind: 'wait', until: FOREVER })
  })

  test('the end of TCP says what was awaited', () => {
    const client = clientOf(recording)
    drain(client)
    client.ended('the connection ended')
    expect(drain(client)).toEqual(['closed: the connection ended while awaiting ServerHello'])
  })

  test('an alert comes in words', () => {
    const client = clientOf(recording)
    drain(client)
    client.receive(new Uint8Array([21, 3, 1, 0, 2, 2, 40]))
    expect(drain(client)).toEqual(['closed: the server says: handshake failure'])
  })

  test('writing before it is open is our own mistake', () => {
    expect(() => clientOf(recording).write(new Uint8Array(1))).toThrow('not open')
  })
})

describe('an open connection', () => {
  test('seals what is written, a record for each 2 KB', () => {
    const client = opened()
    client.write(new Uint8Array(5000))
    expect(drain(client)).toEqual(['send 23,23,23'])
  })

  test('closes with a close_notify', () => {
    const client = opened()
    client.close()
    expect(drain(client)).toEqual(['send 21'])
    client.write(new Uint8Array(1))
    client.receive(flights[0])
    expect(drain(client)).toEqual([])
  })

  test('an end without close_notify is told, but is no fault', () => {
    const client = opened()
    client.ended('the connection ended')
    expect(client.poll(0 as MonotonicMs)).toEqual({
      kind: 'closed',
      why: 'the connection ended without a close_notify',
    })
  })

  test('a record again, or another, is refused', () => {
    const client = opened()
    client.receive(flights[1].subarray(6))
    expect(drain(client)).toEqual(['send 21', 'closed: a record was altered on its way'])
  })

  test('plain text is refused', () => {
    const client = opened()
    client.receive(new Uint8Array([23, 3, 3, 0, 5, 1, 2, 3, 4, 5]))
    expect(drain(client)).toEqual(['send 21', 'closed: an empty record'])
  })
})

test('3,000 mutated flights: none opens, none throws', () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
  console.log(`SEED=${seed}`)
  const tally = fuzzOnNode(recording, seed, 3000)
  expect(tally.opened).toEqual([])
  expect(tally.refused).toBeGreaterThan(1000)
})
