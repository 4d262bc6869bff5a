/** A certification authority that lives for one run, and a certificate of its for this host. RFC 5280; P-256. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000

export interface Certificates {
  /** PEM: what to trust. */
  authority: string
  /** PEM, for localhost and 127.0.0.1. */
  certificate: string
  /** PEM (PKCS #8). */
  key: string
}

export async function makeCertificates({
  names = ['localhost'],
  addresses = ['127.0.0.1'],
}: {
  names?: string[]
  addresses?: string[]
} = {}): Promise<Certificates> {
  x509.cryptoProvider.set(webcrypto)
  const valid = {
    // An hour back: a clock that is a little behind must not make the certificate one of the future.
    notBefore: new Date(Date.now() - DAY_MS / 24),
    notAfter: new Date(Date.now() + 7 * DAY_MS),
    signingAlgorithm: ALGORITHM,
  }
  const authorityKeys = await keys()
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...valid,
    name: 'CN=Wattbeat simulated site',
    keys: authorityKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  })
  const leafKeys = await keys()
  const leaf = await x509.X509CertificateGenerator.create({
    ...valid,
    subject: `CN=${names[0]}`,
    issuer: authority.subject,
    publicKey: leafKeys.publicKey,
    signingKey: authorityKeys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        ...names.map((value) => ({ type: 'dns' as const, value })),
        ...addresses.map((value) => ({ type: 'ip' as const, value })),
      ]),
    ],
  })
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey)
  return {
    authority: authority.toString('pem'),
    certificate: leaf.toString('pem'),
    key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
  }
}

function keys() {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}
