/** What a person sees of the device and can press on it. Either may be missing on a board. */

export interface Led {
  set(isLit: boolean): void
}

export interface Button {
  /** Tells every edge from then on, those of a bouncing contact too; answers whether it is pressed now. The last call counts. */
  watch(onChange: (isPressed: boolean) => void): boolean
}
