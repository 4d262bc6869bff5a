/** ec of SDK 8.2.3, which has no typings. */
declare module 'ec' {
  import type ECPoint from 'ecp'

  class EC {
    constructor(a: bigint, b: bigint, m: bigint)
    mul(point: ECPoint, factor: bigint): ECPoint
    mul2(one: ECPoint, factor: bigint, other: ECPoint, otherFactor: bigint): ECPoint
  }
  export default EC
}
