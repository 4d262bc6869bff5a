import { expect, test } from '@jest/globals'
import { equalBytes } from '../../firmware/core/bytes'
import {
  encodeRecord,
  MAX_MESSAGE_BYTES,
  MessageReader,
  recordCount,
} from '../../firmware/provisioning/messages'
import { random } from '../../tools/sim/random'

const seed = random(20_261_127)
const bytes = (length: number) => Uint8Array.from({ length }, () => seed.below(256))
const records = (message: Uint8Array) =>
  Array.from({ length: recordCount(message.length) }, (_, i) => encodeRecord(message, i))

test.each([
  [0, [2]],
  [1, [3]],
  [1022, [1024]],
  [1023, [1024, 1]],
  [2046, [1024, 1024]],
  [MAX_MESSAGE_BYTES, [1024, 1024, 1024, 1024, 1024, 1024, 1024, 2]],
])('a message of %i bytes goes in records of %j and comes back', (length, expected) => {
  const reader = new MessageReader()
  // Twice, with empty records between.
  for (const message of [bytes(length), bytes(length)]) {
    const sent = records(message)
    expect(sent.map((record) => record.length)).toEqual(expected)
    const last = sent.pop()!
    for (const record of [...sent, bytes(0)]) expect(reader.take(record)).toBeUndefined()
    const read = reader.take(last)
    expect(read instanceof Uint8Array && equalBytes(read, message)).toBe(true)
  }
})

test.each([
  ['half a length', [[0]]],
  ['a length above the maximum', [[0x1c, 0x01]]],
  ['the greatest length', [[0xff, 0xff, 1]]],
  ['more than the length says', [[0, 1, 7, 8]]],
  ['something behind an empty message', [[0, 0, 1]]],
  [
    'more than the length says, later',
    [
      [0, 3, 7],
      [8, 9, 10],
    ],
  ],
])('%s is wrong', (_, parts) => {
  const reader = new MessageReader()
  const read = parts.map((part) => reader.take(Uint8Array.from(part)))
  expect(read.pop()).toBe('wrong')
  expect(read.every((one) => one === undefined)).toBe(true)
})
