/** The frames on an RS-485 line in words, each answer read by the request that it must fit. */
import { equalBytes, toHex, u16 } from '../../firmware/core/bytes'
import type { UnixMs } from '../../firmware/core/time'
import {
  describeException,
  READ_COILS,
  READ_DEVICE_IDENTIFICATION,
  READ_DISCRETE_INPUTS,
  READ_HOLDING_REGISTERS,
  READ_INPUT_REGISTERS,
  READ_WRITE_MULTIPLE_REGISTERS,
} from '../../firmware/modbus/codes'
import { crc16 } from '../../firmware/modbus/crc16'
import {
  decodeReply,
  MAX_FRAME_BYTES,
  type Reply,
  type Request,
  replyLength,
} from '../../firmware/modbus/rtu'
import type { Direction } from './entry'

export type NoteFrame = (direction: Direction, bytes: Uint8Array, words: string, at: UnixMs) => void

const KINDS = {
  [READ_COILS]: 'coils',
  [READ_DISCRETE_INPUTS]: 'discrete inputs',
  [READ_HOLDING_REGISTERS]: 'holding registers',
  [READ_INPUT_REGISTERS]: 'input registers',
}
/** An echo of the request, and the longest answer. More than that between two requests is noise. */
const MAX_RECEIVED_BYTES = 2 * MAX_FRAME_BYTES
const EXCEPTION_BYTES = 5
const NOTHING = new Uint8Array(0)

export class ModbusTrace {
  readonly #note: NoteFrame
  #frame: Uint8Array = NOTHING
  /** Undefined if the last frame is no read, or if it has been answered. */
  #request: Request | undefined
  #received: Uint8Array = NOTHING
  #receivedAt = 0 as UnixMs

  constructor(note: NoteFrame) {
    this.#note = note
  }

  sent(bytes: Uint8Array, at: UnixMs): void {
    this.flush()
    this.#frame = bytes.slice()
    this.#request = readRequest(this.#frame)
    this.#note('out', this.#frame, requestInWords(this.#frame, this.#request), at)
  }

  received(bytes: Uint8Array, at: UnixMs): void {
    if (this.#received.length + bytes.length > MAX_RECEIVED_BYTES) this.flush()
    this.#received = Uint8Array.from([...this.#received, ...bytes])
    this.#receivedAt = at
    this.#read(false)
  }

  /** No more bytes belong to the last request. */
  flush(): void {
    this.#read(true)
    this.#noteRest(this.#received.length)
  }

  /** Finds the answer, and with `all` also one behind what looked like the beginning of another. */
  #read(all: boolean): void {
    const request = this.#request
    if (!request) return
    const { length } = this.#received
    for (let start = 0; start < length; start++) {
      const reply = decodeReply(request, this.#received, start, length)
      if (reply === 'short' && !all) return
      if (typeof reply !== 'object') continue
      this.#noteRest(start)
      const frame = this.#take(replyBytes(request, reply, length - start))
      this.#request = undefined
      this.#note('in', frame, replyInWords(request, reply, frame), this.#receivedAt)
      return
    }
  }

  #noteRest(length: number): void {
    if (length === 0) return
    const rest = this.#take(length)
    const words = equalBytes(rest, this.#frame)
      ? 'the line echoes the request'
      : `${length === 1 ? '1 byte that is' : `${length} bytes that are`} no answer`
    this.#note('in', rest, words, this.#receivedAt)
  }

  #take(length: number): Uint8Array {
    const taken = this.#received.slice(0, length)
    this.#received = this.#received.slice(length)
    return taken
  }
}

/** The requests that the dongle makes: reads, and the question what a device is. */
function readRequest(frame: Uint8Array): Request | undefined {
  if (frame.length < 7 || crc16(frame, 0, frame.length) !== 0) return undefined
  const [unit, code] = frame
  switch (code) {
    case READ_COILS:
    case READ_DISCRETE_INPUTS:
    case READ_HOLDING_REGISTERS:
    case READ_INPUT_REGISTERS:
      return { unit, code, address: u16(frame, 2), count: u16(frame, 4) }
    case READ_DEVICE_IDENTIFICATION:
      return { unit, code, level: frame[3] as 1 | 2 | 3 | 4, object: frame[4] }
    default:
      return undefined
  }
}

function requestInWords(frame: Uint8Array, request: Request | undefined): string {
  if (request?.code === READ_DEVICE_IDENTIFICATION)
    return `asks unit ${request.unit} what it is, from object ${request.object}`
  if (!request || !('count' in request) || request.code === READ_WRITE_MULTIPLE_REGISTERS)
    return `function ${frame[1]} to unit ${frame[0]}`
  const { unit, code, address, count } = request
  const last = address + count - 1
  return `reads ${KINDS[code]} ${address === last ? address : `${address} to ${last}`} of unit ${unit}`
}

function replyBytes(request: Request, reply: Reply, available: number): number {
  if (reply.kind === 'exception') return EXCEPTION_BYTES
  return Math.min(replyLength(request), available)
}

function replyInWords({ unit, code }: Request, reply: Reply, frame: Uint8Array): string {
  switch (reply.kind) {
    case 'exception':
      return `unit ${unit} refuses: ${describeException(reply.code)}`
    case 'identification':
      return `unit ${unit} is ${reply.objects.map(({ id, text }) => `${id}: ${JSON.stringify(text)}`).join(', ')}`
    case 'written':
      return `unit ${unit} confirms`
    case 'data': {
      const data = frame.subarray(3, -2)
      return `unit ${unit} answers ${code <= READ_DISCRETE_INPUTS ? toHex(data) : registers(data)}`
    }
  }
}

/** In hexadecimal, a space between two. */
function registers(data: Uint8Array): string {
  return toHex(data).replace(/....(?=.)/g, '$& ')
}
