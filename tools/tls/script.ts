/** How the scripted server (server.ts) differs from an honest one, and what it tells. */
import type { KeyObject } from 'node:crypto'
import type { ByteStream } from '../../firmware/ports/bytestream'

export type Step = 'hello' | 'certificate' | 'keyExchange' | 'helloDone' | 'finished'

export interface Script {
  chain: Uint8Array[]
  key: KeyObject
  /** A message as it goes out, header and all; undefined leaves it out. */
  alter?: (step: Step, message: Uint8Array) => Uint8Array | undefined
  suite?: number
  /** Code points of the signature, and the signature of what it should cover. */
  scheme?: number
  sign?: (data: Uint8Array) => Uint8Array
  point?: (point: Uint8Array) => Uint8Array
  /** Sends at most so many bytes of handshake in a record. */
  fragment?: number
  /** The bytes of all records of a flight, as they go to the wire. */
  wire?: (flight: 'hello' | 'finished', bytes: Uint8Array) => Uint8Array
  /** Sends this right after its Finished, sealed. */
  afterwards?: { type: number; bytes: Uint8Array }[]
  /** Ends the connection after so many bytes. */
  cutAfter?: number
  /** Keeps sessions and resumes them; 'blindly': any, with a secret of its own; 'uninvited': where none was offered. */
  resumes?: 'never' | 'always' | 'blindly' | 'uninvited'
  /** Without extended_master_secret, as servers of before 2015. */
  isOld?: boolean
}

/** What the server needs of a socket. */
export interface Wire {
  on(event: 'data', hear: (bytes: Uint8Array) => void): unknown
  write(bytes: Uint8Array): unknown
  end(): unknown
  destroy(): unknown
}

/** What a server does with its connections. */
export interface Application {
  /** The handshake is over. */
  onOpen(stream: ByteStream): void
  onBytes(bytes: Uint8Array): void
}

export interface ScriptedServer {
  port: number
  /** Plain application bytes that clients sent. */
  received: Uint8Array[]
  /** Alerts that clients sent, after decryption: [level, description]. */
  alerts: [number, number][]
  /** How many handshakes were abbreviated. */
  resumed: number
  close(): void
}
