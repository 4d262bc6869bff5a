/** An installer's own authority, PEM or DER, checked when it is set. RFC 7468; RFC 5280. */
import { readPem } from '../core/pem'
import type { UnixMs } from '../core/time'
import { tellName } from './names'
import { refuseAnchor } from './path'
import { decodeCertificate } from './x509'

/** `expires` and `name` are for the state that an installer sees; `der` is what the connection takes. */
export type Anchor =
  | { kind: 'anchor'; der: Uint8Array; name: string; expires: UnixMs }
  | { kind: 'refused'; why: string }

export const MOST_ANCHOR_BYTES = 4096

/** Takes one certificate. Where the clock is not set yet, pass when the firmware was built: no true time is earlier. */
export function readAnchor(given: string | Uint8Array, utc: UnixMs): Anchor {
  const bytes = typeof given === 'string' ? onlyOne(readPem(given)) : given
  const certificate = bytes && bytes.length <= MOST_ANCHOR_BYTES && decodeCertificate(bytes)
  if (!certificate) return { kind: 'refused', why: 'not a certificate in PEM or DER' }
  const why = refuseAnchor(certificate, utc)
  if (why) return { kind: 'refused', why }
  const name = tellName(certificate, certificate.subject)
  return { kind: 'anchor', der: certificate.bytes, name, expires: certificate.notAfter }
}

/** A second certificate would be ignored silently: better to say so. */
function onlyOne(found: Uint8Array[] | undefined): Uint8Array | undefined {
  return found?.length === 1 ? found[0] : undefined
}
