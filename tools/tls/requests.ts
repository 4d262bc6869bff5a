/** Requests to the device under test and its answers, a line of JSON each; bytes are hexadecimal. */

export type DeviceRequest =
  | { do: 'connect'; id: number; host: string; port: number; anchors?: string[]; utc: number }
  | { do: 'write'; id: number; bytes: string }
  | { do: 'close'; id: number }
  | ({ do: 'verify'; id: number } & Signed)
  | { do: 'agree'; id: number; key: string; point: string }
  | { do: 'draw'; id: number; count: number }
  | ({ do: 'fuzz'; id: number; fuzzSeed: number; count: number } & Recording)

export interface Signed {
  scheme: number
  key:
    | { kind: 'rsa'; modulus: string; exponent: string }
    | { kind: 'ec'; curve: 'P-256' | 'P-384'; point: string }
  signed: string
  signature: string
}

/** What a server sent to a client whose entropy came from `seed`, a flight each. */
export interface Recording {
  seed: number
  host: string
  anchors: string[]
  utc: number
  flights: string[]
}

export type DeviceAnswer =
  | { id: number; event: 'open' }
  | { id: number; event: 'bytes'; bytes: string }
  | { id: number; event: 'closed'; why: string }
  | { id: number; result: unknown }
  | { id: number; error: string }
