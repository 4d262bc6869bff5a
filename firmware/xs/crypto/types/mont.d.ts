/** mont of SDK 8.2.3, which has no typings. */
declare module 'mont' {
  class Mont {
    constructor(options: { m: bigint })
    exp(base: bigint, exponent: bigint): bigint
    /** Never returns for zero. */
    mulinv(value: bigint): bigint
  }
  export default Mont
}
