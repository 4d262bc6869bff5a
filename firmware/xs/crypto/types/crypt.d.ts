/** crypt of SDK 8.2.3, whose own typings know half of it: what we use. */
declare module 'crypt' {
  export class Digest {
    constructor(type: 'SHA256' | 'SHA384' | 'SHA512')
    write(data: Uint8Array): void
    /** With true, the digest so far: more may be written. */
    close(more?: boolean): ArrayBuffer
    process(data: Uint8Array): ArrayBuffer
  }
  export class GHASH {
    constructor(key: ArrayBuffer, header: ArrayBuffer)
    update(data: Uint8Array): void
    close(): ArrayBuffer
  }
  export class BlockCipher {
    constructor(name: 'AES', key: ArrayBuffer)
    encrypt(block: ArrayBuffer): ArrayBuffer
  }
  export class Mode {
    constructor(name: 'CTR', cipher: BlockCipher)
    setIV(iv: ArrayBuffer): void
    decrypt(data: Uint8Array, result: Uint8Array): Uint8Array
  }
}
