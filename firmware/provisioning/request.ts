/**
 * JSON-RPC 2.0, one message each: bytes <-> requests, replies and progress. No batches, parameters by name, ids that are
 * whole numbers: a reply repeats the id, and no text that a peer chose is ever repeated. https://www.jsonrpc.org/specification
 */
import { readUtf8, utf8 } from '../core/bytes'
import { takeField, type WrongField, type WrongFields } from '../settings/parse'
import type { Field } from '../settings/schema'
import { MAX_MESSAGE_BYTES } from './messages'
import { MAX_ID, METHODS, type Method, type MethodName } from './methods'

/** Settings have six levels, the request's own included. */
const MAX_DEPTH = 8
/** Commas: 16 devices with all their fields have 250. What has more takes memory for nothing. */
const MAX_COMMAS = 500

/** Those below -32100 are JSON-RPC's own. */
export const CODE = Object.freeze({
  noJson: -32700,
  noRequest: -32600,
  unknownMethod: -32601,
  wrongParams: -32602,
  internal: -32603,
  busy: -32000,
  timedOut: -32001,
  cancelled: -32002,
  notYet: -32003,
  /** There are no settings that could be read, tested or staged for. */
  unprovisioned: -32004,
  /** It was tried and did not work: the words say why. */
  failed: -32005,
})

/** The error object of JSON-RPC. */
export interface DialogueError {
  code: number
  message: string
  data?: {
    /** Each wrong field: where, what was found (never a text), what is expected. */
    wrong?: readonly WrongField[]
    /** How many wrong fields there are besides. */
    more?: number | undefined
    /** What to do about it. */
    fix?: string
  }
}

export type Request =
  /** `id`: undefined if no reply is wanted. */
  | { kind: 'request'; id: number | undefined; method: MethodName; params: object }
  /** `id`: null if it has none that can be read; undefined if no reply is wanted. */
  | { kind: 'refused'; id: number | null | undefined; error: DialogueError }

/** But for the parameters, whose fields depend on the method. */
const ENVELOPE: Field = {
  kind: 'group',
  of: {
    jsonrpc: { kind: 'choice', of: ['2.0'] },
    id: { kind: 'integer', least: 0, most: MAX_ID, optional: true },
    method: { kind: 'choice', of: Object.keys(METHODS) },
    params: { kind: 'object', optional: true },
  },
}

export function readRequest(bytes: Uint8Array): Request {
  const costs = costsTooMuch(bytes)
  if (costs) return refused(CODE.noRequest, costs, null)
  let json: unknown
  try {
    json = JSON.parse(readUtf8(bytes) ?? '')
  } catch {
    // Its words are not told: some engines repeat what they found.
    return refused(CODE.noJson, 'no JSON', null)
  }
  if (Array.isArray(json)) return refused(CODE.noRequest, 'one request each: no list of them', null)
  if (typeof json !== 'object' || json === null) return refused(CODE.noRequest, 'no object', null)
  const wrong: WrongFields = []
  const taken = takeField(json, ENVELOPE, 'request', wrong) as {
    id?: number
    method?: MethodName
    params?: object
  }
  const { id, method, params = {} } = taken
  if (!method || wrong.length > 0) {
    const given: unknown = (json as { method?: unknown }).method
    return wrong.length === 1 && !method && typeof given === 'string'
      ? refused(CODE.unknownMethod, 'no such method', id, wrong)
      : refused(CODE.noRequest, 'no request', id ?? null, wrong)
  }
  const { params: of }: Method = METHODS[method]
  const valid = takeField(params, { kind: 'group', of }, 'params', wrong) as object
  if (wrong.length > 0) return refused(CODE.wrongParams, 'wrong parameters', id, wrong)
  return { kind: 'request', id, method, params: valid }
}

export function encodeReply(id: number, result: unknown): Uint8Array {
  return encode({ id, result: result ?? null })
}

export function encodeError(id: number | null, error: DialogueError): Uint8Array {
  return encode({ id, error })
}

/** A notification: the call `id` goes on, and has this to say. */
export function encodeProgress(id: number, value: unknown): Uint8Array {
  return encode({ method: 'progress', params: { id, value } })
}

function encode(message: object): Uint8Array {
  return utf8(JSON.stringify({ jsonrpc: '2.0', ...message }))
}

function refused(
  code: number,
  message: string,
  id: number | null | undefined,
  wrong?: WrongFields,
): Request {
  return {
    kind: 'refused',
    id,
    error: wrong ? wrongFields(code, message, wrong) : { code, message },
  }
}

/** With every wrong field, or the first of them and how many there are besides. */
export function wrongFields(code: number, message: string, wrong: WrongFields): DialogueError {
  return { code, message, data: { wrong, more: wrong.more } }
}

/** Before it is parsed: depth takes the processor's stack, and values memory. Whether it is JSON at all is not looked at. */
function costsTooMuch(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_MESSAGE_BYTES) return `more than ${MAX_MESSAGE_BYTES} bytes`
  let depth = 0
  let commas = 0
  let isText = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (isText) {
      if (byte === BACKSLASH) i++
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) isText = true
    else if (byte === COMMA) commas++
    else if (byte === BRACKET || byte === BRACE) {
      if (++depth > MAX_DEPTH) return `more than ${MAX_DEPTH} levels`
    } else if (byte === BRACKET + 2 || byte === BRACE + 2) depth--
  }
  return commas > MAX_COMMAS ? `more than ${MAX_COMMAS} values` : undefined
}

const QUOTE = 0x22
const COMMA = 0x2c
const BRACKET = 0x5b
const BACKSLASH = 0x5c
const BRACE = 0x7b
