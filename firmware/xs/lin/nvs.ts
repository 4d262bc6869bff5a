/** Files do not have to be repaired. */
export const storeWasErased = undefined
