/** Handshake messages as servers send them. RFC 5246, 7.4. */

export function encodeCertificates(chain: readonly Uint8Array[]): Uint8Array {
  const list = chain.flatMap((one) => [...u24Bytes(one.length), ...one])
  return handshake(11, new Uint8Array([...u24Bytes(list.length), ...list]))
}

export function handshake(type: number, body: Uint8Array): Uint8Array {
  return new Uint8Array([type, ...u24Bytes(body.length), ...body])
}

function u24Bytes(value: number): [number, number, number] {
  return [value >> 16, (value >> 8) & 0xff, value & 0xff]
}
