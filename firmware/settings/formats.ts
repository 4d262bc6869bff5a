/** What the texts in the settings have to look like. */
import { utf8Length } from '../core/bytes'
import { PEM_BEGIN } from '../core/pem'
import { holdsPrivateKey } from './found'

export interface TextFormat {
  /** In words, for whoever wrote something else. */
  expected: string
  fits(text: string): boolean
}

export const uuid: TextFormat = {
  expected: 'a UUID such as 3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
  fits: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
}

export const brokerUrl: TextFormat = {
  expected: 'mqtts://HOST or mqtts://HOST:PORT (MQTT without TLS is not spoken here)',
  fits: (text) => text.startsWith('mqtts://') && hostAndPort(text.slice(8), 8883) !== undefined,
}

export const timeServer: TextFormat = {
  expected: 'HOST or HOST:PORT',
  fits: (text) => hostAndPort(text, 123) !== undefined,
}

/** That each can be decoded is checked when they are set (parse.ts): it takes longer than all the rest of a start. */
export const certificates: TextFormat = {
  expected: 'certificates in PEM (-----BEGIN CERTIFICATE-----) and no private key',
  fits: (text) => !holdsPrivateKey(text) && text.includes(PEM_BEGIN),
}

/** IEEE 802.11, 9.4.2.2: bytes, and a letter may take several. */
export const networkName: TextFormat = {
  expected: 'at most 32 bytes of UTF-8',
  fits: (text) => utf8Length(text) <= 32,
}

/** IEEE 802.11, J.4.1: a passphrase in ASCII, or the key itself. */
export const networkPassword: TextFormat = {
  expected: 'empty, 8 to 63 ASCII characters, or 64 hexadecimal digits',
  fits: (text) => text === '' || /^([ -~]{8,63}|[0-9a-f]{64})$/i.test(text),
}

/** Splits `host`, `host:port`, `[v6]` or `[v6]:port`; undefined if it is none of these. */
export function hostAndPort(
  text: string,
  defaultPort: number,
): { host: string; port: number } | undefined {
  const parts = /^(?:\[([0-9a-f:.]+)\]|([^\s:/@?#[\]]+))(?::(\d{1,5}))?$/i.exec(text)
  if (!parts) return undefined
  const port = parts[3] === undefined ? defaultPort : Number(parts[3])
  return port >= 1 && port <= 65535 ? { host: parts[1] ?? parts[2], port } : undefined
}
