/** The packets that a server sends, from values: written apart from the client's codec, which reads them. MQTT 5, 3. */

export function packet(first: number, ...body: number[]): Uint8Array {
  const length: number[] = []
  let rest = body.length
  do {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest)
    rest >>= 7
  } while (rest > 0)
  return Uint8Array.from([first, ...length, ...body])
}

export function text(value: string): number[] {
  const bytes = Array.from(value, (character) => character.charCodeAt(0))
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes]
}

export function properties(...bytes: number[]): number[] {
  return [...packet(0, ...bytes)].slice(1)
}

export const u16 = (value: number): number[] => [value >> 8, value & 0xff]
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)]

export const connack = (flags = 0, reason = 0, ...props: number[]): Uint8Array =>
  packet(0x20, flags, reason, ...properties(...props))
export const puback = (id: number, ...more: number[]): Uint8Array =>
  packet(0x40, ...u16(id), ...more)
export const pubrec = (id: number, ...more: number[]): Uint8Array =>
  packet(0x50, ...u16(id), ...more)
export const pubrel = (id: number, ...more: number[]): Uint8Array =>
  packet(0x62, ...u16(id), ...more)
export const pubcomp = (id: number, ...more: number[]): Uint8Array =>
  packet(0x70, ...u16(id), ...more)
export const pingresp = (): Uint8Array => packet(0xd0)
export const disconnect = (reason: number, ...props: number[]): Uint8Array =>
  packet(0xe0, reason, ...properties(...props))

export interface Delivered {
  topic: string
  payload?: string
  qos?: number
  id?: number
  flags?: number
  props?: number[]
}

export function publish({
  topic,
  payload = '',
  qos = 0,
  id = 0,
  flags = 0,
  props = [],
}: Delivered) {
  const body = Array.from(payload, (character) => character.charCodeAt(0))
  const ids = qos > 0 ? u16(id) : []
  return packet(0x30 | (qos << 1) | flags, ...text(topic), ...ids, ...properties(...props), ...body)
}
