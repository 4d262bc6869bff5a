/**
 * The boards of boards/: each is a folder with a manifest that mcconfig takes as a subplatform outside the SDK (`-p` in
 * https://github.com/Moddable-OpenSource/moddable/blob/public/tools/mcmanifest.js). What people and tools want to know of it
 * is under `about`, what the firmware reads under `config.board`.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BoardPins } from '../../firmware/ports/system'
import { CHIPS, isAmong } from '../../firmware/settings/pins'

export interface Board {
  /** Its folder's. */
  name: string
  /** ESP-IDF's name, which is that of the SDK's ESP-IDF project too. */
  chip: string
  about: {
    name: string
    flashMB: number
    transceiver?: string
    /** What is not sure about it. */
    doubt?: string
    sources?: string[]
  }
  /** What gives the firmware its LED and button. */
  include?: string | undefined
  /** A board without a line is only a chip: the site's settings say where its transceiver is. */
  pins: BoardPins
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Of `config.board`: the pins that may be named, and whether the chip drives or reads them. */
const WAYS: { readonly [field: string]: 'outputs' | 'inputs' } = {
  'line.transmit': 'outputs',
  'line.receive': 'inputs',
  'line.direction': 'outputs',
  high: 'outputs',
  led: 'outputs',
  button: 'inputs',
}

/** What mcconfig gets for its -p. Relative, because it takes the whole in lower case. */
export function platformOf({ name }: Pick<Board, 'name'>): string {
  return `esp32:./boards/${name}`
}

export function listBoards(): Board[] {
  const names = readdirSync(join(ROOT, 'boards'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'setup')
    .map(({ name }) => name)
  return names.sort().map((name) => {
    const path = join(ROOT, 'boards', name, 'manifest.json')
    return readBoard(name, JSON.parse(readFileSync(path, 'utf8')))
  })
}

/** `refuse` gets one line with the names that there are. */
export function findBoard(
  name: string | undefined,
  boards: readonly Board[],
  refuse: (line: string) => never,
): Board {
  const names = boards.map((board) => board.name).join(', ')
  return (
    boards.find((board) => board.name === name) ??
    refuse(`expected the name of a board: one of ${names}; found ${name ?? 'none'}`)
  )
}

export function readBoard(
  name: string,
  manifest: {
    about?: Board['about']
    include?: string
    build?: { ESP32_SUBCLASS?: string }
    config?: { board?: Board['pins'] }
  },
): Board {
  return {
    name,
    chip: manifest.build?.ESP32_SUBCLASS ?? '',
    about: {
      ...manifest.about,
      name: manifest.about?.name ?? '',
      flashMB: manifest.about?.flashMB ?? 0,
    },
    include: manifest.include,
    pins: manifest.config?.board ?? {},
  }
}

/** One line for each fault: the field, what is there, what to do. `tableEnd`: where the partitions end, in bytes. */
export function wrongBoard(
  { name, chip, about, include, pins }: Board,
  tableEnd: number,
): string[] {
  const wrong: string[] = []
  const refuse = (field: string, why: string) =>
    wrong.push(`boards/${name}/manifest.json: ${field}: ${why}`)
  if (!/^[a-z0-9-]+$/.test(name))
    refuse('its folder', 'expected lower-case letters, digits and -, for mcconfig knows no others')
  if (!about.name) refuse('about.name', "expected the board's name, as its maker writes it")
  const leastMB = Math.ceil(tableEnd / 2 ** 20)
  if (!(about.flashMB >= leastMB))
    refuse(
      'about.flashMB',
      `expected at least ${leastMB}, where the partitions end, found ${about.flashMB}`,
    )
  if (!Object.hasOwn(CHIPS, chip)) {
    refuse(
      'build.ESP32_SUBCLASS',
      `expected one of ${Object.keys(CHIPS).join(', ')}, found ${chip}`,
    )
    return wrong
  }
  const wanted = includeFor(pins)
  if (include !== wanted)
    refuse('include', `expected ${wanted ?? 'none'} with these pins, found ${include ?? 'none'}`)
  const taken = new Map<unknown, string>()
  for (const [field, pin] of listPins(pins)) {
    const path = `config.board.${field}`
    const way = WAYS[field.replace(/\[.*/, '')]
    if (!way) {
      refuse(path, `expected only ${Object.keys(WAYS).join(', ')}`)
      continue
    }
    const free = CHIPS[chip][way]
    const before = taken.get(pin)
    taken.set(pin, field)
    if (typeof pin !== 'number' || !isAmong(pin, free))
      refuse(
        path,
        `expected GPIO ${free} of an ${chip}, found ${pin === null ? 'nothing' : JSON.stringify(pin)}`,
      )
    else if (before) refuse(path, `expected a pin of its own, found ${pin}, which is ${before} too`)
  }
  return wrong
}

/** Without an LED's pin its driver would throw at the start, and without a driver its pin would say nothing. */
function includeFor({ led, button, high }: Board['pins']): string | undefined {
  if (led !== undefined) return '../setup/led-and-button.json'
  return button === undefined && high === undefined ? undefined : '../setup/button.json'
}

function listPins({ line, high = [], ...others }: Board['pins']): [string, unknown][] {
  const ofLine = line ? Object.entries({ ...{ transmit: null, receive: null }, ...line }) : []
  return [
    ...ofLine.map(([name, pin]): [string, unknown] => [`line.${name}`, pin]),
    ...[high].flat().map((pin, i): [string, unknown] => [`high[${i}]`, pin]),
    ...Object.entries(others),
  ]
}
