import { describe, expect, test } from '@jest/globals'
import { equalBytes, putBase64, putU32, readUtf8, utf8 } from '../../firmware/core/bytes'
import { crc32 } from '../../firmware/core/sealed'
import { Console } from '../../firmware/dongle/console'
import { MAX_FRAME_BYTES } from '../../firmware/provisioning/frames'
import { encodeState, MAX_PACKET_BYTES } from '../../firmware/provisioning/improv'
import {
  encodeFragment,
  fragmentCount,
  LineReader,
  MAX_LINE_BYTES,
} from '../../firmware/provisioning/line'
import { random } from '../../tools/sim/random'
import { encodeFrame, inShort } from '../../tools/sim/tool-end'
import { at, hex, join, read } from './traffic'

const READY = hex('494d50524f56 01 01 01 02 e2 0a')
const seed = random(20_261_127)
const frame = Uint8Array.from({ length: 500 }, () => seed.below(256))

test('a frame is lines of base64 with a line end before each', () => {
  expect(String.fromCharCode(...encodeFragment(utf8('hello'), 7, 0))).toBe(
    '\nWB1:BwAABWhlbGxvIpe5Tw==\n',
  )
})

describe('three kinds of traffic on one line', () => {
  test('are told apart, in their order', () => {
    expect(
      read(new LineReader(), '0.087 I joining\r\n', READY, encodeFrame(frame), 'one more\n'),
    ).toEqual(['text 0.087 I joining', 'improv 1 2', 'frame of 500', 'text one more'])
  })

  test('are the same, however the bytes are cut', () => {
    const all = join(utf8('IMPROVE\n'), READY, encodeFrame(frame), utf8('I\n'), READY)
    const expected = ['text IMPROVE', 'improv 1 2', 'frame of 500', 'text I', 'improv 1 2']
    for (let cut = 0; cut <= all.length; cut++)
      expect(read(new LineReader(), all.subarray(0, cut), all.subarray(cut))).toEqual(expected)
    const reader = new LineReader()
    expect([...all].flatMap((byte) => read(reader, Uint8Array.of(byte)))).toEqual(expected)
  })

  test('begin anew behind a line that was cut', () => {
    const reader = new LineReader()
    expect(
      read(reader, '12.3 W half a li', encodeState(4), 'WB1:BwAABWhl', encodeFrame(frame)),
    ).toEqual(['text 12.3 W half a li', 'improv 1 4', 'frame of 500'])
  })

  test('texts are left out for who does not want them', () => {
    expect(read(new LineReader(false), 'help\n', READY, 'help\n', encodeFrame(frame))).toEqual([
      'improv 1 2',
      'frame of 500',
    ])
  })

  test('the longest line of the console comes whole, and nothing in it passes for a packet', () => {
    const text = `IMPROV\x01\x01\x01\x02\xe2${'☃'.repeat(300)}`
    const line = new Console().line({ kind: 'log', text }, at(0))!
    const [item, ...more] = new LineReader().take(utf8(`${line}\n`), at(0))
    expect(more).toEqual([])
    expect(item.kind === 'text' && readUtf8(item.bytes)).toBe(line)
  })

  test('a text is cut at its maximum, and the next one is whole', () => {
    const [first, second] = read(new LineReader(), `${'x'.repeat(5000)}\nshort\n`)
    expect([first.length, second]).toEqual(['text '.length + MAX_LINE_BYTES, 'text short'])
  })
})

describe('an Improv packet', () => {
  test('is found in what only looks like one', () => {
    const reader = new LineReader()
    const padding = new Uint8Array(MAX_PACKET_BYTES)
    expect(read(reader, 'IMPROV\x01\x03\x40', READY, READY, padding).slice(0, 4)).toEqual([
      'damaged',
      'improv 1 2',
      'text IMPROV\x01\x03@',
      'improv 1 2',
    ])
  })

  test('is not waited for longer than it can take', () => {
    const reader = new LineReader()
    const begun = utf8('IMPROV\x01\x03\x7f')
    expect(inShort(reader.take(begun, at(0)))).toEqual([])
    expect(inShort(reader.take(encodeFrame(utf8('hello')), at(101)))).toEqual([
      'text IMPROV\x01\x03\x7f',
      'frame of 5',
    ])
    expect(inShort(reader.take(join(begun, READY), at(1000)))).toEqual([])
    expect(inShort(reader.take(READY, at(2000)))).toEqual([
      'improv 1 2',
      'text IMPROV\x01\x03\x7f',
      'improv 1 2',
    ])
  })

  test('may come with pauses', () => {
    const reader = new LineReader()
    const items = [...READY].flatMap((byte, i) => [
      ...reader.take(Uint8Array.of(byte), at(100 * i)),
    ])
    expect(inShort(items)).toEqual(['improv 1 2'])
  })
})

describe('a frame', () => {
  test.each([0, 1, 183, 184, 185, 368, 1000, MAX_FRAME_BYTES])(
    'of %i bytes comes over',
    (length) => {
      const sent = Uint8Array.from({ length }, () => seed.below(256))
      const [item, ...more] = new LineReader().take(encodeFrame(sent), at(0))
      expect(more).toEqual([])
      expect(item.kind === 'frame' && equalBytes(item.bytes, sent)).toBe(true)
    },
  )

  test('that is too long is an error of our own', () => {
    expect(() => encodeFragment(new Uint8Array(MAX_FRAME_BYTES + 1), 0, 0)).toThrow('longer')
  })

  test('whose head is not true is none', () => {
    const next = encodeFrame(utf8('next'), 2)
    expect(read(new LineReader(), forged([7, 0, 0, 5], 5))).toEqual(['frame of 5'])
    for (const [head, length] of [
      [[7, 0, 0xff, 0xff], 184],
      [[7, 0, 0x04, 0x12], 184],
      [[7, 0, 0, 4], 5],
      [[7, 0, 0, 6], 5],
      [[7, 1, 0, 5], 5],
      [[7, 255, 0xff, 0xff], 184],
      [[7, 0, 0, 0], 1],
    ] as const)
      expect(read(new LineReader(), forged(head, length), next)).toEqual(['frame of 4'])
  })

  test('that is too long is none, though every line of it is right', () => {
    const lines = (length: number) =>
      Array.from({ length: fragmentCount(length) }, (_, i) =>
        forged([7, i, length >> 8, length & 0xff], Math.min(184, length - 184 * i)),
      )
    expect(read(new LineReader(), ...lines(MAX_FRAME_BYTES))).toEqual(['frame of 1041'])
    expect(read(new LineReader(), ...lines(MAX_FRAME_BYTES + 1))).toEqual([])
  })

  test('does not grow on its way', () => {
    const lines = [forged([7, 0, 1, 0x70], 184), forged([7, 1, 1, 0x71], 184)]
    expect(read(new LineReader(), ...lines, forged([7, 2, 1, 0x71], 1))).toEqual([])
  })

  test('is lost with any of its lines, and the next one comes', () => {
    const lines = Array.from({ length: fragmentCount(500) }, (_, i) => encodeFragment(frame, 1, i))
    expect(lines).toHaveLength(3)
    const [first, second, third] = lines
    const next = encodeFrame(utf8('next'), 2)
    for (const received of [
      [second, third],
      [first, third],
      [first, second],
      [first, third, second],
      [first, first, third],
      [first, encodeFragment(frame, 2, 1), encodeFragment(frame, 2, 2)],
    ])
      expect(read(new LineReader(), ...received, next)).toEqual(['frame of 4'])
    expect(read(new LineReader(), first, first, second, third)).toEqual(['frame of 500'])
    expect(read(new LineReader(), first, utf8('a log line\n'), second, READY, third)).toEqual([
      'text a log line',
      'improv 1 2',
      'frame of 500',
    ])
  })

  test('with any bit changed or any part missing is none', () => {
    // Of twelve bytes, head and CRC included: base64 then has no bits that mean nothing.
    const line = encodeFragment(utf8('four'), 7, 0)
    for (let i = 1; i < line.length - 1; i++)
      for (let bit = 0; bit < 8; bit++) {
        const changed = line.slice()
        changed[i] ^= 1 << bit
        expect(read(new LineReader(false), changed, '\n')).toEqual([])
      }
    for (let end = 0; end < line.length - 1; end++)
      expect(read(new LineReader(false), line.subarray(0, end), '\n')).toEqual([])
  })
})

/** As a peer may write it: any head, so many bytes, and a right CRC. */
function forged(head: readonly number[], length: number): Uint8Array {
  const fragment = new Uint8Array(4 + length + 4)
  fragment.set(head)
  putU32(fragment, 4 + length, crc32(fragment, 4 + length))
  const line = new Uint8Array(4 + 4 * Math.ceil(fragment.length / 3))
  putBase64(line, 4, fragment)
  line.set(utf8('WB1:'))
  return join(line, utf8('\n'))
}
