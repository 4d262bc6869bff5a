/** Named blobs on Node, in a folder. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Store } from '../../firmware/ports/store'
import { checkedName } from '../sim/flash'

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
    return join(this.#folder, checkedName(name))
  }
}
