/** A stranger's bytes for each parser of cable and radio: true traffic that was damaged, cut and mixed, and mere noise. */
import { equalBytes, utf8 } from '../../firmware/core/bytes'
import { Dialogue, MAX_CALLS } from '../../firmware/provisioning/dialogue'
import { MAX_FRAME_BYTES } from '../../firmware/provisioning/frames'
import {
  GattReader,
  GattWriter,
  MAX_VALUE_BYTES,
  nextNumber,
} from '../../firmware/provisioning/gatt'
import {
  encodePacket,
  encodeState,
  MAX_PACKET_BYTES,
  PACKET,
} from '../../firmware/provisioning/improv'
import { type ImprovDevice, ImprovSession } from '../../firmware/provisioning/improvsession'
import { LineReader, MAX_LINE_BYTES } from '../../firmware/provisioning/line'
import {
  encodeRecord,
  MAX_MESSAGE_BYTES,
  MessageReader,
  recordCount,
} from '../../firmware/provisioning/messages'
import { METHODS } from '../../firmware/provisioning/methods'
import { type Random, random } from '../../tools/sim/random'
import { encodeFrame } from '../../tools/sim/tool-end'
import { at, join } from './traffic'

export type Tally = Record<string, number>

function count(tally: Tally, what: string): void {
  tally[what] = (tally[what] ?? 0) + 1
}

function pick<T>(seed: Random, from: readonly T[]): T {
  return from[seed.below(from.length)]
}

function noise(seed: Random, most: number): Uint8Array {
  return Uint8Array.from({ length: seed.below(most + 1) }, () => seed.below(256))
}

/** Bits changed, a part cut out, doubled or put in; or as it was. */
function damaged(seed: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0 || seed.chance(0.4)) return bytes
  const [from, to] = [seed.below(bytes.length), seed.below(bytes.length + 1)]
  switch (seed.below(4)) {
    case 0: {
      const changed = bytes.slice()
      for (let n = 1 + seed.below(4); n > 0; n--)
        changed[seed.below(changed.length)] ^= 1 << seed.below(8)
      return changed
    }
    case 1:
      return join(bytes.subarray(0, from), bytes.subarray(to))
    case 2:
      return bytes.subarray(0, to)
    default:
      return join(bytes.subarray(0, from), noise(seed, 8), bytes.subarray(from))
  }
}

const RPCS = [
  [2, 0],
  [3, 0],
  [4, 0],
  [5, 0],
  [5, 1, 0x61],
  [6, 0],
  [7, 0],
  [1, 3, 1, 0x61, 0],
  [1, 11, 1, 0x61, 8, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70, 0x70],
].map((data) => Uint8Array.from(data))

function piece(seed: Random): Uint8Array {
  switch (seed.below(6)) {
    case 0:
      return noise(seed, 40)
    case 1:
      return encodePacket(PACKET.rpc, pick(seed, RPCS))
    case 2:
      return encodePacket(seed.below(256), noise(seed, 255))
    case 3:
      return encodeFrame(noise(seed, seed.chance(0.1) ? 1041 : 300), seed.below(256))
    case 4:
      return utf8('IMPROV\x01\x03'.slice(0, seed.below(9)))
    default:
      return utf8(`${seed.below(1e6)}.123 W broker: ${'x'.repeat(seed.below(700))}\r\n`)
  }
}

/** Throws if anything is more than it may be, or if what follows a silence is not understood. */
export function fuzzLine(start: number, bytes: number): Tally {
  const seed = random(start)
  const reader = new LineReader()
  const tally: Tally = {}
  const known = noise(seed, 400)
  let now = 0
  let fed = 0
  while (fed < bytes) {
    const given = damaged(seed, piece(seed))
    for (let from = 0; from < given.length; ) {
      const part = given.subarray(from, from + 1 + seed.below(200))
      from += part.length
      now += seed.chance(0.02) ? 150 : seed.below(3)
      let most = MAX_LINE_BYTES + MAX_PACKET_BYTES + MAX_FRAME_BYTES + part.length
      for (const item of reader.take(part, at(now))) {
        count(tally, item.kind)
        const { length } = item.kind === 'improv' ? (item.packet?.data ?? []) : item.bytes
        most -= length
        if (item.kind === 'text' && (length === 0 || length > MAX_LINE_BYTES))
          throw new Error(`a text of ${length} bytes`)
      }
      if (most < 0) throw new Error('more came out than went in')
    }
    fed += given.length
    if (!seed.chance(0.03)) continue
    now += 1000
    const items = [...reader.take(join(utf8('\n'), encodeState(4), encodeFrame(known)), at(now))]
    const frame = items.pop()
    const state = items.pop()
    if (frame?.kind !== 'frame' || !equalBytes(frame.bytes, known))
      throw new Error('a frame behind a silence was lost')
    if (state?.kind !== 'improv' || state.packet?.data[0] !== 4)
      throw new Error('a packet behind a silence was lost')
    count(tally, 'found again')
  }
  return tally
}

/**
 * Values at a reader of the radio, which is made anew as a connection is when something is wrong. Throws if a frame is not the
 * one that was sent though nothing was damaged.
 */
export function fuzzGatt(start: number, bytes: number): Tally {
  const seed = random(start)
  const tally: Tally = {}
  let reader = new GattReader()
  let number = seed.below(256)
  /** Nothing damaged is in the frame that the reader has begun. */
  let isTrue = true
  for (let fed = 0; fed < bytes; ) {
    const writer = new GattWriter()
    const frame = noise(seed, seed.chance(0.1) ? MAX_FRAME_BYTES - 1 : 100)
    const sent = frame.length > 0 ? frame : Uint8Array.of(1)
    writer.begin(sent)
    const maxBytes = 20 + seed.below(260)
    while (writer.isBusy) {
      const value = writer.next(number, maxBytes)
      const given = seed.chance(0.9) ? value.slice() : damaged(seed, value.slice())
      if (seed.chance(0.02)) given[0] += 1 + seed.below(255)
      isTrue &&= equalBytes(given, value)
      fed += given.length
      const item = reader.take(given)
      count(tally, item.kind === 'wrong' ? item.why : item.kind)
      if (item.kind === 'wrong') {
        reader = new GattReader()
        number = seed.below(256)
        isTrue = true
        break
      }
      if (item.kind === 'frame') {
        const isWhole = equalBytes(item.bytes, sent)
        if (item.bytes.length > MAX_FRAME_BYTES) throw new Error('too long a frame')
        if (isTrue && !isWhole) throw new Error('another frame than was sent')
        count(tally, isWhole ? 'whole' : 'altered')
        isTrue = !writer.isBusy
      } else if (isTrue && !writer.isBusy) throw new Error('a frame was lost')
      if (seed.chance(0.05)) {
        const again = reader.take(given)
        if (again.kind !== 'repeated') throw new Error('a repeated value was taken')
        count(tally, again.kind)
      }
      // A damaged one may have told another number than it has, and is sent again as it should be.
      if (given[0] === number) number = nextNumber(number)
    }
    if (!seed.chance(0.1)) continue
    const given = noise(seed, MAX_VALUE_BYTES + 3)
    fed += given.length
    count(tally, reader.take(given).kind)
    reader = new GattReader()
    isTrue = true
  }
  return tally
}

/** Records at a reader of messages, which is made anew as a channel is when something is wrong. */
export function fuzzRecords(start: number, bytes: number): Tally {
  const seed = random(start)
  const tally: Tally = {}
  let reader = new MessageReader()
  for (let fed = 0; fed < bytes; ) {
    const message = noise(seed, seed.chance(0.1) ? MAX_MESSAGE_BYTES : 300)
    for (let i = 0; i < recordCount(message.length); i++) {
      const record = encodeRecord(message, i)
      const given = seed.chance(0.8) ? record : damaged(seed, record)
      fed += given.length
      const read = reader.take(given)
      count(tally, read === 'wrong' ? 'wrong' : read ? 'message' : 'more')
      if (read === 'wrong') reader = new MessageReader()
      else if (read && read.length > MAX_MESSAGE_BYTES) throw new Error('too long a message')
    }
  }
  return tally
}

/** The data of RPC packets, whose sum is right, at a session that is also answered at random. */
export function fuzzImprov(start: number, bytes: number): Tally {
  const seed = random(start)
  const device = {
    ...{ firmware: 'wattbeat', version: '1', chip: 'esp32', name: 'n', hostname: 'h', url: '' },
    ...{ isProvisioned: false, isOnline: false },
  }
  const session = new ImprovSession(device as ImprovDevice)
  const tally: Tally = {}
  let now = 0
  let fed = 0
  while (fed < bytes) {
    const data = seed.chance(0.1) ? noise(seed, 255) : damaged(seed, pick(seed, RPCS))
    fed += data.length
    const type = seed.chance(0.95) ? PACKET.rpc : seed.below(256)
    session.receive(seed.chance(0.98) ? { type, data } : undefined, at(now))
    if (seed.chance(0.03)) session.joined()
    if (seed.chance(0.03)) session.notJoined(at(now))
    if (seed.chance(0.03)) session.scanned([{ ssid: 'a', signalDbm: -1, isOpen: true }])
    if (seed.chance(0.01)) session.pressed(at(now))
    if (seed.chance(0.01)) device.isProvisioned = !device.isProvisioned
    now += seed.below(500)
    if (seed.chance(0.2)) continue
    for (let left = 130; ; left--) {
      const output = session.poll(at(now))
      if (output.kind === 'wait') break
      if (left === 0) throw new Error('too much to say')
      count(tally, output.kind)
    }
  }
  return tally
}

const TOKENS = [
  ...['{', '}', '[', ']', '"', ':', ',', '\\', '\\u0000', '\\ud800', 'null', 'true', '-1e999', '0'],
  ...['"jsonrpc"', '"2.0"', '"id"', '"method"', '"params"', '"__proto__"', '"constructor"'],
  ...['"patch"', '"devices"', '"unit"', '"line"', '{"a":1}', '[1]', ' ', '\n', '"device"'],
]
const PARAMS: Readonly<Record<string, object>> = {
  'settings.set': { patch: { qos: 2, devices: [{ model: 'auto', unit: 1, role: 'site' }] } },
  'device.read': { device: { model: 'auto', unit: 1, role: 'site' }, seconds: 3 },
  'bus.scan': { units: [1, 2], thorough: true },
  'credentials.stage': { key: 'k', secret: 's' },
  log: { follow: true },
  cancel: { id: 3 },
}

/** Requests at a dialogue whose supervisor answers at random. Throws if anything is more than it may be, or no JSON. */
export function fuzzDialogue(start: number, bytes: number): Tally {
  const seed = random(start)
  const dialogue = new Dialogue()
  const names = [...Object.keys(METHODS), 'cancel', 'cancel', 'cancel']
  const tally: Tally = {}
  const open = new Set<number>()
  let now = 0
  let fed = 0
  while (fed < bytes) {
    const method = pick(seed, names)
    const params = PARAMS[seed.chance(0.8) ? method : pick(seed, names)]
    const text = JSON.stringify({ jsonrpc: '2.0', id: seed.below(9), method, params })
    const cut = seed.below(text.length)
    const mixed = seed.chance(0.3)
      ? `${text.slice(0, cut)}${pick(seed, TOKENS).repeat(1 + seed.below(20))}${text.slice(cut + seed.below(3))}`
      : text
    const sent = utf8(mixed)
    const given = seed.chance(0.05)
      ? noise(seed, 200)
      : seed.chance(0.5)
        ? sent
        : damaged(seed, sent)
    fed += given.length
    dialogue.receive(given, at(now))
    now += seed.below(3000)
    for (const id of open) {
      if (seed.chance(0.2)) dialogue.progress(id, { done: 0.5 })
      if (seed.chance(0.1)) dialogue.answer(id, 'done')
    }
    for (let left = 40; ; left--) {
      const output = dialogue.poll(at(now))
      if (output.kind === 'wait') break
      if (left === 0) throw new Error('too much to say')
      count(tally, output.kind)
      if (output.kind === 'call') open.add(output.id)
      else if (output.kind === 'cancel') open.delete(output.id)
      else {
        if (output.bytes.length > MAX_MESSAGE_BYTES) throw new Error('too long a message')
        const said = JSON.parse(String.fromCharCode(...output.bytes))
        if ('error' in said) count(tally, `error ${said.error.code}`)
        if ('method' in said) count(tally, 'progress')
        else open.delete(said.id)
      }
    }
    if (open.size > MAX_CALLS) throw new Error('too many calls are open')
    if (seed.chance(0.001)) {
      dialogue.end()
      open.clear()
    }
  }
  return tally
}
