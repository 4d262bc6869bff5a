/**
 * The GPIOs that may carry the RS-485 line. What is missing here does not exist, holds the flash or PSRAM (of the S3 also
 * 33 to 37, for those of eight wires) or its supply (C3: 11), or is USB, over which a board is flashed.
 * https://docs.espressif.com/projects/esp-idf/en/stable/esp32/api-reference/peripherals/gpio.html, and the same page of
 * esp32s3 and esp32c3.
 */
import type { LineSettings } from '../ports/bytestream'

interface Chip {
  /** Those that can drive the line as well as receive. */
  readonly outputs: string
  readonly inputs: string
  readonly uarts: number
}

/** By ESP-IDF's names; GPIOs as they are shown to people. */
export const CHIPS: { readonly [name: string]: Chip } = {
  esp32: {
    outputs: '0-5, 12-19, 21-23, 25-27, 32-33',
    inputs: '0-5, 12-19, 21-23, 25-27, 32-39',
    uarts: 3,
  },
  esp32s3: { outputs: '0-18, 21, 38-48', inputs: '0-18, 21, 38-48', uarts: 3 },
  esp32c3: { outputs: '0-10, 20-21', inputs: '0-10, 20-21', uarts: 2 },
}

/** Free on every chip: for the installer who asks what to take. */
const FREE: { readonly [name: string]: number } = { transmit: 4, receive: 5, direction: 21 }

/** If `chip` is not known, whatever one of them has is accepted. */
export function checkPins(
  { transmit, receive, direction, port }: Partial<NonNullable<LineSettings['pins']>>,
  chip: string | undefined,
  refuse: (field: string, found: string, expected: string) => void,
): void {
  const names = chip !== undefined && chip in CHIPS ? [chip] : Object.keys(CHIPS)
  const check = (name: string, pin: number | undefined, way: 'outputs' | 'inputs'): void => {
    if (pin === undefined || names.some((one) => isAmong(pin, CHIPS[one][way]))) return
    const free = names.map((one) => `GPIO ${CHIPS[one][way]} of an ${one}`)
    refuse(`line.pins.${name}`, String(pin), `${free.join(', or ')}, such as ${FREE[name]}`)
  }
  check('transmit', transmit, 'outputs')
  check('receive', receive, 'inputs')
  check('direction', direction, 'outputs')
  const uarts = Math.max(...names.map((one) => CHIPS[one].uarts))
  if (port !== undefined && port >= uarts)
    refuse('line.pins.port', String(port), `at most ${uarts - 1}, the last UART of an ${chip}`)
  if (receive !== undefined && receive === transmit)
    refuse('line.pins.receive', `${receive} again`, 'a pin of its own')
  if (direction !== undefined && (direction === transmit || direction === receive))
    refuse('line.pins.direction', `${direction} again`, 'a pin of its own')
}

/** `gpios`: as CHIPS has them. */
export function isAmong(pin: number, gpios: string): boolean {
  return gpios.split(', ').some((row) => {
    const ends = row.split('-').map(Number)
    return ends[0] <= pin && pin <= ends[ends.length - 1]
  })
}
