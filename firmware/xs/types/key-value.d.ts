/** embedded:storage/key-value as SDK 8.2.3 has it, with buffers only; @moddable/typings 5.6.0 is older than the module. */
declare module 'embedded:storage/key-value' {
  export interface Storage {
    /** Undefined if there is no such key. */
    read(key: string): ArrayBuffer | string | number | bigint | undefined
    write(key: string, value: Uint8Array): void
    delete(key: string): void
    close(): void
  }
  const KeyValue: { open(options: { path: string; format: 'buffer' }): Storage }
  export default KeyValue
}
