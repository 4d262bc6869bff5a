/** A store in memory, as a board has it. */
import type { Store } from '../../firmware/ports/store'

export class MemoryStore implements Store {
  readonly blobs = new Map<string, Uint8Array>()

  read(name: string): Uint8Array | undefined {
    return this.blobs.get(name)
  }

  write(name: string, bytes: Uint8Array): void {
    this.blobs.set(name, bytes.slice())
  }

  erase(name: string): void {
    this.blobs.delete(name)
  }
}
