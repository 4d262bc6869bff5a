/** Damaged NVS is erased at the start, before the SDK would end in a panic over it (nvs.c). */

/** This run began with nothing in NVS, because what was there could not be read. */
export function storeWasErased(): boolean {
  return native('xs_nvs_wasErased').call(undefined)
}
