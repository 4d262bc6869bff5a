/** What the table cannot show: signatures by the thousand, sessions, randomness, mutated flights. */
import { type KeyObject, sign } from 'node:crypto'
import { connect } from 'node:net'
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import type { SecureConnection } from '../../firmware/ports/bytestream'
import { Client } from '../../firmware/tls/client'
import { random } from '../../hosttest/support/seed'
import { nodePrimitives } from '../node/tls/primitives'
import { attempt } from './attempt'
import { authority, issue, leaf } from './authority'
import { fuzz, replay, type Tally } from './fuzz'
import type { RemoteDevice } from './remote'
import { type Script, scriptedServer } from './server'
import type { Recording, Signed } from './wishes'

const HOST = 'broker.example.org'

/** Each returns what is wrong. */
export type Faults = string[]

const KINDS = [
  { name: 'ECDSA P-256 SHA-256', key: 'p256', scheme: 0x0403, hash: 'sha256', most: 1000 },
  { name: 'ECDSA P-384 SHA-384', key: 'p384', scheme: 0x0503, hash: 'sha384', most: 1000 },
  { name: 'ECDSA P-256 SHA-512', key: 'p256', scheme: 0x0603, hash: 'sha512', most: 50 },
  { name: 'RSA-2048 SHA-256', key: 'rsa2048', scheme: 0x0401, hash: 'sha256', most: 1000 },
  { name: 'RSA-4096 SHA-384', key: 'rsa4096', scheme: 0x0501, hash: 'sha384', most: 50 },
] as const

/** Every valid signature is accepted, every altered one refused. */
export async function checkSignatures(device: RemoteDevice): Promise<Faults> {
  const faults: Faults = []
  for (const { name, key, scheme, hash, most } of KINDS) {
    const { key: secret } = await issue({ name: `signer ${key}`, key })
    let refused = 0
    let accepted = 0
    for (let i = 0; i < most; i++) {
      const data = random(i).seed.toString().padStart(8, '0')
      const signed = signedBy(secret, scheme, hash, data)
      if (!(await device.verify(signed))) refused++
      if (i >= 100) continue
      const altered = { ...signed, signature: flip(signed.signature, i) }
      if (await device.verify(altered)) accepted++
    }
    console.log(
      `       XS    ${most} signatures ${name}: ${refused} refused; 100 altered: ${accepted} accepted`,
    )
    if (refused || accepted) faults.push(name)
  }
  return faults
}

function signedBy(secret: KeyObject, scheme: number, hash: string, data: string): Signed {
  const jwk = secret.export({ format: 'jwk' })
  const hex = (base64 = '') => Buffer.from(base64, 'base64url').toString('hex')
  const key: Signed['key'] =
    jwk.kty === 'RSA'
      ? { kind: 'rsa', modulus: hex(jwk.n), exponent: hex(jwk.e) }
      : { kind: 'ec', curve: jwk.crv as 'P-256', point: `04${hex(jwk.x)}${hex(jwk.y)}` }
  const bytes = Buffer.from(data)
  const signature = sign(hash, bytes, secret).toString('hex')
  return { scheme, key, signed: bytes.toString('hex'), signature }
}

function flip(hex: string, i: number): string {
  const bytes = Buffer.from(hex, 'hex')
  bytes[(i * 37) % bytes.length] ^= 1 << (i % 8)
  return bytes.toString('hex')
}

const P256_ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'

/** The numbers that the SDK accepts, or never returns from. */
export async function checkHostileSignatures(device: RemoteDevice): Promise<Faults> {
  const { key } = await issue({ name: 'hostile' })
  const honest = signedBy(key, 0x0403, 'sha256', 'x')
  const { r, s } = numbersOf(honest.signature)
  const hostile: [string, Partial<Signed>][] = [
    ['r = s = 0', { signature: encode('00', '00') }],
    ['s = 0', { signature: encode(r, '00') }],
    ['r = 0', { signature: encode('00', s) }],
    ['s = order', { signature: encode(r, P256_ORDER) }],
    ['r = order', { signature: encode(P256_ORDER, s) }],
    ['s + order', { signature: encode(r, plusOrder(s)) }],
    ['r + order', { signature: encode(plusOrder(r), s) }],
    ['trailing byte', { signature: `${honest.signature}00` }],
    ['empty', { signature: '' }],
  ]
  const { key: point } = honest
  if (point.kind === 'ec') {
    const off = `${point.point.slice(0, -2)}${point.point.endsWith('00') ? '01' : '00'}`
    hostile.push(['key off the curve', { key: { ...point, point: off } }])
    hostile.push(['key at infinity', { key: { ...point, point: `04${'00'.repeat(64)}` } }])
  }
  const faults: Faults = []
  for (const [name, change] of hostile) {
    if (await device.verify({ ...honest, ...change })) faults.push(`accepted: ${name}`)
  }
  if (!(await device.verify(honest))) faults.push('refused the honest one')
  console.log(`       XS    ${hostile.length} hostile signatures refused, each in time`)
  return faults
}

function numbersOf(signature: string): { r: string; s: string } {
  const bytes = Buffer.from(signature, 'hex')
  const r = bytes.subarray(4, 4 + bytes[3])
  return { r: r.toString('hex'), s: bytes.subarray(6 + r.length).toString('hex') }
}

function encode(r: string, s: string): string {
  const integer = (hex: string) => {
    const sign = Number.parseInt(hex.slice(0, 2), 16) & 0x80 ? '00' : ''
    return `02${((hex.length + sign.length) / 2).toString(16).padStart(2, '0')}${sign}${hex}`
  }
  const body = integer(r) + integer(s)
  return `30${(body.length / 2).toString(16).padStart(2, '0')}${body}`
}

function plusOrder(hex: string): string {
  const sum = (BigInt(`0x${hex}`) + BigInt(`0x${P256_ORDER}`)).toString(16)
  return sum.padStart(sum.length + (sum.length % 2), '0')
}

/** Sessions are resumed, a server that declines is served all the same, and a liar's session is dropped. */
export async function checkSessions(platform: SecureConnection): Promise<Faults> {
  const root = await authority('Session Root')
  const broker = await leaf(root, { hosts: [HOST] })
  const script: Script = { chain: [broker.der], key: broker.key, resumes: 'always' }
  const server = await scriptedServer(script)
  const faults: Faults = []
  const go = async (
    name: string,
    resumes: Script['resumes'],
    resumed: number,
    words = /CONNACK/,
  ) => {
    script.resumes = resumes
    const outcome = await attempt(platform, { host: HOST, anchors: [root.der] }, server.port)
    const told =
      outcome.kind === 'closed' ? outcome.why : outcome.kind === 'connack' ? 'CONNACK' : 'hangs'
    if (!words.test(told)) faults.push(`${name}: ${told}`)
    if (server.resumed !== resumed)
      faults.push(`${name}: ${server.resumed} resumed, not ${resumed}`)
  }
  await go('first', 'always', 0)
  await go('resumed', 'always', 1)
  await go('resumed again', 'always', 2)
  await go('declined', 'never', 2)
  await go('nothing left to resume', 'always', 2)
  await go('resumed with another secret', 'blindly', 3, /altered on its way|cipher|bad|mac|closed/)
  await go('dropped after the fault', 'always', 3)
  await go('resumed once more', 'always', 4)
  server.close()
  return faults
}

/** What the SDK's generator repeats after 145 draws does not repeat here, and every bit is as often set as not. */
export async function checkRandomness(device: RemoteDevice): Promise<Faults> {
  const faults: Faults = []
  const ones: string[] = []
  for (let i = 0; i < 300; i++) ones.push(await device.draw(1))
  if (new Set(ones.slice(150)).size < 50) faults.push('single bytes repeat')
  const seen = new Set<string>()
  let bits = 0
  for (let i = 0; i < 100; i++) {
    const drawn = await device.draw(400)
    for (let at = 0; at < drawn.length; at += 16) seen.add(drawn.slice(at, at + 16))
    for (const digit of drawn)
      bits += [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4][Number.parseInt(digit, 16)]
  }
  if (seen.size !== 5000) faults.push('eight bytes repeat')
  const share = bits / (100 * 400 * 8)
  if (share < 0.495 || share > 0.505) faults.push(`${share} of the bits are set`)
  console.log(
    `       XS    ${seen.size} draws of 8 bytes differ, ${share.toFixed(4)} of the bits are set`,
  )
  return faults
}

/** What an honest server sends to a client of this seed. */
export async function record(seed: number, key: 'rsa2048' | 'p256'): Promise<Recording> {
  const root = await authority('Fuzz Root')
  const mid = await authority('Fuzz Mid', { issuer: root })
  const broker = await leaf(mid, { key, hosts: [HOST] })
  const server = await scriptedServer({ chain: [broker.der, mid.der], key: broker.key })
  const utc = Date.now()
  const client = clientOf({ seed, host: HOST, anchors: [hex(root.der)], utc, flights: [] })
  const flights: Uint8Array[] = []
  await new Promise<void>((opened) => {
    const socket = connect(server.port, '127.0.0.1')
    const pump = () => {
      for (;;) {
        const output = client.poll(0 as MonotonicMs)
        if (output.kind === 'send') socket.write(output.bytes.slice())
        if (output.kind === 'open') return opened()
        if (output.kind === 'closed') throw new Error(output.why)
        if (output.kind === 'wait' && output.until > 0) return
      }
    }
    socket.on('data', (bytes: Uint8Array) => {
      flights.push(new Uint8Array(bytes))
      client.receive(bytes)
      pump()
    })
    socket.on('connect', pump)
  })
  server.close()
  return { seed, host: HOST, anchors: [hex(root.der)], utc, flights: flights.map(hex) }
}

export function clientOf({ seed, host, anchors, utc }: Recording): Client {
  const entropy = random(seed)
  const expected = { host, anchors: anchors.map(bytesOf), utc: utc as UnixMs, handshakeMs: 1000 }
  return new Client({ ...expected, primitives: nodePrimitives(entropy), entropy }, 0 as MonotonicMs)
}

export function fuzzOnNode(recording: Recording, seed: number, count: number): Tally {
  const flights = recording.flights.map(bytesOf)
  const honest = replay(clientOf(recording), flights, 1000)
  if (honest.outcome !== 'open') throw new Error(`the recording does not open: ${honest.why}`)
  return fuzz(() => clientOf(recording), flights, random(seed), count)
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
