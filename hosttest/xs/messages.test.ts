import { expect, test } from '@jest/globals'
import { pack, unpack } from '../../tools/xs/messages'

test.each([
  ['no bytes', undefined],
  ['none of them', []],
  ['NULs among them', [0, 1, 0]],
  ['no text', [0xff, 0xfe]],
])('a message with %s', (_, list) => {
  const message = { kind: 'é \0 ✓', why: '' }
  const bytes = list && Uint8Array.from(list)
  const unpacked = unpack(pack(message, bytes))
  expect(unpacked.message).toEqual(message)
  expect(unpacked.bytes).toEqual(bytes)
})
