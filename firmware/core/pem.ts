/** Certificates in text. RFC 7468. */
import { readBase64 } from './bytes'

export const PEM_BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'

/** The certificates of a text as DER; undefined if there is none, or if one is cut short or is not base64. */
export function readPem(text: string): Uint8Array[] | undefined {
  const found: Uint8Array[] = []
  for (
    let begin = text.indexOf(PEM_BEGIN);
    begin >= 0;
    begin = text.indexOf(PEM_BEGIN, begin + 1)
  ) {
    const end = text.indexOf(END, begin)
    const der = end < 0 ? undefined : readBase64(text.slice(begin + PEM_BEGIN.length, end))
    if (!der?.length) return undefined
    found.push(der)
  }
  return found.length > 0 ? found : undefined
}
