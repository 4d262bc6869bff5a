/** Packets out of a stream, however it is cut; and what happens to every prefix and every flipped bit of a legal packet. */
import { describe, expect, test } from '@jest/globals'
import { Framing } from '../../firmware/mqtt/packet/framing'
import type { Packet } from '../../firmware/mqtt/packet/packet'
import { Writer } from '../../firmware/mqtt/packet/writer'
import { CORPUS } from '../../tools/sim/broker/corpus'
import { random } from '../../tools/sim/random'
import { publish } from './wire'

function all(framing: Framing, chunk: Uint8Array): Packet[] {
  const packets: Packet[] = []
  framing.used = 0
  for (let next = framing.next(chunk); next; next = framing.next(chunk)) {
    packets.push(next)
    if (next.kind === 'illegal') break
  }
  return packets
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

const whole = joined(CORPUS)
const expected = all(new Framing(4096), whole)

test('the corpus is legal, and comes out packet by packet', () => {
  expect(expected.map(({ kind }) => kind)).toEqual([
    ...['connack', 'connack', 'publish', 'publish', 'publish', 'puback', 'puback', 'puback'],
    ...['pubrec', 'pubrel', 'pubcomp', 'suback', 'unsuback', 'pingresp', 'disconnect', 'auth'],
    ...['auth', 'disconnect'],
  ])
})

describe('a stream', () => {
  test('may come byte by byte', () => {
    const framing = new Framing(4096)
    const packets: Packet[] = []
    for (const byte of whole) packets.push(...all(framing, Uint8Array.of(byte)))
    expect(packets).toEqual(expected)
  })

  test('may be cut in two at every byte', () => {
    for (let cut = 0; cut <= whole.length; cut++) {
      const framing = new Framing(4096)
      const packets = [...all(framing, whole.slice(0, cut)), ...all(framing, whole.slice(cut))]
      expect(packets.length).toBe(expected.length)
      if (cut % 50 === 0) expect(packets).toEqual(expected)
    }
  })

  test('may be cut anywhere: seed 4', () => {
    const { below } = random(4)
    for (let run = 0; run < 200; run++) {
      const framing = new Framing(4096)
      let count = 0
      for (let at = 0; at < whole.length; ) {
        const end = Math.min(whole.length, at + 1 + below(60))
        count += all(framing, whole.slice(at, end)).length
        at = end
      }
      expect(count).toBe(expected.length)
    }
  })

  test('does not keep the bytes it was given', () => {
    const framing = new Framing(4096)
    const chunk = publish({ topic: 'a', payload: 'hello' })
    const [first] = all(framing, chunk)
    chunk.fill(0)
    expect(first).toMatchObject({ payload: Uint8Array.from([104, 101, 108, 108, 111]) })
  })
})

// Where the length field gets another byte (2.1.4).
test.each([
  [0x7f, 1],
  [0x80, 2],
  [0x3fff, 2],
  [0x4000, 3],
  [0x1fffff, 3],
  [0x200000, 4],
])(
  'a PUBLISH whose length is %d says so in %d bytes, and comes out whole',
  (length, lengthBytes) => {
    const writer = new Writer(8)
    writer.byte(0x30)
    const mark = writer.mark()
    writer.text('a')
    writer.variable(0)
    writer.raw(new Uint8Array(length - 4).fill(7))
    writer.measure(mark)
    const bytes = writer.take(Number.POSITIVE_INFINITY)!
    expect(bytes).toHaveLength(1 + lengthBytes + length)
    const [packet, ...more] = all(new Framing(bytes.length), bytes)
    if (packet.kind !== 'publish') throw new Error(packet.kind)
    expect([packet.topic, packet.payload.length, more.length]).toEqual(['a', length - 4, 0])
    expect(packet.payload.every((byte) => byte === 7)).toBe(true)
  },
)

describe('a damaged packet', () => {
  test('is waited for, or illegal, when its end is missing', () => {
    for (const bytes of CORPUS) {
      for (let length = 0; length < bytes.length; length++)
        expect(all(new Framing(4096), bytes.slice(0, length))).toEqual([])
    }
  })

  test('is illegal when its length says it ends before its fields do', () => {
    for (const bytes of CORPUS) {
      if (bytes.length > 127) continue
      for (let length = 2; length < bytes.length; length++) {
        const short = bytes.slice(0, length)
        short[1] = length - 2
        const [first] = all(new Framing(4096), short)
        expect(
          first.kind === 'illegal' || first.kind === expected[CORPUS.indexOf(bytes)].kind,
        ).toBe(true)
      }
    }
  })

  test('is a value whichever bit is flipped', () => {
    let flips = 0
    let illegal = 0
    for (const bytes of CORPUS) {
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const flipped = bytes.slice()
        flipped[bit >> 3] ^= 1 << (bit & 7)
        for (const { kind } of all(new Framing(4096), flipped)) if (kind === 'illegal') illegal++
        flips++
      }
    }
    expect(flips).toBeGreaterThan(4000)
    expect(illegal).toBeGreaterThan(1000)
  })

  test('is a value whatever its bytes: seed 5', () => {
    const { below, next } = random(5)
    const framing = new Framing(256)
    for (let run = 0; run < 20_000; run++) {
      const chunk = new Uint8Array(below(40))
      for (let i = 0; i < chunk.length; i++) chunk[i] = next() * 256
      const packets = all(framing, chunk)
      if (packets.some(({ kind }) => kind === 'illegal')) framing.reset()
    }
  })
})

describe('the buffer', () => {
  test('takes a packet of exactly the maximum, and refuses one of a byte more [MQTT-3.1.2-24]', () => {
    const fits = publish({ topic: 'a', payload: 'x'.repeat(128 - 6) })
    expect(fits).toHaveLength(128)
    expect(all(new Framing(128), fits).map(({ kind }) => kind)).toEqual(['publish'])
    const large = publish({ topic: 'a', payload: 'x'.repeat(128 - 5) })
    expect(all(new Framing(128), large.slice(0, 3))).toMatchObject([{ reason: 0x95 }])
  })
})
