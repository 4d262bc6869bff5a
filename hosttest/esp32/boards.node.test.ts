import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { examine } from '../../firmware/settings/parse'
import { CHIPS, isAmong } from '../../firmware/settings/pins'
import { findBoard, listBoards, readBoard, wrongBoard } from '../../tools/esp32/boards'
import { endOf, readPartitions } from '../../tools/esp32/partitions'

const tableEnd = endOf(readPartitions(readFileSync('firmware/xs/esp32/partitions.csv', 'utf8')))
const boards = listBoards()
const names = boards.map(({ name }) => name)

test('each chip has a board with a transceiver, LED and button, and one of which only the chip is known', () => {
  for (const chip of Object.keys(CHIPS)) {
    const own = boards.filter((board) => board.chip === chip)
    expect(
      own.some(({ pins }) => pins.line && pins.led !== undefined && pins.button !== undefined),
    ).toBe(true)
    expect(own.filter(({ pins }) => !pins.line).map(({ name }) => name)).toEqual([chip])
  }
})

test.each(names)(
  '%s: its pins and its flash are right, and it says where they are from',
  (name) => {
    const board = boards.find((one) => one.name === name)!
    expect(wrongBoard(board, tableEnd)).toEqual([])
    const { sources = [] } = board.about
    if (board.pins.line) expect(sources.length).toBeGreaterThan(0)
    for (const source of sources) expect(source).toMatch(/^https:\/\//)
  },
)

test.each(boards)(
  '$name: the site may take any of its pins for the line but those of other use',
  ({ chip, pins }) => {
    const { line, high = [], led, button } = pins
    const { outputs, inputs } = CHIPS[chip]
    const taken = (name: 'transmit' | 'receive' | 'direction') =>
      Array.from({ length: 49 }, (_, gpio) => gpio).filter((gpio) => {
        if (!isAmong(gpio, name === 'receive' ? inputs : outputs)) return false
        const site = { line: { pins: { ...{ transmit: -1, receive: -1 }, [name]: gpio } } }
        const { wrong } = examine(site, { chip, pins })
        return wrong.some(({ field }) => field === `line.pins.${name}`)
      })
    const others = [...high, led, button].filter((pin) => pin !== undefined).sort((a, b) => a - b)
    expect([taken('transmit'), taken('receive'), taken('direction')]).toEqual([
      others,
      others,
      others,
    ])
    const { wrong } = examine({ line: line && { pins: line } }, { chip, pins })
    expect(wrong.filter(({ field }) => field.startsWith('line'))).toEqual([])
  },
)

/** The T-RSC3 with some of its manifest changed. */
function changed(change: (manifest: ReturnType<typeof right>) => void, name = 't-rsc3'): string[] {
  const manifest = right()
  change(manifest)
  return wrongBoard(readBoard(name, manifest), tableEnd)
}
function right() {
  return {
    about: { name: 'LILYGO T-RSC3', flashMB: 4 },
    build: { ESP32_SUBCLASS: 'esp32c3' },
    include: '../setup/led-and-button.json',
    config: {
      board: { line: { transmit: 10, receive: 3, direction: 5 }, high: [1], led: 4, button: 2 },
    },
  }
}

test('the manifest that the faults below are made of has none', () => {
  expect(changed(() => {})).toEqual([])
})

test.each<[string, (manifest: ReturnType<typeof right>) => void, string]>([
  [
    'a pin that holds the flash',
    ({ config }) => (config.board.led = 12),
    'config.board.led: expected GPIO 0-10 of an esp32c3, found 12',
  ],
  [
    'an input that would have to drive',
    ({ build, config }) => {
      build.ESP32_SUBCLASS = 'esp32'
      config.board = {
        line: { transmit: 35, receive: 36, direction: 5 },
        high: [],
        led: 4,
        button: 2,
      }
    },
    'config.board.line.transmit: expected GPIO 0, 2, 4-5, 12-19, 21-23, 25-27, 32-33 of an esp32, found 35',
  ],
  [
    'a text in the place of a pin',
    ({ config }) => Object.assign(config.board, { button: '2' }),
    'config.board.button: expected GPIO 0-10 of an esp32c3, found "2"',
  ],
  [
    'a line without a receiver',
    ({ config }) => Object.assign(config.board, { line: { transmit: 10 } }),
    'config.board.line.receive: expected GPIO 0-10 of an esp32c3, found nothing',
  ],
  [
    'a pin given twice',
    ({ config }) => (config.board.button = 10),
    'config.board.button: expected a pin of its own, found 10, which is line.transmit too',
  ],
  [
    'a pin that is held high and used',
    ({ config }) => config.board.high.push(5),
    'config.board.high[1]: expected a pin of its own, found 5, which is line.direction too',
  ],
  [
    'a pin of the console',
    ({ config }) => (config.board.line.receive = 20),
    'config.board.line.receive: expected GPIO 0-10 of an esp32c3, found 20',
  ],
  [
    'a pin of something that is not known',
    ({ config }) => Object.assign(config.board, { buzzer: 7 }),
    'config.board.buzzer: expected only line.transmit, line.receive, line.direction, high, led, button',
  ],
  [
    'a chip that is not known',
    ({ build }) => (build.ESP32_SUBCLASS = 'esp32c6'),
    'build.ESP32_SUBCLASS: expected one of esp32, esp32s3, esp32c3, found esp32c6',
  ],
  [
    'an LED without its driver',
    (manifest) => Object.assign(manifest, { include: undefined }),
    'include: expected ../setup/led-and-button.json with these pins, found none',
  ],
  [
    'the driver of an LED that is not there',
    ({ config }) => Reflect.deleteProperty(config.board, 'led'),
    'include: expected ../setup/button.json with these pins, found ../setup/led-and-button.json',
  ],
  [
    'one pin in the place of a list',
    ({ config }) => Object.assign(config.board, { high: 13 }),
    'config.board.high[0]: expected GPIO 0-10 of an esp32c3, found 13',
  ],
  [
    'a flash that the partitions do not fit',
    ({ about }) => (about.flashMB = 2),
    'about.flashMB: expected at least 4, where the partitions end, found 2',
  ],
  [
    'no size of the flash',
    ({ about }) => Object.assign(about, { flashMB: undefined }),
    'about.flashMB: expected at least 4, where the partitions end, found 0',
  ],
  [
    'no name',
    ({ about }) => (about.name = ''),
    "about.name: expected the board's name, as its maker writes it",
  ],
])('%s is refused', (_, change, expected) => {
  expect(changed(change)).toEqual([`boards/t-rsc3/manifest.json: ${expected}`])
})

test('every fault is told at once', () => {
  const faults = changed(({ about, config }) => {
    about.flashMB = 1
    config.board.led = 11
    config.board.button = 3
  })
  expect(faults.length).toBe(3)
})

test('a folder with capital letters is refused: mcconfig takes its path in lower case', () => {
  expect(changed(() => {}, 'T-RSC3')).toEqual([
    expect.stringContaining('boards/T-RSC3/manifest.json: its folder: expected lower-case letters'),
  ])
})

test('a name that no board has is refused with those that there are', () => {
  const refuse = (line: string): never => {
    throw new Error(line)
  }
  expect(findBoard('t-rsc3', boards, refuse).chip).toBe('esp32c3')
  expect(() => findBoard('nodemcu', boards, refuse)).toThrow(
    `expected the name of a board: one of ${names.join(', ')}; found nodemcu`,
  )
  expect(() => findBoard(undefined, boards, refuse)).toThrow('found none')
})
