/**
 * The GPIOs that may carry the RS-485 line. What is missing here does not exist, holds the flash or PSRAM (of the S3 also
 * 33 to 37, for those of eight wires) or its supply (C3: 11), or is the cable: USB, and TX and RX of UART 0.
 * https://docs.espressif.com/projects/esp-idf/en/stable/esp32/api-reference/peripherals/gpio.html, and the same page of
 * esp32s3 and esp32c3.
 */
import type { LineSettings } from '../ports/bytestream'
import type { System } from '../ports/system'

/** What the settings' pins are held against. */
export type Hardware = Pick<System, 'chip' | 'pins'>

interface Chip {
  /** Those that can drive the line as well as receive. */
  readonly outputs: string
  readonly inputs: string
  /** UART 0 is none of them. */
  readonly ports: readonly number[]
  /** Free, for the installer who asks what to take. */
  readonly free: { readonly transmit: number; readonly receive: number; readonly direction: number }
}

/** By ESP-IDF's names; GPIOs as they are shown to people. */
export const CHIPS: { readonly [name: string]: Chip } = {
  esp32: {
    outputs: '0, 2, 4-5, 12-19, 21-23, 25-27, 32-33',
    inputs: '0, 2, 4-5, 12-19, 21-23, 25-27, 32-39',
    ports: [1, 2],
    free: { transmit: 4, receive: 5, direction: 21 },
  },
  esp32s3: {
    outputs: '0-18, 21, 38-42, 45-48',
    inputs: '0-18, 21, 38-42, 45-48',
    ports: [1, 2],
    free: { transmit: 4, receive: 5, direction: 21 },
  },
  esp32c3: {
    outputs: '0-10',
    inputs: '0-10',
    ports: [1],
    free: { transmit: 4, receive: 5, direction: 10 },
  },
}

/** If the chip is not known, whatever one of them has is accepted. */
export function checkPins(
  { transmit, receive, direction, port }: Partial<NonNullable<LineSettings['pins']>>,
  { chip, pins: board = {} }: Hardware,
  refuse: (field: string, found: string, expected: string) => void,
): void {
  const names = chip !== undefined && chip in CHIPS ? [chip] : Object.keys(CHIPS)
  const check = (
    name: keyof Chip['free'],
    pin: number | undefined,
    way: 'outputs' | 'inputs',
  ): void => {
    if (pin === undefined) return
    const field = `line.pins.${name}`
    if (!names.some((one) => isAmong(pin, CHIPS[one][way]))) {
      const gpios = names.map((one) => `GPIO ${CHIPS[one][way]} of an ${one}`)
      const free = board.line?.[name] ?? CHIPS[names[0]].free[name]
      refuse(field, String(pin), `${gpios.join(', or ')}, such as ${free}`)
    }
    let use = board.high?.includes(pin) ? 'pin held high' : ''
    if (pin === board.led) use = 'LED'
    if (pin === board.button) use = 'button'
    const own = board.line ? `, or the board's own ${JSON.stringify(board.line)}` : ''
    if (use) refuse(field, `${pin}, the board's ${use}`, `another GPIO${own}`)
  }
  check('transmit', transmit, 'outputs')
  check('receive', receive, 'inputs')
  check('direction', direction, 'outputs')
  const { ports } = CHIPS[names[0]]
  if (port !== undefined && !ports.includes(port))
    refuse(
      'line.pins.port',
      String(port),
      `${ports.join(' or ')} of an ${names[0]}, whose UART 0 is the cable`,
    )
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
