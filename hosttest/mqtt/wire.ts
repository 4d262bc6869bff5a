/** The server's end of the wire, independent of the client's codec: server packets from values, client packets to words. */

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

const NAMES = [
  ...['?', 'CONNECT', 'CONNACK', 'PUBLISH', 'PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP', 'SUBSCRIBE'],
  ...['SUBACK', 'UNSUBSCRIBE', 'UNSUBACK', 'PINGREQ', 'PINGRESP', 'DISCONNECT', 'AUTH'],
]

/** A client packet, taken apart as far as the tests look. */
export interface Seen {
  name: string
  flags: number
  /** All of it after the fixed header. */
  body: Uint8Array
  size: number
}

/** Whole packets at the start of `bytes`, and how many bytes they took. */
export function split(bytes: Uint8Array): { packets: Seen[]; used: number } {
  const packets: Seen[] = []
  let used = 0
  while (used < bytes.length) {
    let length = 0
    let at = used + 1
    let shift = 0
    while (at < bytes.length && bytes[at] >= 0x80) {
      length |= (bytes[at++] & 0x7f) << shift
      shift += 7
    }
    if (at >= bytes.length) break
    length |= bytes[at++] << shift
    if (at + length > bytes.length) break
    packets.push({
      name: NAMES[bytes[used] >> 4],
      flags: bytes[used] & 0x0f,
      body: bytes.slice(at, at + length),
      size: at + length - used,
    })
    used = at + length
  }
  return { packets, used }
}

export interface SeenPublish {
  duplicate: boolean
  qos: number
  retain: boolean
  topic: string
  id: number
  alias: number
  expiryS: number
  payload: string
}

export function seenPublish({ flags, body }: Seen): SeenPublish {
  const qos = (flags >> 1) & 3
  let at = 2 + ((body[0] << 8) | body[1])
  const topic = latin1(body.subarray(2, at))
  const id = qos > 0 ? (body[at] << 8) | body[at + 1] : 0
  if (qos > 0) at += 2
  // The tests' properties are short: one byte of length.
  const end = at + 1 + body[at]
  let alias = 0
  let expiryS = 0
  for (at++; at < end; ) {
    if (body[at] === 0x23) {
      alias = (body[at + 1] << 8) | body[at + 2]
      at += 3
    } else if (body[at] === 0x02) {
      expiryS = (body[at + 3] << 8) | body[at + 4]
      at += 5
    } else break
  }
  const payload = latin1(body.subarray(end))
  return {
    duplicate: (flags & 8) !== 0,
    qos,
    retain: (flags & 1) !== 0,
    topic,
    id,
    alias,
    expiryS,
    payload,
  }
}

/** For logs: `PUBLISH q1 #1 a/b=x`, `PUBACK #7`, `DISCONNECT 81`. */
export function describe(seen: Seen): string {
  const { name, body } = seen
  if (name === 'PUBLISH') {
    const { duplicate, qos, retain, topic, id, alias, expiryS, payload } = seenPublish(seen)
    const marks = `${duplicate ? ' dup' : ''}${retain ? ' retain' : ''}${qos ? ` #${id}` : ''}`
    const props = `${alias ? ` alias${alias}` : ''}${expiryS ? ` ${expiryS}s` : ''}`
    return `PUBLISH q${qos}${marks}${props} ${topic}=${payload}`
  }
  if (name === 'CONNECT') return `CONNECT${body[7] & 2 ? ' clean' : ''}`
  if (name === 'DISCONNECT' || name === 'AUTH') return `${name} ${hex(body[0] ?? 0)}`
  if (name.startsWith('PUB') || name.startsWith('SUB') || name.startsWith('UNSUB')) {
    const reason = name.startsWith('PUB') && body.length > 2 ? ` ${hex(body[2])}` : ''
    return `${name} #${(body[0] << 8) | body[1]}${reason}`
  }
  return name
}

function hex(value: number): string {
  return (value < 16 ? '0' : '') + value.toString(16)
}

export function latin1(bytes: Uint8Array): string {
  let value = ''
  for (const byte of bytes) value += String.fromCharCode(byte)
  return value
}
