/** ssl/prf of SDK 8.2.3, which has no typings. */
declare module 'ssl/prf' {
  function PRF(
    session: { protocolVersion: number },
    secret: ArrayBuffer,
    label: string,
    seed: ArrayBuffer,
    length: number,
    hash: 'SHA256',
  ): Uint8Array
  export default PRF
}
