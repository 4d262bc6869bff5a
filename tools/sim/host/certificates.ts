/** A certification authority that lives for one run, and a certificate of its for this host. RFC 5280; P-256. */
import { authority, keyPem, leaf, pem } from '../../tls/authority'

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
  // As a small authority makes them: the issuer is found by its name alone.
  const noKeyIds = true
  const root = await authority('Wattbeat simulated site', { pathLength: 0, noKeyIds })
  const server = await leaf(root, { name: names[0], hosts: names, addresses, noKeyIds })
  return { authority: pem(root), certificate: pem(server), key: keyPem(server) }
}
