import { describe, expect, test } from '@jest/globals'
import { toHex } from '../../firmware/core/bytes'
import type { MonotonicMs } from '../../firmware/core/time'
import { TAG_BYTES } from '../../firmware/crypto/primitives'
import {
  CHANNEL_VERSION,
  channelKey,
  HELLO,
  MAX_ANSWER_MS,
  MAX_FRAME_BYTES,
  MAX_IDLE_MS,
  MAX_RECORD_BYTES,
  RECORD,
  REFUSAL,
  Records,
} from '../../firmware/provisioning/frames'
import { Initiator } from '../../firmware/provisioning/initiator'
import { CipherState } from '../../firmware/provisioning/noise'
import { Responder } from '../../firmware/provisioning/responder'
import { Flash } from '../../tools/sim/flash'
import { random } from '../../tools/sim/random'
import { primitives } from '../crypto/primitives'
import { Conversation, LABEL } from './conversation'

const ALTERED = 'refused: altered or lost record'

describe('a handshake', () => {
  test('is one message each way, and the dongle takes the channel for open at the first good record', () => {
    const they = new Conversation()
    const hello = they.fromTool()
    const answer = they.toDongle(...hello).fromDongle()
    expect([hello, answer].map((frames) => frames.map(({ length }) => length))).toEqual([
      [50],
      [49],
    ])
    they.toTool(...answer).fromTool()
    expect(they.log).toEqual(['tool: open'])
    expect([they.tool.isOpen, they.dongle.isOpen]).toEqual([true, false])
    they.say('hello')
    they.run()
    they.answer('welcome')
    they.run()
    expect(they.log).toEqual([
      'tool: open',
      'dongle: open',
      'dongle: record hello',
      'tool: record welcome',
    ])
  })

  test('waits for others before each multiplication of the dongle', () => {
    const they = new Conversation()
    they.toDongle(...they.fromTool())
    const kinds = Array.from({ length: 3 }, () => they.dongle.poll(they.now))
    expect(kinds).toMatchObject([
      { kind: 'wait', until: they.now },
      { kind: 'send' },
      { kind: 'wait', until: they.now + MAX_ANSWER_MS },
    ])
  })

  test('draws fresh keys each time', () => {
    const they = new Conversation()
    const first = they.open().again().fromTool()
    expect(they.again().fromTool()).not.toEqual(first)
  })

  const secret = LABEL.labelSecret.slice()
  secret[15] ^= 1
  test.each([
    ['secret', { label: { ...LABEL, labelSecret: secret } }],
    ['serial number', { label: { ...LABEL, serial: 'WB0002' } }],
    ['transport', { transport: 'radio' as const }],
  ])(
    'with another %s is refused before any multiplication, and the next has to wait',
    (_name, tool) => {
      const x25519 = (): Uint8Array => {
        throw new Error('a multiplication')
      }
      const they = new Conversation({ tool, dongle: { primitives: { ...primitives, x25519 } } })
      they.run()
      expect(they.log).toEqual([
        'dongle: refused: wrong secret, wait 1000',
        'tool: refused: wrong secret, wait 1000',
      ])
      they.pass(300).again().run()
      expect(they.log.slice(2)).toEqual([
        'dongle: refused: too soon, wait 700',
        'tool: refused: too soon, wait 1000',
      ])
    },
  )

  test('in another version is refused by its number, and no attempt', () => {
    const they = new Conversation()
    const [hello] = they.fromTool()
    hello[1] = CHANNEL_VERSION + 1
    they.toTool(...they.toDongle(hello).fromDongle()).fromTool()
    expect(they.log).toEqual(['dongle: refused: other version', 'tool: refused: other version'])
    expect(they.flash.blobs.size).toBe(0)
  })

  test('whose hello has any bit altered or any byte missing leads to no answer', () => {
    const [hello] = new Conversation().fromTool()
    const altered = Array.from({ length: 8 * hello.length }, (_, bit) => {
      const frame = hello.slice()
      frame[bit >> 3] ^= 1 << (bit & 7)
      return frame
    })
    const short = Array.from({ length: hello.length }, (_, length) => hello.slice(0, length))
    const long = [Uint8Array.from([...hello, 0]), new Uint8Array(5000).fill(HELLO)]
    const they = new Conversation()
    for (const frame of [...altered, ...short, ...long]) {
      they.flash.blobs.clear()
      const answers = they.restart().toDongle(frame).fromDongle()
      expect(answers.filter(([kind]) => kind !== REFUSAL)).toEqual([])
    }
    expect(they.restart().toDongle(hello).fromDongle()).toHaveLength(1)
  })

  test('whose answer has any bit altered or any byte missing opens nothing', () => {
    const they = new Conversation()
    const [answer] = they.toDongle(...they.fromTool()).fromDongle()
    for (let bit = 0; bit < 8 * answer.length; bit++) {
      const frame = answer.slice()
      frame[bit >> 3] ^= 1 << (bit & 7)
      const other = new Conversation()
      other.toTool(frame).fromTool()
      expect([bit, other.tool.isOpen]).toEqual([bit, false])
    }
    for (let length = 0; length < answer.length; length++) {
      const other = new Conversation()
      other.toTool(answer.slice(0, length)).fromTool()
      expect(other.tool.isOpen).toBe(false)
    }
    // The conversations draw the same keys, so that the answer fits each of them as it is.
    const other = new Conversation()
    other.toTool(answer).fromTool()
    expect(other.log).toEqual(['tool: open'])
  })

  test('by a hello that was heard before leads to an answer and to nothing more', () => {
    const flash = new Flash()
    const heard = new Conversation({ flash })
    const hello = heard.fromTool()
    heard.toTool(...heard.toDongle(...hello).fromDongle()).open()
    const they = new Conversation({ flash })
    they.pass(1).toDongle(...hello)
    expect(they.fromDongle()).toHaveLength(1)
    expect([they.log, they.dongle.isOpen, flash.blobs.size]).toEqual([[], false, 0])
    // Who has no key can add no record to it, and waits for the next as after a wrong secret.
    they.toDongle(Uint8Array.of(RECORD, ...new Uint8Array(40)))
    they.fromDongle()
    they.toDongle(...hello).fromDongle()
    expect(they.log).toEqual([
      `dongle: ${ALTERED}, wait 1000`,
      'dongle: refused: too soon, wait 1000',
    ])
  })

  test('that another hello interrupts was an attempt that failed', () => {
    const they = new Conversation()
    const hello = they.fromTool()
    they.toDongle(...hello).fromDongle()
    they.toDongle(...hello)
    expect(they.fromDongle().map(([kind]) => kind)).toEqual([REFUSAL])
    expect(they.log).toEqual(['dongle: refused: too soon, wait 1000'])
  })

  test('that leads to a channel makes those before it forgotten', () => {
    const they = new Conversation()
    const stranger = new Conversation({ tool: { transport: 'radio' } })
    for (const waitMs of [1000, 2000]) {
      they.toDongle(...stranger.again().fromTool()).fromDongle()
      expect(they.log.pop()).toBe(`dongle: refused: wrong secret, wait ${waitMs}`)
      they.pass(waitMs)
    }
    they.open()
    expect(they.flash.blobs.size).toBe(0)
    they.toDongle(...stranger.again().fromTool()).fromDongle()
    expect(they.log).toEqual(['dongle: refused: wrong secret, wait 1000'])
  })

  test('that no record follows is over after its time, and so is one that no answer follows', () => {
    const they = new Conversation()
    const hello = they.fromTool()
    they.toDongle(...hello).fromDongle()
    they.pass(MAX_ANSWER_MS - 1)
    they.fromDongle()
    they.fromTool()
    expect(they.log).toEqual([])
    they.pass(1)
    they.fromDongle()
    they.fromTool()
    expect(they.log).toEqual(['dongle: refused: too late, wait 1000', 'tool: refused: too late'])
  })
})

describe('an open channel', () => {
  test('carries records of any size up to the largest, both ways', () => {
    const they = new Conversation().open()
    for (const length of [0, 1, 240, MAX_RECORD_BYTES]) {
      they.say('x'.repeat(length))
      they.run()
      they.answer('y'.repeat(length))
      they.run()
    }
    expect(they.log.map(({ length }) => length)).toEqual(
      [0, 1, 240, MAX_RECORD_BYTES].flatMap((length) => [15 + length, 13 + length]),
    )
    expect(() => they.say('x'.repeat(MAX_RECORD_BYTES + 1))).toThrow('a record of 1025 bytes')
  })

  const NONE = 'dongle: refused: no channel'
  test.each<[string, (frames: Uint8Array[]) => Uint8Array[], string[]]>([
    ['twice', ([a]) => [a, a], ['dongle: record 1', `dongle: ${ALTERED}`]],
    ['out of order', ([a, b]) => [b, a], [`dongle: ${ALTERED}`, NONE]],
    ['after one that is missing', ([, b]) => [b], [`dongle: ${ALTERED}`]],
    ['cut short', ([a]) => [a.slice(0, -1)], [`dongle: ${ALTERED}`]],
    ['with a byte more', ([a]) => [Uint8Array.from([...a, 0])], [`dongle: ${ALTERED}`]],
    ['of no byte', () => [new Uint8Array(0)], [`dongle: ${ALTERED}`]],
    ['of its kind alone', () => [Uint8Array.of(RECORD)], [`dongle: ${ALTERED}`]],
    ['of another kind', () => [Uint8Array.of(9, 9, 9)], [`dongle: ${ALTERED}`]],
    ['too large', () => [new Uint8Array(MAX_FRAME_BYTES + 1).fill(RECORD)], [`dongle: ${ALTERED}`]],
  ])('ends by a frame %s', (_name, alter, told) => {
    const they = new Conversation().open()
    they.say('1')
    they.say('2')
    for (const frame of alter(they.fromTool())) they.toDongle(frame).fromDongle()
    expect([they.log, they.dongle.isOpen]).toEqual([told, false])
  })

  test('ends for the tool as well, which is told why', () => {
    const they = new Conversation().open()
    they.say('1')
    const [frame] = they.fromTool()
    frame[5] ^= 1
    they.toDongle(frame).run()
    expect(they.log).toEqual([`dongle: ${ALTERED}`, `tool: ${ALTERED}`])
    expect([they.tool.isOpen, they.dongle.isOpen]).toEqual([false, false])
    // No attempt was in it: the next may come at once.
    they.again().open()
    expect(they.dongle.isOpen).toBe(true)
  })

  test('ends by a record that comes back to its sender', () => {
    const they = new Conversation().open()
    they.answer('1')
    they.toDongle(...they.fromDongle()).fromDongle()
    expect(they.log).toEqual([`dongle: ${ALTERED}`])
  })

  test('ends by an altered record of the dongle', () => {
    const they = new Conversation().open()
    they.answer('1')
    const [frame] = they.fromDongle()
    frame[5] ^= 1
    they.toTool(frame).fromTool()
    expect(they.log).toEqual([`tool: ${ALTERED}`])
  })

  test('is over when nothing was said for its time, and not before', () => {
    const they = new Conversation().open()
    they.pass(MAX_IDLE_MS - 1).say('still here')
    they.run()
    they.pass(MAX_IDLE_MS - 1).fromDongle()
    expect(they.dongle.isOpen).toBe(true)
    they.pass(1).fromDongle()
    expect(they.log).toEqual(['dongle: record still here', 'dongle: refused: too late'])
  })

  test('is kept by the tool for as long after each record of the dongle', () => {
    const they = new Conversation().open()
    they.pass(MAX_IDLE_MS - 1).answer('1')
    they.run()
    they.pass(MAX_IDLE_MS - 1).fromTool()
    expect(they.tool.isOpen).toBe(true)
    they.pass(1).fromTool()
    expect(they.log).toEqual(['tool: record 1', 'tool: refused: too late'])
  })

  test('is gone after a restart, and a record then says so', () => {
    const they = new Conversation().open().restart()
    they.say('1')
    they.run()
    expect(they.log).toEqual(['dongle: refused: no channel', 'tool: refused: no channel'])
  })

  test('stays when a stranger tries another secret, and makes place for one with the right one', () => {
    const they = new Conversation().open()
    const stranger = new Conversation({ tool: { label: { ...LABEL, serial: 'WB0002' } } })
    they.toDongle(...stranger.fromTool()).fromDongle()
    they.say('1')
    they.toDongle(...they.fromTool()).fromDongle()
    expect(they.log).toEqual(['dongle: refused: wrong secret, wait 1000', 'dongle: record 1'])
    they.pass(1000).again().run()
    they.say('2')
    they.run()
    expect(they.log.slice(2)).toEqual(['tool: open', 'dongle: open', 'dongle: record 2'])
  })

  test('is closed by either without a word, and its user may not write then', () => {
    const they = new Conversation().open()
    they.tool.close()
    they.dongle.close(they.now)
    expect([they.fromTool(), they.fromDongle(), they.log]).toEqual([[], [], []])
    expect(() => they.say('1')).toThrow('the channel is not open')
    expect(() => they.answer('1')).toThrow('the channel is not open')
  })

  test('with nothing but garbage before it is no channel, and answers none of it', () => {
    const they = new Conversation()
    they.toDongle(
      new Uint8Array(0),
      Uint8Array.of(0),
      Uint8Array.of(2, 1),
      Uint8Array.of(REFUSAL, 1, 1),
    )
    expect([they.fromDongle(), they.log]).toEqual([[], []])
    they.open()
    expect(they.dongle.isOpen).toBe(true)
  })
})

test('a record that is too large is not opened, whoever sealed it', () => {
  const key = new Uint8Array(32).fill(5)
  const cipher = () => new CipherState(primitives, key.slice())
  const open = (length: number) => {
    const frame = new Uint8Array(1 + length + TAG_BYTES)
    frame[0] = RECORD
    cipher().seal(frame, 1, 1 + length)
    return new Records(cipher(), cipher()).open(frame)?.length
  }
  expect([MAX_RECORD_BYTES, MAX_RECORD_BYTES + 1].map(open)).toEqual([MAX_RECORD_BYTES, undefined])
})

/** Every key that a primitive is given, and Noise's psk as often as it is digested. */
function watching(): { keys: Uint8Array[]; primitives: typeof primitives } {
  const keys: Uint8Array[] = []
  const psk = toHex(channelKey(primitives, LABEL))
  return {
    keys,
    primitives: {
      ...primitives,
      sha256() {
        const hash = primitives.sha256()
        return {
          update(bytes) {
            if (toHex(bytes) === psk) keys.push(bytes)
            hash.update(bytes)
          },
          digest: () => hash.digest(),
        }
      },
      cipher(key) {
        keys.push(key)
        return primitives.cipher(key)
      },
      x25519(scalar, u) {
        keys.push(scalar)
        return primitives.x25519(scalar, u)
      },
    },
  }
}

const isZero = (bytes: Uint8Array) => bytes.every((byte) => byte === 0)

test.each<[string, (they: Conversation) => void]>([
  ['was altered', (they) => they.toDongle(Uint8Array.of(RECORD))],
  ['is closed by us', (they) => they.dongle.close(they.now)],
  ['was open too long', (they) => void they.pass(MAX_IDLE_MS).fromDongle()],
])('keys of a channel that %s are wiped at its end, on both sides', (_name, end) => {
  const { keys, primitives } = watching()
  const they = new Conversation({ dongle: { primitives }, tool: { primitives } })
  they.open()
  // On each side: the psk, two messages, two multiplications; and two directions.
  expect([keys.length, keys.filter(isZero).length]).toEqual([14, 10])
  end(they)
  they.tool.close()
  expect(keys.filter(isZero)).toHaveLength(14)
})

test('keys of a handshake that comes to nothing are wiped', () => {
  const { keys, primitives } = watching()
  const they = new Conversation({ dongle: { primitives }, tool: { primitives } })
  they.toDongle(...they.fromTool())
  they.dongle.poll(they.now)
  they.dongle.close(they.now)
  they.tool.close()
  expect(keys).toHaveLength(6)
  expect(keys.every(isZero)).toBe(true)
})

test('no bit of a record may be altered, and none may be cut short', () => {
  const key = new Uint8Array(32).fill(5)
  const side = () =>
    new Records(new CipherState(primitives, key.slice()), new CipherState(primitives, key.slice()))
  const frame = side().seal(new Uint8Array(20).fill(7))!
  for (let bit = 0; bit < 8 * frame.length; bit++) {
    const altered = frame.slice()
    altered[bit >> 3] ^= 1 << (bit & 7)
    expect(side().open(altered)).toBeUndefined()
  }
  for (let length = 0; length < frame.length; length++)
    expect(side().open(frame.slice(0, length))).toBeUndefined()
  expect(side().open(frame)).toEqual(new Uint8Array(20).fill(7))
})

test('a hello right behind another, before any multiplication, has to wait as behind a failed one', () => {
  const options = { primitives, label: LABEL, transport: 'cable' as const, entropy: random(1) }
  const now = 1000 as MonotonicMs
  const dongle = new Responder({ ...options, store: new Flash() }, now)
  const hello = new Initiator(options, now).poll(now)
  if (hello.kind !== 'send') throw new Error('no hello')
  dongle.receive(hello.bytes, now)
  dongle.receive(hello.bytes, now)
  dongle.poll(now)
  expect(dongle.poll(now)).toEqual({ kind: 'refused', why: 'too soon', waitMs: 1000 })
})
