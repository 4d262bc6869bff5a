/** The device's signatures and key agreement against Node's: every honest one is accepted, every hostile one refused. */
import {
  constants,
  createECDH,
  createHash,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  sign,
} from 'node:crypto'
import { random } from '../sim/random'
import { issue } from './authority'
import type { RemoteDevice } from './remote'
import type { Signed } from './requests'

/** Each check returns what is wrong. */
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
  hostile.push(...hostileRsa())
  const faults: Faults = []
  for (const [name, change] of hostile) {
    if (await device.verify({ ...honest, ...change })) faults.push(`accepted: ${name}`)
  }
  if (!(await device.verify(honest))) faults.push('refused the honest one')
  console.log(`       XS    ${hostile.length} hostile signatures refused, each in time`)
  return faults
}

/** Blocks that only a reader of padding would take (CVE-2006-4339 and its heirs), and numbers out of range. */
function hostileRsa(): [string, Partial<Signed>][] {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const { key, signed } = signedBy(privateKey, 0x0401, 'sha256', 'x')
  if (key.kind !== 'rsa') throw new Error('an RSA key')
  const digest = createHash('sha256').update(Buffer.from(signed, 'hex')).digest('hex')
  const info = '3031300d060960864801650304020105000420'
  const open = (block: string) => {
    const bytes = Buffer.from(block, 'hex')
    const raw = { key: privateKey, padding: constants.RSA_NO_PADDING }
    return privateEncrypt(raw, bytes).toString('hex')
  }
  const padded = (start: string, end: string, fill = 'ff') =>
    start + fill.repeat(256 - (start.length + end.length) / 2) + end
  const honest = padded('0001', `00${info}${digest}`)
  if (open(honest) !== signedBy(privateKey, 0x0401, 'sha256', 'x').signature) {
    throw new Error('an honest block is not what is signed')
  }
  const blocks: [string, string][] = [
    ['garbage behind the digest', `0001ffffffffffffffff00${info}${digest}`.padEnd(512, '0')],
    ['garbage before the digest', padded('0001ffffffffffffffff00', `${info}${digest}`, '00')],
    ['block type 2', padded('0002', `00${info}${digest}`)],
    ['padding of zeros', padded('0001', `00${info}${digest}`, '00')],
    ['no end of the padding', padded('0001', `${info}${digest}`)],
    ['no NULL', padded('0001', `00302f300b0609608648016503040201${'0420'}${digest}`)],
    ['long lengths', padded('0001', `00308131300d060960864801650304020105000420${digest}`)],
    ['the digest alone', padded('0001', `00${digest}`)],
    ['another hash named', padded('0001', `00${info.replace('040201', '040202')}${digest}`)],
  ]
  const hostile = blocks.map(([name, block]): [string, string] => [name, open(block)])
  const signature = open(honest)
  hostile.push(['a byte short', signature.slice(2)], ['a zero before', `00${signature}`])
  hostile.push(['RSA zero', '00'.repeat(256)], ['RSA one', '01'.padStart(512, '0')])
  return [
    ...hostile.map(([name, signature]): [string, Partial<Signed>] => [
      name,
      { scheme: 0x0401, key, signed, signature },
    ]),
    beyondModulus(),
  ]
}

/** A signature plus the modulus, if the sum fits: the same number, if the range is not checked. */
function beyondModulus(): [string, Partial<Signed>] {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  for (let i = 0; ; i++) {
    const honest = signedBy(privateKey, 0x0401, 'sha256', String(i))
    if (honest.key.kind !== 'rsa') throw new Error('an RSA key')
    const sum = BigInt(`0x${honest.signature}`) + BigInt(`0x${honest.key.modulus}`)
    const signature = sum.toString(16)
    if (signature.length === 512) return ['signature + modulus', { ...honest, signature }]
  }
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

/** A secret is agreed with every honest peer, also if a number begins with zeros (1 in 256 each), and with no other. */
export async function checkAgreements(device: RemoteDevice): Promise<Faults> {
  const faults: Faults = []
  const ours = createECDH('prime256v1')
  const zeros = { secret: 0, publicKey: 0 }
  let agreed = 0
  while (agreed < 50 || zeros.secret < 2 || zeros.publicKey < 2) {
    const publicKey = ours.generateKeys('hex')
    const theirs = createECDH('prime256v1').generateKeys('hex')
    const secret = ours.computeSecret(theirs, 'hex', 'hex')
    const isShort = secret.startsWith('00')
    const isShortKey = publicKey.startsWith('00', 2)
    if (agreed >= 50 && !isShort && !isShortKey) continue
    if (isShort) zeros.secret++
    if (isShortKey) zeros.publicKey++
    agreed++
    const found = await device.agree(ours.getPrivateKey('hex').padStart(64, '0'), theirs)
    if (found.secret !== secret) faults.push(`${theirs}: ${found.secret}, not ${secret}`)
    if (found.publicKey !== publicKey) faults.push(`${found.publicKey}, not ${publicKey}`)
  }
  const key = ours.getPrivateKey('hex').padStart(64, '0')
  const honest = ours.getPublicKey('hex')
  const strange: [string, string][] = [
    ['off the curve', `${honest.slice(0, -2)}${honest.endsWith('00') ? '01' : '00'}`],
    ['zero', `04${'00'.repeat(64)}`],
    ['at infinity', '00'],
    ['beyond the field', `04${'ff'.repeat(64)}`],
    ['with x beyond the field', beyondField()],
    ['compressed', ours.getPublicKey('hex', 'compressed')],
    ['hybrid', ours.getPublicKey('hex', 'hybrid')],
    ['a byte short', honest.slice(0, -2)],
    ['nothing', ''],
  ]
  for (const [name, point] of strange) {
    const { secret } = await device.agree(key, point)
    if (secret !== undefined) faults.push(`agreed with a point ${name}`)
  }
  console.log(
    `       XS    ${agreed} agreements, ${zeros.secret} secrets and ${zeros.publicKey} keys with leading zeros; ${strange.length} strange points refused`,
  )
  return faults
}

const FIELD = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

/** A point whose x is so small that x plus the field fits into 32 bytes: on the curve, if the range is not checked. */
function beyondField(): string {
  for (let x = 1n; ; x++) {
    const square = ((((x * x - 3n) * x + B) % FIELD) + FIELD) % FIELD
    // The field is 3 modulo 4.
    const y = power(square, (FIELD + 1n) / 4n)
    if ((y * y) % FIELD === square) {
      return `04${(x + FIELD).toString(16).padStart(64, '0')}${y.toString(16).padStart(64, '0')}`
    }
  }
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (let bits = exponent; bits > 0n; bits >>= 1n) {
    if (bits & 1n) result = (result * base) % FIELD
    base = (base * base) % FIELD
  }
  return result
}
