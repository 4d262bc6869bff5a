/** An installer's own authority, PEM or DER, checked when it is set. RFC 7468; RFC 5280. */
import { readPem } from '../../core/pem'
import type { UnixMs } from '../../core/time'
import { decodeCertificate } from './decode'
import { nameInWords } from './names'
import { refuseAnchor } from './path'

/** `der` is for the connection, `name` and `expires` are for the installer. */
export type Anchor =
  | { kind: 'anchor'; der: Uint8Array; name: string; expires: UnixMs }
  | { kind: 'refused'; why: string }

export const MAX_ANCHOR_BYTES = 4096

/** Takes one certificate. `isFloor`: the clock is not set yet, and no true time is earlier than `utc`. */
export function readAnchor(given: string | Uint8Array, utc: UnixMs, isFloor = false): Anchor {
  const bytes = typeof given === 'string' ? onlyOne(readPem(given)) : given
  const certificate = bytes && bytes.length <= MAX_ANCHOR_BYTES && decodeCertificate(bytes)
  if (!certificate) return { kind: 'refused', why: 'not a certificate in PEM or DER' }
  const at = isFloor && utc < certificate.notBefore ? certificate.notBefore : utc
  const why = refuseAnchor(certificate, at)
  if (why) return { kind: 'refused', why }
  const name = nameInWords(certificate, certificate.subject)
  return { kind: 'anchor', der: certificate.bytes, name, expires: certificate.notAfter }
}

/** A second certificate is refused, because it would be ignored. */
function onlyOne(found: Uint8Array[] | undefined): Uint8Array | undefined {
  return found?.length === 1 ? found[0] : undefined
}
