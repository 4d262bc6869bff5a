/** Named blobs that survive a power cut. Names have at most 15 characters (NVS). */
export interface Store {
  read(name: string): Uint8Array | undefined
  /** Whole or not at all if the platform can; core/journal.ts does not rely on it. */
  write(name: string, bytes: Uint8Array): void
  erase(name: string): void
}
