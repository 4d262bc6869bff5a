/** What the engine's host puts on the global object inside the worker. @agoric/xsnap, xsnap-worker.c, xsBuildAgent. */

interface Host {
  /** Asks Node and waits for its answer. */
  issueCommand(question: ArrayBuffer): ArrayBuffer
  /** Called for each command from Node; what it returns is the reply. */
  handleCommand: (command: ArrayBuffer) => ArrayBuffer
  gc(): void
  print(...text: string[]): void
}

export const host = globalThis as unknown as Host

const text = { encoder: new TextEncoder(), decoder: new TextDecoder() }

export function encode(value: unknown): ArrayBuffer {
  return text.encoder.encode(JSON.stringify(value)).buffer as ArrayBuffer
}

export function decode<T>(bytes: ArrayBuffer): T {
  return JSON.parse(text.decoder.decode(bytes)) as T
}

/** Answers Node's commands; what `perform` throws arrives there with XS's own stack. */
export function serve(perform: (command: ArrayBuffer) => ArrayBuffer): void {
  host.handleCommand = (command) => {
    try {
      return perform(command)
    } catch (error) {
      throw new Error((error as Error).stack)
    }
  }
}
