import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { boot } from '../../firmware/dongle/boot'
import { validateSettings } from '../../firmware/dongle/validate'
import type { Board } from '../../firmware/ports/board'
import { explain, parseSettings } from '../../firmware/settings/parse'
import { CHIPS } from '../../firmware/settings/pins'
import { loadSettings, saveSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'
import { Flash } from '../../tools/sim/flash'
import { patchSettings } from './patched'

type Pins = NonNullable<Settings['line']['pins']>
const EVERY = Array.from({ length: 49 }, (_, gpio) => gpio)

function file(pins: Partial<Pins>): Record<string, unknown> {
  return {
    environment: 'sandbox',
    site: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
    credentials: { key: 'key', secret: 'secret' },
    line: { pins },
    devices: [{ model: 'eastron-sdm630', unit: 1, role: 'site' }],
  }
}

function wrong(pins: Partial<Pins>, chip?: string): string[] {
  const parsed = parseSettings(file(pins), chip)
  return 'wrong' in parsed ? parsed.wrong.map(explain) : []
}

/** Of all GPIOs those that are refused; the other pin is one that every chip has. */
function refused(name: 'transmit' | 'receive' | 'direction', chip?: string): number[] {
  const [transmit, receive] = [4, 5]
  return EVERY.filter((gpio) => {
    const fields = wrong({ transmit, receive, [name]: gpio }, chip)
    return fields.some((line) => line.startsWith(`line.pins.${name}: expected GPIO `))
  })
}

function range(first: number, last: number): number[] {
  return EVERY.slice(first, last + 1)
}

const ABSENT = {
  esp32: [20, 24, ...range(28, 31), ...range(40, 48)],
  esp32s3: range(22, 25),
  esp32c3: range(22, 48),
}
const MEMORY = { esp32: range(6, 11), esp32s3: range(26, 37), esp32c3: range(11, 17) }
const USB = { esp32: [], esp32s3: [19, 20], esp32c3: [18, 19] }

describe.each(['esp32', 'esp32s3', 'esp32c3'] as const)('on an %s', (chip) => {
  const never = [...ABSENT[chip], ...MEMORY[chip], ...USB[chip]].sort((a, b) => a - b)

  test('a pin that it does not have, or needs for its memory or USB, receives nothing', () => {
    expect(refused('receive', chip)).toEqual(never)
  })

  test('nor drives anything, and nor does an input', () => {
    const inputs = chip === 'esp32' ? range(34, 39) : []
    const expected = [...never, ...inputs].sort((a, b) => a - b)
    expect(refused('transmit', chip)).toEqual(expected)
    expect(refused('direction', chip)).toEqual(expected)
  })
})

test('the refusal names the pins that are free, and one of them', () => {
  expect(wrong({ transmit: 6, receive: 34, direction: 35, port: 2 }, 'esp32')).toEqual([
    'line.pins.transmit: expected GPIO 0-5, 12-19, 21-23, 25-27, 32-33 of an esp32, such as 4, found 6',
    'line.pins.direction: expected GPIO 0-5, 12-19, 21-23, 25-27, 32-33 of an esp32, such as 21, found 35',
  ])
  expect(wrong({ transmit: 18, receive: 22, port: 2 }, 'esp32c3')).toEqual([
    'line.pins.transmit: expected GPIO 0-10, 20-21 of an esp32c3, such as 4, found 18',
    'line.pins.receive: expected GPIO 0-10, 20-21 of an esp32c3, such as 5, found 22',
    'line.pins.port: expected at most 1, the last UART of an esp32c3, found 2',
  ])
})

test.each(Object.keys(CHIPS))('the pins that a refusal names are free on an %s', (chip) => {
  const lines = wrong({ transmit: 24, receive: 24, direction: 24 }, chip).join('\n')
  const [transmit, receive, direction] = [...lines.matchAll(/such as (\d+)/g)].map((one) => +one[1])
  expect([transmit, receive, direction]).not.toContain(undefined)
  expect(wrong({ transmit, receive, direction }, chip)).toEqual([])
})

test.each([undefined, 'esp32p4'])('if the chip is %s, what any chip has is accepted', (chip) => {
  const [esp32, s3, c3] = Object.keys(CHIPS).map((name) => refused('transmit', name))
  expect(refused('transmit', chip)).toEqual(
    esp32.filter((gpio) => s3.includes(gpio) && c3.includes(gpio)),
  )
  expect(wrong({ transmit: 6, receive: 34, port: 2 }, chip)).toEqual([])
})

test('the chip counts wherever settings are validated', () => {
  const pins = { transmit: 33, receive: 5 }
  const parsed = parseSettings(file(pins))
  if ('wrong' in parsed) throw new Error(parsed.wrong.map(explain).join('; '))
  const store = new Flash()
  saveSettings(store, parsed.settings)
  const utc = Date.UTC(2026, 0) as UnixMs
  for (const answer of [
    loadSettings(store, 'esp32c3'),
    validateSettings(file(pins), utc, 'esp32c3'),
    patchSettings(parsed.settings, { qos: 2 }, 'esp32c3'),
  ])
    expect(answer).toMatchObject({ wrong: [{ field: 'line.pins.transmit' }] })
  expect(loadSettings(store)).toEqual(parsed)
  const reports: unknown[] = []
  const board = { store, system: { chip: 'esp32c3' }, clock: { now: () => 0 } }
  boot(board as unknown as Board, (report) => reports.push(report))
  expect(reports).toEqual([
    {
      kind: 'state',
      state: 'unprovisioned',
      why: 'line.pins.transmit: expected GPIO 0-10, 20-21 of an esp32c3, such as 4, found 33',
    },
  ])
})
