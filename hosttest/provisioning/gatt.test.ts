import { describe, expect, test } from '@jest/globals'
import { MAX_FRAME_BYTES } from '../../firmware/provisioning/frames'
import {
  GATT_SERVICE,
  type GattItem,
  GattReader,
  GattWriter,
  MAX_VALUE_BYTES,
  nextNumber,
  radioName,
  valueBytes,
} from '../../firmware/provisioning/gatt'
import { MIN_MTU } from '../../tools/sim/radio'
import { hex } from './traffic'

function frameOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (7 * i + length) & 0xff)
}

/** All values of a frame, the first one's number given. */
function valuesOf(frame: Uint8Array, maxBytes: number, number = 0): Uint8Array[] {
  const writer = new GattWriter()
  writer.begin(frame)
  const values: Uint8Array[] = []
  for (; writer.isBusy; number = nextNumber(number)) values.push(writer.next(number, maxBytes))
  return values
}

/** In short what comes of values, and the last frame. */
function read(values: readonly Uint8Array[], reader = new GattReader()): [string, Uint8Array] {
  let frame: Uint8Array = new Uint8Array(0)
  const kinds = values.map((value) => {
    const item: GattItem = reader.take(value)
    if (item.kind === 'frame') frame = item.bytes
    return item.kind === 'wrong' ? item.why : item.kind
  })
  return [kinds.join(' '), frame]
}

describe('a frame', () => {
  test('goes in as many values as it takes, each with its number and what is left', () => {
    const values = valuesOf(hex('01 02 03 04 05'), 5, 254)
    expect(values).toEqual([hex('fe 0005 01 02'), hex('ff 0003 03 04'), hex('00 0001 05')])
    expect(read(values)).toEqual(['more more frame', hex('01 02 03 04 05')])
  })

  test.each([MIN_MTU, 24, 100, 185, 247, 256, 517])(
    'of any length arrives with an MTU of %i',
    (mtu) => {
      const reader = new GattReader()
      const maxBytes = valueBytes(mtu)
      let number = 0
      for (const length of [1, 16, 17, 18, 50, 249, 250, 251, 500, MAX_FRAME_BYTES]) {
        const values = valuesOf(frameOf(length), maxBytes, number)
        number = (number + values.length) & 0xff
        for (const { length: bytes } of values)
          expect(bytes).toBeLessThanOrEqual(Math.min(maxBytes, MAX_VALUE_BYTES))
        const [kinds, frame] = read(values, reader)
        expect(kinds).toBe(`${'more '.repeat(values.length - 1)}frame`)
        expect(frame).toEqual(frameOf(length))
      }
    },
  )

  test('of a reader need not be kept: the values may be overwritten', () => {
    const reader = new GattReader()
    const value = new Uint8Array(20)
    for (const part of valuesOf(frameOf(30), 20)) {
      value.fill(0)
      value.set(part)
      const item = reader.take(value.subarray(0, part.length))
      value.fill(0xff)
      if (item.kind === 'frame') expect(item.bytes).toEqual(frameOf(30))
    }
  })

  test('that is too long, or comes while another is being sent, is an error of ours', () => {
    const writer = new GattWriter()
    expect(() => writer.begin(new Uint8Array(0))).toThrow()
    expect(() => writer.begin(new Uint8Array(MAX_FRAME_BYTES + 1))).toThrow()
    writer.begin(frameOf(1))
    expect(() => writer.begin(frameOf(1))).toThrow()
  })
})

describe('a value', () => {
  test('without a frame asks for what the other side has to say', () => {
    expect(new GattWriter().next(7, 20)).toEqual(hex('07 0000'))
    expect(read([hex('07 0000'), hex('08 0000'), hex('09 0001 aa')])).toEqual([
      'more more frame',
      hex('aa'),
    ])
  })

  test('may have any number if it is the first', () => {
    for (const number of [0, 1, 200, 255])
      expect(read(valuesOf(frameOf(40), 20, number))[0]).toBe('more more frame')
  })

  test('that is repeated changes nothing, whatever is in it', () => {
    const [first, second, third] = valuesOf(frameOf(40), 20)
    expect(read([first, first, hex('00 0001 00'), second, second, third, third])).toEqual([
      'more repeated repeated more repeated frame repeated',
      frameOf(40),
    ])
  })

  test('of which one before is missing is wrong', () => {
    const [first, second, third] = valuesOf(frameOf(40), 20)
    expect(read([first, third])[0]).toBe('more number')
    expect(read([second, first])[0]).toBe('more number')
    expect(read([hex('ff 0000'), hex('01 0000')])[0]).toBe('more number')
  })

  test('of another length than any has is wrong', () => {
    for (const value of [
      '',
      '00',
      '00 00',
      '00 0001',
      '00 0001 aabb',
      '00 0412 aa',
      '00 ffff aa',
      '00 0000 aa',
    ])
      expect([value, read([hex(value)])[0]]).toEqual([value, 'length'])
    expect(read([new Uint8Array(MAX_VALUE_BYTES + 1)])[0]).toBe('length')
    const longest = valuesOf(frameOf(MAX_FRAME_BYTES), 1000)[0]
    expect(longest).toHaveLength(MAX_VALUE_BYTES)
    expect(read([longest])[0]).toBe('more')
  })

  test('that leaves a frame half-written is wrong', () => {
    const [first] = valuesOf(frameOf(40), 20)
    for (const value of ['01 0000', '01 0005 0102030405', '01 0016 aa', '01 0018 aa', '01 0028 aa'])
      expect([value, read([first, hex(value)])[0]]).toEqual([value, 'more order'])
    expect(read([first, hex('01 0017 aa')])[0]).toBe('more more')
  })

  test('that is wrong ends no frame: the right one may still come', () => {
    const [first, second, third] = valuesOf(frameOf(40), 20)
    expect(read([first, third, second, third])).toEqual(['more number more frame', frameOf(40)])
  })
})

test('the UUIDs of service and characteristics are those of the documentation', () => {
  expect(Object.values(GATT_SERVICE)).toEqual([
    '9e1e0001-bac3-4c84-8489-6f2595ef8d5b',
    '9e1e0002-bac3-4c84-8489-6f2595ef8d5b',
    '9e1e0003-bac3-4c84-8489-6f2595ef8d5b',
  ])
})

test('the name ends as the serial number on the label does', () => {
  expect(radioName('WB261100042')).toBe('Wattbeat 100042')
  expect(radioName('7')).toBe('Wattbeat 7')
})
