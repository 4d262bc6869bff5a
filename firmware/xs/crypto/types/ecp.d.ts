/** ecp of SDK 8.2.3, which has no typings. */
declare module 'ecp' {
  class ECPoint {
    constructor(x: bigint, y: bigint)
    readonly x: bigint
    readonly y: bigint
    isZero(): boolean
  }
  export default ECPoint
}

interface ArrayBufferConstructor {
  /** At least `bytes` long. The SDK's typings know the first argument only. */
  fromBigInt(value: bigint, bytes: number): ArrayBuffer
}
