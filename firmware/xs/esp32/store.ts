/** Named blobs in NVS (embedded:storage/key-value), which replaces a blob whole or not at all and needs no erase before. */
import KeyValue, { type Storage } from 'embedded:storage/key-value'
import type { Store } from '../../ports/store'

export class BlobStore implements Store {
  readonly #storage: Storage = KeyValue.open({ path: 'wattbeat', format: 'buffer' })

  read(name: string): Uint8Array | undefined {
    const blob = this.#storage.read(name)
    return blob instanceof ArrayBuffer ? new Uint8Array(blob) : undefined
  }

  write(name: string, bytes: Uint8Array): void {
    this.#storage.write(name, bytes)
  }

  erase(name: string): void {
    this.#storage.delete(name)
  }
}
