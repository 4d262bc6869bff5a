/** A server's certificate message as certificates: its own first, then whatever it offers as issuers. RFC 5246, 7.4.2. */
import { DECODE_ERROR, ILLEGAL_PARAMETER } from './alerts'
import { type Certificate, RSA_SHA256 } from './certificate'
import { decodeCertificates, type ServerHello, schemeFor } from './messages'
import { type Refusal, refuse } from './refusal'
import { decodeCertificate } from './x509'

export function readChain(message: Uint8Array, hello: ServerHello): Certificate[] | Refusal {
  const certificates = decodeCertificates(message)
  if (!Array.isArray(certificates)) return certificates
  const chain: Certificate[] = []
  for (let i = 0; i < certificates.length; i++) {
    const certificate = decodeCertificate(certificates[i])
    if (certificate) chain.push(certificate)
    // An offer that cannot be read is no offer.
    else if (i === 0) return refuse("the server's certificate is malformed", DECODE_ERROR)
  }
  if ((chain[0].keyKind === 'rsa') !== (schemeFor(hello) === RSA_SHA256)) {
    return refuse('the certificate does not fit the cipher suite', ILLEGAL_PARAMETER)
  }
  return chain
}
