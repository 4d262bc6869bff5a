/**
 * What is written to flash, and where: from flasher_args.json, which ESP-IDF's build leaves, to one image of the whole. Pure.
 * As `esptool merge-bin` without options: https://docs.espressif.com/projects/esptool/en/latest/esp32/esptool/basic-commands.html
 */

export interface Part {
  offset: number
  /** From ESP-IDF's build folder. */
  path: string
}

/** In the order of their offsets. */
export function readParts(flasherArgs: string): Part[] {
  const { flash_files } = JSON.parse(flasherArgs)
  return Object.entries(flash_files as Record<string, string>)
    .map(([offset, path]) => ({ offset: Number(offset), path }))
    .sort((a, b) => a.offset - b.offset)
}

/** What erased flash holds. */
const ERASED = 0xff

/** To be written at 0. Throws, in words, if one part lies over the next. */
export function mergeParts(parts: readonly { offset: number; bytes: Uint8Array }[]): Uint8Array {
  const end = Math.max(...parts.map(({ offset, bytes }) => offset + bytes.length))
  const image = new Uint8Array(end).fill(ERASED)
  let filled = 0
  for (const { offset, bytes } of parts) {
    if (offset < filled)
      throw new Error(
        `the part at ${hex(offset)} lies over the one before it, which ends at ${hex(filled)}`,
      )
    image.set(bytes, offset)
    filled = offset + bytes.length
  }
  return image
}

/** As partitions.csv has them. */
export function hex(value: number): string {
  return `0x${value.toString(16).toUpperCase()}`
}
