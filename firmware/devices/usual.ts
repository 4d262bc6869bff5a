/** Line settings and units that devices are found at: the factory settings in the catalogue and what installers choose. */

export interface LineChoice {
  readonly baud: number
  readonly parity: 'none' | 'even' | 'odd'
  readonly stopBits: 1 | 2
}

/** The usual ones, the most likely first. */
export const USUAL_LINES: readonly LineChoice[] = [
  { baud: 9600, parity: 'none', stopBits: 1 },
  { baud: 9600, parity: 'even', stopBits: 1 },
  { baud: 19_200, parity: 'none', stopBits: 1 },
  { baud: 19_200, parity: 'even', stopBits: 1 },
  { baud: 115_200, parity: 'none', stopBits: 1 },
  { baud: 2400, parity: 'none', stopBits: 1 },
  { baud: 9600, parity: 'none', stopBits: 2 },
  { baud: 4800, parity: 'none', stopBits: 1 },
  { baud: 38_400, parity: 'none', stopBits: 1 },
  { baud: 57_600, parity: 'none', stopBits: 1 },
]

/** Those that installers set, and where makers ship devices that are not at 1. */
export const USUAL_UNITS: readonly number[] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0, 48, 85, 210, 247,
]
