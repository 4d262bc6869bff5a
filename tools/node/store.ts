/** Named blobs on Node: for the length of a run, or in a folder for good. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from '../../firmware/ports/store'

/** As NVS, so that a name that works here works on the device. */
const MAX_NAME_CHARACTERS = 15

export class MemoryStore implements Store {
  readonly #blobs = new Map<string, Uint8Array>()

  read(name: string): Uint8Array | undefined {
    return this.#blobs.get(checked(name))?.slice()
  }

  write(name: string, bytes: Uint8Array): void {
    this.#blobs.set(checked(name), bytes.slice())
  }

  erase(name: string): void {
    this.#blobs.delete(checked(name))
  }
}

/** Each blob a file that only its owner can read. */
export class FileStore implements Store {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  read(name: string): Uint8Array | undefined {
    try {
      return new Uint8Array(readFileSync(this.#path(name)))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** Written beside, flushed, then renamed: a reader finds the old blob or the new one. */
  write(name: string, bytes: Uint8Array): void {
    const path = this.#path(name)
    writeFileSync(`${path}.new`, bytes, { mode: 0o600, flush: true })
    renameSync(`${path}.new`, path)
  }

  erase(name: string): void {
    rmSync(this.#path(name), { force: true })
  }

  #path(name: string): string {
    return join(this.#folder, checked(name))
  }
}

function checked(name: string): string {
  if (!name || name.length > MAX_NAME_CHARACTERS || !/^\w[\w.-]*$/.test(name)) {
    throw new RangeError(
      `store: ${JSON.stringify(name)} is no name of 1 to 15 letters, digits, dots or dashes`,
    )
  }
  return name
}
