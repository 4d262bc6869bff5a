import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../firmware/core/bytes'
import { crc32, seal, unseal } from '../../firmware/core/sealed'
import type { Store } from '../../firmware/ports/store'
import { Journal } from '../../firmware/settings/journal'

/** A store whose power fails after so many bytes of a write: the rest of that blob is lost, or all of it is. */
class FragileStore implements Store {
  readonly blobs = new Map<string, Uint8Array>()
  bytesLeft = Number.POSITIVE_INFINITY
  /** As NVS preferences do: the old blob is gone before the new one is written. */
  erasesFirst = false

  read(name: string): Uint8Array | undefined {
    return this.blobs.get(name)
  }

  write(name: string, bytes: Uint8Array): void {
    const whole = this.bytesLeft >= bytes.length
    const kept = whole ? bytes : bytes.slice(0, this.bytesLeft)
    if (whole || !this.erasesFirst) this.blobs.set(name, kept.slice())
    else this.blobs.delete(name)
    this.bytesLeft -= kept.length
    if (!whole) throw new Error('power cut')
  }

  erase(name: string): void {
    this.blobs.delete(name)
  }
}

const text = (value: { payload: Uint8Array } | undefined) =>
  value && String.fromCharCode(...value.payload)

test('CRC-32 is the one of IEEE 802.3', () => {
  expect(crc32(utf8('123456789'))).toBe(0xcbf43926)
})

describe('a sealed value', () => {
  const sealed = seal({ version: 3, sequence: 0xfffffffe, payload: utf8('settings') })

  test('comes back', () => {
    expect(unseal(sealed)).toEqual({ version: 3, sequence: 0xfffffffe, payload: utf8('settings') })
  })
  test('is refused when any byte is missing, or any bit is another', () => {
    for (let end = 0; end < sealed.length; end++)
      expect(unseal(sealed.slice(0, end))).toBeUndefined()
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const flipped = sealed.slice()
      flipped[bit >> 3] ^= 1 << (bit & 7)
      expect(unseal(flipped)).toBeUndefined()
    }
  })
})

describe('a power cut', () => {
  test.each([[false], [true]])(
    'at every byte of every write leaves the old or the new value (erases first: %j)',
    (erasesFirst) => {
      const length = seal({ version: 1, sequence: 0, payload: utf8('value 0') }).length
      for (let cutWrite = 1; cutWrite < 6; cutWrite++) {
        for (let cutByte = 0; cutByte <= length; cutByte++) {
          const store = new FragileStore()
          store.erasesFirst = erasesFirst
          const journal = new Journal(store, 'j')
          for (let i = 0; i < cutWrite; i++) journal.write(1, utf8(`value ${i}`))
          store.bytesLeft = cutByte
          let cut = false
          try {
            journal.write(1, utf8(`value ${cutWrite}`))
          } catch {
            cut = true
          }
          expect(cut).toBe(cutByte < length)
          store.bytesLeft = Number.POSITIVE_INFINITY
          expect(text(journal.read())).toBe(`value ${cut ? cutWrite - 1 : cutWrite}`)
          journal.write(1, utf8('after'))
          expect(text(journal.read())).toBe('after')
        }
      }
    },
  )
})

test('a sequence that wraps still says which is newer', () => {
  const store = new FragileStore()
  store.write('j.0', seal({ version: 1, sequence: 0xffffffff, payload: utf8('old') }))
  const journal = new Journal(store, 'j')
  journal.write(1, utf8('new'))
  expect(text(journal.read())).toBe('new')
})

test('a name too long for NVS is a programmer error', () => {
  expect(() => new Journal(new FragileStore(), 'fourteen chars')).toThrow()
})
