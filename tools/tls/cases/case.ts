/** A row of the table: a server, and what must come of a connection to it, with the words. One table for XS, Node and OpenSSL. */
import { authority, type Issued, leaf } from '../authority'
import type { Served } from '../serve'

export interface Case {
  name: string
  host?: string
  /** Undefined for the platform's own. */
  anchors: Uint8Array[] | undefined
  /** `isDevice`: every name is 127.0.0.1 to it. */
  serve(isDevice: boolean): Promise<Served>
  /** What a refusal must say; undefined if the case must reach CONNACK. */
  refused?: RegExp
  /** The refusal comes only after the handshake: our CONNECT may be out. */
  isLate?: boolean
  /** Why OpenSSL refuses what we take, or takes what we refuse. */
  notByOpenSsl?: string
}

export const HOST = 'broker.example.org'

/** The honest parties of the bad cases. */
export interface Parties {
  root: Issued
  mid: Issued
  broker: Issued
  rsaBroker: Issued
}

export async function parties(): Promise<Parties> {
  const root = await authority('Root', { key: 'rsa2048' })
  const mid = await authority('Mid', { issuer: root, pathLength: 0 })
  const broker = await leaf(mid, { hosts: [HOST] })
  const rsaBroker = await leaf(root, { key: 'rsa2048', hosts: [HOST] })
  return { root, mid, broker, rsaBroker }
}

type Add = (name: string, refused: RegExp, serve: Case['serve'], more?: Partial<Case>) => void

/** The rows, and how one is added; the anchor is the root unless a row names another. */
export function rows({ root }: Parties): { all: Case[]; add: Add } {
  const all: Case[] = []
  return {
    all,
    add: (name, refused, serve, more) =>
      all.push({ name, refused, serve, host: HOST, anchors: [root.der], ...more }),
  }
}

export function flip(bytes: Uint8Array, at: number): Uint8Array {
  return set(bytes, at, bytes[at] ^ 1)
}

export function set(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = bytes.slice()
  changed[at] = value
  return changed
}
