/** The serial line that a person plugs into. Whoever holds its other end may be anybody, or nobody. */

export interface Cable {
  /** `bytes` may be reused by the port after the call. Throws if another program, such as a debugger, has the line. */
  open(onBytes: (bytes: Uint8Array) => void): OpenCable
}

export interface OpenCable {
  /** Answers how many of `bytes`, from their start, were taken: what nobody reads must not grow. */
  write(bytes: Uint8Array): number
  close(): void
}
