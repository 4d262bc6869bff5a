import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../firmware/core/bytes'
import { Journal } from '../../firmware/core/journal'
import { crc32, seal, unseal } from '../../firmware/core/sealed'
import type { Store } from '../../firmware/ports/store'
import { eraseSettings, loadSettings, saveSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'

const VALID = {
  environment: 'sandbox',
  site: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
  line: { baud: 9600, parity: 'none', stopBits: 1 },
  devices: [{ model: 'eastron-sdm630', unit: 1, role: 'site' }],
  qos: 1,
  timeServers: ['ntp.se'],
}

/** A store whose power fails after so many bytes of a write: the rest of that blob is lost, or all of it is. */
class FragileStore implements Store {
  readonly blobs = new Map<string, Uint8Array>()
  bytesLeft = Number.POSITIVE_INFINITY
  /** As NVS preferences do: the old blob is gone before the new one is written. */
  erasesFirst = false

  /** Erasures and writes that still succeed. */
  operationsLeft = Number.POSITIVE_INFINITY

  read(name: string): Uint8Array | undefined {
    return this.blobs.get(name)
  }

  #operate(): void {
    if (this.operationsLeft-- <= 0) throw new Error('power cut')
  }

  write(name: string, bytes: Uint8Array): void {
    this.#operate()
    const whole = this.bytesLeft >= bytes.length
    const kept = whole ? bytes : bytes.slice(0, this.bytesLeft)
    if (whole || !this.erasesFirst) this.blobs.set(name, kept.slice())
    else this.blobs.delete(name)
    this.bytesLeft -= kept.length
    if (!whole) throw new Error('power cut')
  }

  erase(name: string): void {
    this.#operate()
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

describe('the settings in it', () => {
  const settings = (secret: string) =>
    ({ ...VALID, credentials: { key: 'k', secret } }) as unknown as Settings
  const stored = (store: Store) => {
    const loaded = loadSettings(store)
    return loaded && ('settings' in loaded ? loaded.settings.credentials.secret : 'wrong')
  }
  /** Power is cut after every possible number of operations, and at every byte of a write. */
  function cuts(change: (store: FragileStore) => void, check: (store: FragileStore) => void): void {
    for (let operations = 0; operations < 6; operations++)
      for (let bytes = 0; bytes < 400; bytes += operations === 0 ? 400 : 1) {
        const store = new FragileStore()
        for (const secret of ['first', 'second', 'third']) saveSettings(store, settings(secret))
        store.operationsLeft = operations
        store.bytesLeft = bytes
        try {
          change(store)
        } catch {}
        store.operationsLeft = store.bytesLeft = Number.POSITIVE_INFINITY
        check(store)
      }
  }

  test('are the old or the new after a power cut, and never those before the old', () => {
    cuts(
      (store) => saveSettings(store, settings('fourth')),
      (store) => expect(['third', 'fourth']).toContain(stored(store)),
    )
  })

  // The newest was erased first: cut there, a reset brought the settings before it back to life.
  test('are there or gone after a reset that was cut short', () => {
    cuts(
      (store) => {
        new Journal(store, 'settings').write(1, utf8(JSON.stringify(settings('fourth'))))
        eraseSettings(store)
      },
      (store) => expect([undefined, 'third', 'fourth']).toContain(stored(store)),
    )
    const store = new FragileStore()
    const journal = new Journal(store, 'settings')
    for (const secret of ['old', 'new']) journal.write(1, utf8(JSON.stringify(settings(secret))))
    store.operationsLeft = 1
    expect(() => eraseSettings(store)).toThrow('power cut')
    store.operationsLeft = Number.POSITIVE_INFINITY
    expect(stored(store)).toBe('new')
  })

  // The other slot was erased: one bit, and the dongle was unprovisioned until somebody came.
  test('survive any flipped bit, and the reader is told which copy was used', () => {
    const whole = new FragileStore()
    for (const secret of ['first', 'second']) saveSettings(whole, settings(secret))
    expect(loadSettings(whole)?.note).toBeUndefined()
    for (const slot of [0, 1]) {
      const name = `settings.${slot}`
      const bytes = whole.blobs.get(name)!
      for (let bit = 0; bit < 8 * bytes.length; bit += 7) {
        const store = new FragileStore()
        for (const [each, blob] of whole.blobs) store.blobs.set(each, blob.slice())
        store.blobs.get(name)![bit >> 3] ^= 1 << (bit & 7)
        expect(stored(store)).toBe('second')
        expect(loadSettings(store)).toMatchObject({
          note: `copy ${1 - slot} of the settings was read: the other is not the same`,
        })
        saveSettings(store, settings('second'))
        expect(loadSettings(store)?.note).toBeUndefined()
      }
    }
  })

  test('survive a slot that cannot be read, and if neither can be that is said', () => {
    const store = new FragileStore()
    saveSettings(store, settings('first'))
    const read = store.read.bind(store)
    store.read = (name) => {
      if (name === 'settings.1') throw new Error('flash')
      return read(name)
    }
    expect(stored(store)).toBe('first')
    saveSettings(store, settings('second'))
    store.read = read
    expect(stored(store)).toBe('second')
    store.read = () => {
      throw new Error('flash')
    }
    expect(loadSettings(store)).toEqual({
      wrong: [
        { field: 'settings', found: 'settings.1: flash', expected: 'a store that can be read' },
      ],
      isUnreadable: true,
    })
  })

  test('that were replaced are in no slot any more', () => {
    const store = new FragileStore()
    for (const secret of ['horse', 'battery', 'staple']) saveSettings(store, settings(secret))
    const flash = [...store.blobs.values()].map((bytes) => String.fromCharCode(...bytes)).join()
    expect(flash).toMatch(/staple/)
    expect(flash).not.toMatch(/horse|battery/)
  })
})

test('a write needs no room for a third value: NVS frees an old blob only after it has written the new one', () => {
  const store = new FragileStore()
  const write = store.write.bind(store)
  store.write = (name, bytes) => {
    if (store.blobs.size === 2) throw new Error('no room')
    write(name, bytes)
  }
  const journal = new Journal(store, 'j')
  for (const value of ['first', 'second', 'third']) journal.write(1, utf8(value))
  expect(text(journal.read())).toBe('third')
  journal.writeBoth(1, utf8('fourth'))
  expect(journal.read()?.isMirrored).toBe(true)
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
