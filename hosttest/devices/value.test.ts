import { describe, expect, test } from '@jest/globals'
import { decodeNumber, decodeText, type NumberFormat } from '../../firmware/devices/value'
import { bytes } from '../../tools/sim/modbus/scripted'

const plain: NumberFormat = {
  type: 'u16',
  order: 'msw',
  exponent: 0,
  offset: 0,
  mask: undefined,
  sentinels: undefined,
}
const read = (hex: string, format: Partial<NumberFormat>): number | undefined =>
  decodeNumber(bytes(hex), 0, { ...plain, ...format })

describe('numbers in registers', () => {
  test.each([
    ['08fd', { type: 'u16', exponent: -1 }, 230.1],
    ['fffe', { type: 's16' }, -2],
    ['ffff', { type: 's16' }, -1],
    ['0001 0000', { type: 'u32' }, 65536],
    ['0000 0001', { type: 'u32', order: 'lsw' }, 65536],
    ['fc2d ffff', { type: 's32', order: 'lsw' }, -979],
    ['ffff fc2d', { type: 's32' }, -979],
    ['0000 0000 0001 e240', { type: 'u64', exponent: 1 }, 1234560],
    ['e240 0001 0000 0000', { type: 'u64', order: 'lsw' }, 123456],
    ['ffff ffff ffff ff85', { type: 's64' }, -123],
    ['4366 3334', { type: 'f32' }, 230.2000122],
    ['c49a 5000', { type: 'f32' }, -1234.5],
    ['5000 c49a', { type: 'f32', order: 'lsw' }, -1234.5],
    ['3f80 0000', { type: 'f32', exponent: 3 }, 1000],
    ['0000 0000', { type: 'f32' }, 0],
    ['0000 0001', { type: 'f32' }, 1.401298464324817e-45],
    ['c093 4a00 0000 0000', { type: 'f64' }, -1234.5],
    ['7530', { type: 'u16', offset: -30000, exponent: -1 }, 0],
    ['0463', { type: 'u16', mask: 0xff }, 99],
    ['1400', { type: 'u16', mask: 0xff00 }, 20],
  ] as const)('%s as %j is %d', (hex, format, value) => {
    expect(read(hex, format)).toBeCloseTo(value, 4)
  })

  test.each([
    ['ffff', { type: 'u16' }],
    ['8000', { type: 's16' }],
    ['7fff', { type: 's16' }],
    ['ffff ffff', { type: 'u32' }],
    ['8000 0000', { type: 's32' }],
    ['7fff ffff', { type: 's32' }],
    ['ffff 7fff', { type: 's32', order: 'lsw' }],
    ['ffff ffff ffff ffff', { type: 'u64' }],
    ['7fff ffff ffff ffff', { type: 's64' }],
    ['8000 0000 0000 0000', { type: 's64' }],
    ['7fc0 0000', { type: 'f32' }],
    ['ffff ffff', { type: 'f32' }],
    ['7f80 0000', { type: 'f32' }],
    ['ff7f ffff', { type: 'f32' }],
    ['ffff ff7f', { type: 'f32', order: 'lsw' }],
    ['7ff8 0000 0000 0000', { type: 'f64' }],
    ['0000', { type: 'u16', sentinels: [0] }],
    ['ffff ffff', { type: 's32', sentinels: [-1] }],
  ] as const)('%s as %j is no reading', (hex, format) => {
    expect(read(hex, format)).toBeUndefined()
  })

  test('every float is decoded as a DataView decodes it', () => {
    const view = new DataView(new ArrayBuffer(8))
    let wrong = 0
    for (let i = 0; i < 5000; i++) {
      const high = Math.imul(i, 0x9e3779b1)
      view.setUint32(0, high)
      view.setUint32(4, Math.imul(i, 0x85ebca6b))
      const raw = new Uint8Array(view.buffer)
      const f32 = view.getFloat32(0)
      const f64 = view.getFloat64(0)
      const ours32 = decodeNumber(raw, 0, { ...plain, type: 'f32' })
      const ours64 = decodeNumber(raw, 0, { ...plain, type: 'f64' })
      if (ours32 !== (Number.isFinite(f32) ? f32 : undefined)) wrong++
      if (ours64 !== (Number.isFinite(f64) ? f64 : undefined)) wrong++
    }
    expect(wrong).toBe(0)
  })

  test('text ends at its first NUL', () => {
    expect(decodeText(bytes('4232 3320 0000 4141'), 0, 4)).toBe('B23')
  })
})
