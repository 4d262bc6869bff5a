import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { boot } from '../../firmware/dongle/boot'
import { validateSettings } from '../../firmware/dongle/validate'
import type { Board } from '../../firmware/ports/board'
import { explain, parseSettings } from '../../firmware/settings/parse'
import { CHIPS, type Hardware } from '../../firmware/settings/pins'
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

function wrong(pins: Partial<Pins>, hardware?: Hardware): string[] {
  const parsed = parseSettings(file(pins), hardware)
  return 'wrong' in parsed ? parsed.wrong.map(explain) : []
}

/** Of all GPIOs those that are refused; the other pin is one that every chip has. */
function refused(name: 'transmit' | 'receive' | 'direction', chip?: string): number[] {
  const [transmit, receive] = [4, 5]
  return EVERY.filter((gpio) => {
    const fields = wrong({ transmit, receive, [name]: gpio }, { chip })
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
/** UART 0: an installer's cable. */
const CABLE = { esp32: [1, 3], esp32s3: [43, 44], esp32c3: [20, 21] }

describe.each(['esp32', 'esp32s3', 'esp32c3'] as const)('on an %s', (chip) => {
  const never = [...ABSENT[chip], ...MEMORY[chip], ...USB[chip], ...CABLE[chip]].sort(
    (a, b) => a - b,
  )

  test('a pin that it does not have, or needs for its memory, USB or cable, receives nothing', () => {
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
  expect(wrong({ transmit: 6, receive: 34, direction: 35, port: 2 }, { chip: 'esp32' })).toEqual([
    'line.pins.transmit: expected GPIO 0, 2, 4-5, 12-19, 21-23, 25-27, 32-33 of an esp32, such as 4, found 6',
    'line.pins.direction: expected GPIO 0, 2, 4-5, 12-19, 21-23, 25-27, 32-33 of an esp32, such as 21, found 35',
  ])
  expect(wrong({ transmit: 18, receive: 22, port: 2 }, { chip: 'esp32c3' })).toEqual([
    'line.pins.transmit: expected GPIO 0-10 of an esp32c3, such as 4, found 18',
    'line.pins.receive: expected GPIO 0-10 of an esp32c3, such as 5, found 22',
    'line.pins.port: expected 1 of an esp32c3, whose UART 0 is the cable, found 2',
  ])
})

test('UART 0 is the cable, and no line', () => {
  expect(wrong({ transmit: 4, receive: 5, port: 0 }, { chip: 'esp32' })).toEqual([
    'line.pins.port: expected 1 or 2 of an esp32, whose UART 0 is the cable, found 0',
  ])
  expect(wrong({ transmit: 4, receive: 5, port: 0 })).toHaveLength(1)
})

test.each(Object.keys(CHIPS))('the pins that a refusal names are free on an %s', (chip) => {
  const lines = wrong({ transmit: 24, receive: 24, direction: 24 }, { chip }).join('\n')
  const [transmit, receive, direction] = [...lines.matchAll(/such as (\d+)/g)].map((one) => +one[1])
  expect([transmit, receive, direction]).not.toContain(undefined)
  expect(wrong({ transmit, receive, direction }, { chip })).toEqual([])
})

test.each([undefined, 'esp32p4'])('if the chip is %s, what any chip has is accepted', (chip) => {
  const [esp32, s3, c3] = Object.keys(CHIPS).map((name) => refused('transmit', name))
  expect(refused('transmit', chip)).toEqual(
    esp32.filter((gpio) => s3.includes(gpio) && c3.includes(gpio)),
  )
  expect(wrong({ transmit: 6, receive: 34, port: 2 }, { chip })).toEqual([])
})

describe('on a board with an LED, a button and pins that are held high', () => {
  const pins = {
    line: { transmit: 10, receive: 3, direction: 5 },
    high: [6, 7],
    led: 4,
    button: 2,
  }
  const board = { chip: 'esp32c3', pins }
  const own = `the board's own {"transmit":10,"receive":3,"direction":5}`

  test("a pin of the board's is refused in each place, with whose it is and the line's own pins", () => {
    expect(wrong({ transmit: 4, receive: 2, direction: 7 }, board)).toEqual([
      `line.pins.transmit: expected another GPIO, or ${own}, found 4, the board's LED`,
      `line.pins.receive: expected another GPIO, or ${own}, found 2, the board's button`,
      `line.pins.direction: expected another GPIO, or ${own}, found 7, the board's pin held high`,
    ])
    expect(wrong({ transmit: 6, receive: 4, direction: 2 }, board)).toEqual([
      `line.pins.transmit: expected another GPIO, or ${own}, found 6, the board's pin held high`,
      `line.pins.receive: expected another GPIO, or ${own}, found 4, the board's LED`,
      `line.pins.direction: expected another GPIO, or ${own}, found 2, the board's button`,
    ])
  })

  test('the pins of its line, and those that lead nowhere, are accepted', () => {
    expect(wrong(pins.line, board)).toEqual([])
    expect(wrong({ transmit: 0, receive: 1, direction: 8 }, board)).toEqual([])
  })

  test("a pin that the chip does not have is refused with the line's own", () => {
    expect(wrong({ transmit: 18, receive: 18, direction: 18 }, board).slice(0, 3)).toEqual([
      'line.pins.transmit: expected GPIO 0-10 of an esp32c3, such as 10, found 18',
      'line.pins.receive: expected GPIO 0-10 of an esp32c3, such as 3, found 18',
      'line.pins.direction: expected GPIO 0-10 of an esp32c3, such as 5, found 18',
    ])
  })

  test('if it has no line of its own, another GPIO is asked for', () => {
    expect(wrong({ transmit: 4, receive: 3 }, { chip: 'esp32c3', pins: { led: 4 } })).toEqual([
      "line.pins.transmit: expected another GPIO, found 4, the board's LED",
    ])
  })
})

test('the hardware counts wherever settings are validated', () => {
  const pins = { transmit: 33, receive: 5 }
  const hardware = { chip: 'esp32c3', pins: { button: 5 } }
  const parsed = parseSettings(file(pins))
  if ('wrong' in parsed) throw new Error(parsed.wrong.map(explain).join('; '))
  const store = new Flash()
  saveSettings(store, parsed.settings)
  const utc = Date.UTC(2026, 0) as UnixMs
  for (const answer of [
    loadSettings(store, hardware),
    validateSettings(file(pins), utc, hardware),
    patchSettings(parsed.settings, { qos: 2 }, hardware),
  ])
    expect(answer).toMatchObject({
      wrong: [{ field: 'line.pins.transmit' }, { field: 'line.pins.receive' }],
    })
  expect(loadSettings(store)).toEqual(parsed)
  const reports: unknown[] = []
  const board = { store, system: hardware, clock: { now: () => 0 } }
  boot(board as unknown as Board, (report) => reports.push(report))
  expect(reports).toEqual([
    {
      kind: 'state',
      state: 'unprovisioned',
      why:
        'line.pins.transmit: expected GPIO 0-10 of an esp32c3, such as 4, found 33; ' +
        "line.pins.receive: expected another GPIO, found 5, the board's button",
    },
  ])
})
