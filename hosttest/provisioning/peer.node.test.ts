import { randomFillSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { TAG_BYTES } from '../../firmware/crypto/primitives'
import { MAX_RECORDS, RECORD, Records } from '../../firmware/provisioning/frames'
import { CipherState } from '../../firmware/provisioning/noise'
import { noblePrimitives } from '../../tools/noble/primitives'
import { nodePrimitives } from '../../tools/node/crypto'
import { LOW_ORDER } from '../crypto/low-order'
import { fromHex } from '../tls/x509/vectors'
import { Conversation, LABEL } from './conversation'
import { NoblePeer } from './noble-peer'

const entropy = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }
const openssl = nodePrimitives(entropy)
const theirs = { ...LABEL, transport: 'cable' }

describe.each([
  ['OpenSSL and our X25519', openssl],
  ['@noble', noblePrimitives],
])(
  'our sides by %s, beside a peer by @noble that shares nothing with them',
  (_name, primitives) => {
    const ours = { primitives, entropy }

    test('the dongle', () => {
      for (let i = 0; i < 20; i++) {
        const they = new Conversation({ dongle: ours })
        const peer = new NoblePeer(theirs)
        peer.takeAnswer(they.toDongle(peer.hello()).fromDongle()[0])
        for (const text of ['one', '', 'three'.repeat(200)]) {
          they.toDongle(peer.seal(text)).fromDongle()
          they.answer(`${text}!`)
          expect(they.fromDongle().map((frame) => peer.open(frame))).toEqual([`${text}!`])
        }
        expect(they.log.map((line) => line.slice(0, 16))).toEqual([
          'dongle: open',
          'dongle: record o',
          'dongle: record ',
          'dongle: record t',
        ])
      }
    })

    test('the tool', () => {
      for (let i = 0; i < 20; i++) {
        const they = new Conversation({ tool: ours })
        const peer = new NoblePeer(theirs)
        they.toTool(peer.takeHello(they.fromTool()[0])).fromTool()
        they.say('one')
        expect(they.fromTool().map((frame) => peer.open(frame))).toEqual(['one'])
        they.toTool(peer.seal('two')).fromTool()
        expect(they.log).toEqual(['tool: open', 'tool: record two'])
      }
    })

    test('against each other', () => {
      const they = new Conversation({
        dongle: ours,
        tool: { ...ours, primitives: noblePrimitives },
      })
      they.run()
      they.say('hello')
      they.run()
      expect(they.log).toEqual(['tool: open', 'dongle: open', 'dongle: record hello'])
    })

    test('and refuse one with another secret', () => {
      const they = new Conversation({ dongle: ours, tool: ours })
      const peer = new NoblePeer({ ...theirs, labelSecret: new Uint8Array(16) })
      they.toDongle(peer.hello()).fromDongle()
      expect(() => peer.takeHello(they.fromTool()[0])).toThrow()
      expect(they.log).toEqual(['dongle: refused: wrong secret, wait 1000'])
    })

    test('and one that has the secret and says more in the handshake', () => {
      const they = new Conversation({ dongle: ours, tool: ours })
      const options = { ...theirs, payload: Uint8Array.of(1) }
      they.toTool(new NoblePeer(options).takeHello(they.fromTool()[0])).fromTool()
      they.toDongle(new NoblePeer(options).hello()).fromDongle()
      expect(they.log).toEqual([
        'tool: refused: wrong secret',
        'dongle: refused: wrong secret, wait 1000',
      ])
    })

    test.each(LOW_ORDER)('and one that has the secret and the key %s', (_name, u) => {
      const they = new Conversation({ dongle: ours, tool: ours })
      const peer = new NoblePeer({ ...theirs, lowOrder: fromHex(u) })
      they.toTool(peer.takeHello(they.fromTool()[0])).fromTool()
      they.toDongle(new NoblePeer({ ...theirs, lowOrder: fromHex(u) }).hello()).fromDongle()
      expect(they.log).toEqual([
        'tool: refused: wrong secret',
        'dongle: refused: wrong secret, wait 1000',
      ])
    })
  },
)

test('a channel ends before its last nonce', () => {
  const key = new Uint8Array(32).fill(9)
  const cipher = () => new CipherState(openssl, key.slice())
  const [sender, receiver] = [new Records(cipher(), cipher()), new Records(cipher(), cipher())]
  const text = Uint8Array.of(1)
  for (let i = 0; i < MAX_RECORDS; i++)
    if (!receiver.open(sender.seal(text)!)) throw new Error(`record ${i}`)
  expect(sender.seal(text)).toBeUndefined()
  // One more, by a sender that keeps no limit.
  const next = cipher()
  next.count = MAX_RECORDS
  const frame = new Uint8Array(1 + text.length + TAG_BYTES)
  frame[0] = RECORD
  next.seal(frame, 1, 1 + text.length)
  expect(receiver.open(frame)).toBeUndefined()
})

test('the dongle says so when its records are used up', () => {
  const they = new Conversation({ dongle: { primitives: openssl } }).open()
  for (let i = 0; i < MAX_RECORDS; i++) they.answer('x')
  expect(they.fromDongle()).toHaveLength(MAX_RECORDS)
  they.answer('x')
  they.fromDongle()
  expect(they.log).toEqual(['dongle: refused: too many records'])
})
