/** Named blobs as files in one directory; a write is whole or not at all (write aside, then rename). */
import { File } from 'file'
import type { Store } from '../../ports/store'
import { environment } from './host'

/** The directory is named by WATTBEAT_STORE and must exist. */
export class BlobStore implements Store {
  readonly #directory = environment('WATTBEAT_STORE') ?? '.'

  read(name: string): Uint8Array | undefined {
    const path = this.#path(name)
    if (!File.exists(path)) return undefined
    const file = new File(path)
    // Reading an empty file throws.
    const bytes = file.length ? new Uint8Array(file.read(ArrayBuffer)) : new Uint8Array(0)
    file.close()
    return bytes
  }

  write(name: string, bytes: Uint8Array): void {
    const aside = this.#path(`${name}.new`)
    // Opening a file to write keeps what it held.
    File.delete(aside)
    const file = new File(aside, true)
    file.write(bytes.slice().buffer)
    file.close()
    File.rename(aside, this.#path(name))
  }

  erase(name: string): void {
    File.delete(this.#path(name))
  }

  #path(name: string): string {
    return `${this.#directory}/${name}`
  }
}
