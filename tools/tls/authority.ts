/** Certificates for tests, good and bad, made when they are needed by @peculiar/x509. */
import 'reflect-metadata'

import { createPrivateKey, type KeyObject, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

export const { Extension, KeyUsageFlags } = x509

type KeyPair = webcrypto.CryptoKeyPair
type KeyParameters = webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams

x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0])

export type KeyKind = 'rsa2048' | 'rsa4096' | 'rsa1024' | 'p256' | 'p384'

export interface Issued {
  der: Uint8Array
  key: KeyObject
  name: string
  kind: KeyKind
  pair: KeyPair
}

export interface CertificateOptions {
  name: string
  key?: KeyKind
  /** The issuer; the certificate itself if there is none. */
  issuer?: Issued
  /** Another name than the issuer's to stand as the issuer. */
  issuerName?: string
  hash?: 'SHA-256' | 'SHA-384' | 'SHA-512' | 'SHA-1'
  hosts?: string[]
  addresses?: string[]
  days?: [from: number, to: number]
  ca?: boolean
  pathLength?: number
  usages?: x509.KeyUsageFlags
  purposes?: string[]
  others?: x509.Extension[]
  noKeyIds?: boolean
}

const ALGORITHMS: Record<KeyKind, KeyParameters> = {
  rsa1024: rsa(1024),
  rsa2048: rsa(2048),
  rsa4096: rsa(4096),
  p256: { name: 'ECDSA', namedCurve: 'P-256' },
  p384: { name: 'ECDSA', namedCurve: 'P-384' },
}

const DAY_MS = 86_400_000

export async function issue(options: CertificateOptions): Promise<Issued> {
  const { name, key: kind = 'p256', issuer, hash = 'SHA-256', days = [-1, 30] } = options
  const { publicKey, privateKey } = await keyPair(kind, name)
  const signer = issuer?.pair ?? { publicKey, privateKey }
  const extensions: x509.Extension[] = [...(options.others ?? [])]
  if (!options.noKeyIds) {
    extensions.push(await x509.SubjectKeyIdentifierExtension.create(publicKey))
    extensions.push(await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey))
  }
  if (options.ca !== undefined) {
    extensions.push(new x509.BasicConstraintsExtension(options.ca, options.pathLength, true))
  }
  if (options.usages !== undefined)
    extensions.push(new x509.KeyUsagesExtension(options.usages, true))
  if (options.purposes) extensions.push(new x509.ExtendedKeyUsageExtension(options.purposes))
  const names = [
    ...(options.hosts ?? []).map((value) => ({ type: 'dns' as const, value })),
    ...(options.addresses ?? []).map((value) => ({ type: 'ip' as const, value })),
  ]
  if (names.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(names))
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: Math.floor(1e9 + Math.random() * 1e9).toString(),
    subject: `CN=${name}`,
    issuer: `CN=${options.issuerName ?? issuer?.name ?? name}`,
    notBefore: new Date(Date.now() + days[0] * DAY_MS),
    notAfter: new Date(Date.now() + days[1] * DAY_MS),
    signingAlgorithm: {
      ...(signer.privateKey.algorithm.name === 'ECDSA'
        ? { name: 'ECDSA' }
        : { name: 'RSASSA-PKCS1-v1_5' }),
      hash,
    },
    publicKey,
    signingKey: signer.privateKey,
    extensions,
  })
  return {
    der: new Uint8Array(certificate.rawData),
    key: createPrivateKey({
      key: Buffer.from(await webcrypto.subtle.exportKey('pkcs8', privateKey)),
      format: 'der',
      type: 'pkcs8',
    }),
    name,
    kind,
    pair: { publicKey, privateKey },
  }
}

/** A usual authority. */
export function authority(
  name: string,
  options: Partial<CertificateOptions> = {},
): Promise<Issued> {
  const usages = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
  return issue({ name, ca: true, usages, ...options })
}

/** A usual certificate of a server. */
export function leaf(issuer: Issued, options: Partial<CertificateOptions> = {}): Promise<Issued> {
  return issue({
    name: 'broker',
    issuer,
    ca: false,
    usages: x509.KeyUsageFlags.digitalSignature,
    purposes: ['1.3.6.1.5.5.7.3.1'],
    ...options,
  })
}

export function pem(...certificates: Issued[]): string {
  return certificates
    .map(({ der }) => new x509.X509Certificate(der as Uint8Array<ArrayBuffer>).toString('pem'))
    .join('\n')
}

export function keyPem({ key }: Issued): string {
  return key.export({ format: 'pem', type: 'pkcs8' }).toString()
}

function rsa(modulusLength: number): webcrypto.RsaHashedKeyGenParams {
  return {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength,
    publicExponent: new Uint8Array([1, 0, 1]),
  }
}

const pairs = new Map<string, Promise<KeyPair>>()

/** RSA keys take seconds to make: there is one of each size for a name. */
function keyPair(kind: KeyKind, name: string): Promise<KeyPair> {
  const make = () =>
    webcrypto.subtle.generateKey(ALGORITHMS[kind], true, ['sign', 'verify']) as Promise<KeyPair>
  if (!kind.startsWith('rsa')) return make()
  const id = `${kind} ${name}`
  let pair = pairs.get(id)
  if (!pair) pairs.set(id, (pair = make()))
  return pair
}
