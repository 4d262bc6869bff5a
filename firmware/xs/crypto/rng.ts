/**
 * Stands in for the SDK's `rng` (named so in the manifest), which is seeded once from rand() and repeats itself: here
 * every byte that any SDK module draws comes from the platform's own generator.
 */
const RNG = {
  get(count: number): ArrayBuffer {
    const bytes = new Uint8Array(count)
    native('xs_host_fillRandom').call(undefined, bytes)
    return bytes.buffer
  },
  /** The platform seeds itself. */
  init(_seed?: ArrayBuffer): void {},
}

export default Object.freeze(RNG)
