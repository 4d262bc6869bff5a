/**
 * From a server's certificate up to a trust anchor: finds the paths and checks all but their signatures, which cost
 * up to a second each on the device and are verified one by one, from the anchor downwards. RFC 5280, 6; RFC 6125.
 */
import { equalBytes } from '../../core/bytes'
import type { UnixMs } from '../../core/time'
import type { VerifySignature } from '../../crypto/primitives'
import {
  BAD_CERTIFICATE,
  CERTIFICATE_EXPIRED,
  type Refusal,
  refuse,
  UNKNOWN_CA,
  UNSUPPORTED_CERTIFICATE,
} from '../alerts'
import {
  type Certificate,
  DIGITAL_SIGNATURE,
  KEY_CERT_SIGN,
  keyOf,
  part,
  type Span,
} from './certificate'
import { decodeCertificate } from './decode'
import { dotted } from './der'
import { nameInWords, namesHost, namesInWords } from './names'

export interface PathInputs {
  host: string
  /** DER certificates of authorities. */
  anchors: readonly Uint8Array[]
  utc: UnixMs
}

/** Each link of a path costs a signature; there is more than one path only if an issuer is forged or has two keys. */
const MAX_PATHS = 3

/** Leaf first, anchor last. */
type Path = readonly Certificate[]

export class PathValidation {
  readonly #paths: Path[] = []
  readonly #chain: readonly Certificate[]
  readonly #anchors: readonly Certificate[]
  readonly #utc: UnixMs
  #refusal: Refusal | undefined
  /** The link of the first path whose signature is next: from this certificate to the one above it. */
  #link: number

  /** `chain`: the leaf first, the others in any order. */
  constructor(chain: readonly Certificate[], { host, anchors, utc }: PathInputs) {
    this.#chain = chain
    this.#utc = utc
    const leaf = chain[0]
    this.#refusal = refuseLeaf(leaf, host) ?? refuseDate(leaf, utc)
    this.#anchors = this.#refusal ? [] : anchorsFor(anchors, chain)
    if (!this.#refusal) this.#climb([leaf])
    this.#link = this.#firstLink()
  }

  /** Verifies at most one signature. Undefined if there is more to do. `until`: no certificate of the path expires before. */
  step(verify: VerifySignature): { kind: 'trusted'; until: UnixMs } | Refusal | undefined {
    const path = this.#paths[0]
    if (!path) return this.#refusal ?? this.#unknownIssuer()
    if (this.#link < 0) return { kind: 'trusted', until: firstExpiry(path) }
    const below = path[this.#link]
    const above = path[this.#link + 1]
    if (
      verify(below.scheme, keyOf(above), part(below, below.signed), part(below, below.signature))
    ) {
      this.#link--
    } else {
      this.#refusal = refuse(
        `bad signature of ${nameInWords(above, above.subject)} on ${nameInWords(below, below.subject)}`,
        BAD_CERTIFICATE,
      )
      this.#paths.shift()
      this.#link = this.#firstLink()
    }
    return undefined
  }

  #firstLink(): number {
    return (this.#paths[0]?.length ?? 1) - 2
  }

  #climb(path: Path): void {
    const below = path[path.length - 1]
    for (let i = 0; i < this.#anchors.length; i++) {
      const anchor = this.#anchors[i]
      if (this.#isIssuer(anchor, below, path, true)) this.#found(path.concat(anchor))
    }
    for (let i = 0; i < this.#chain.length; i++) {
      const above = this.#chain[i]
      if (this.#paths.length >= MAX_PATHS) return
      // A self-issued certificate leads no further up; the anchors have been tried.
      if (isSelfIssued(above) || path.indexOf(above) >= 0) continue
      if (this.#isIssuer(above, below, path, false)) this.#climb(path.concat(above))
    }
  }

  #found(path: Path): void {
    if (this.#paths.length < MAX_PATHS) this.#paths.push(path)
  }

  #isIssuer(above: Certificate, below: Certificate, path: Path, isAnchor: boolean): boolean {
    if (!sameName(below, below.issuer, above, above.subject) || !sameKeyId(below, above)) {
      return false
    }
    const refusal = refuseIssuer(above, below, path, isAnchor) ?? refuseDate(above, this.#utc)
    this.#refusal ??= refusal
    return refusal === undefined
  }

  #unknownIssuer(): Refusal {
    const leaf = this.#chain[0]
    if (isSelfIssued(leaf)) {
      return refuse(`self-signed by ${nameInWords(leaf, leaf.subject)}`, UNKNOWN_CA)
    }
    // The missing issuer is the one that the highest certificate above the leaf names.
    let top = leaf
    for (let i = 0; i < this.#chain.length; i++) {
      const above: Certificate | undefined = this.#chain.find(
        (one) => !isSelfIssued(one) && sameName(top, top.issuer, one, one.subject),
      )
      if (above) top = above
    }
    return refuse(`unknown issuer ${nameInWords(top, top.issuer)}`, UNKNOWN_CA)
  }
}

function firstExpiry(path: Path): UnixMs {
  let first = path[0].notAfter
  for (let i = 0; i < path.length; i++) {
    const { notAfter } = path[i]
    if (notAfter < first) first = notAfter
  }
  return first
}

/** Why this certificate can be no trust anchor; undefined if it can. */
export function refuseAnchor(anchor: Certificate, utc: UnixMs): string | undefined {
  return (refuseAuthority(anchor, true) ?? refuseDate(anchor, utc))?.why
}

/** Only the anchors that the chain names as issuers: the others would cost memory. */
function anchorsFor(anchors: readonly Uint8Array[], chain: readonly Certificate[]): Certificate[] {
  const found: Certificate[] = []
  for (let i = 0; i < anchors.length; i++) {
    const anchor = decodeCertificate(anchors[i])
    if (!anchor) continue
    if (chain.some((one) => sameName(one, one.issuer, anchor, anchor.subject))) found.push(anchor)
  }
  return found
}

function refuseLeaf(leaf: Certificate, host: string): Refusal | undefined {
  if (!namesHost(leaf, host))
    return refuse(`host ${host} is not in ${namesInWords(leaf)}`, BAD_CERTIFICATE)
  if (leaf.forServers === false) {
    return refuse('the certificate is not for servers', UNSUPPORTED_CERTIFICATE)
  }
  // In both of our suites the server signs. RFC 5280 does not demand keyUsage of a leaf.
  if (leaf.usage !== undefined && !(leaf.usage & DIGITAL_SIGNATURE)) {
    return refuse('the certificate is not for signatures (keyUsage)', UNSUPPORTED_CERTIFICATE)
  }
  return refuseUnusable(leaf)
}

function refuseIssuer(
  above: Certificate,
  below: Certificate,
  path: Path,
  isAnchor: boolean,
): Refusal | undefined {
  if (below.scheme === 0) {
    const id = dotted(part(below, below.schemeId))
    return refuse(`unknown signature algorithm ${id}`, UNSUPPORTED_CERTIFICATE)
  }
  const refusal = refuseAuthority(above, isAnchor)
  if (refusal) return refusal
  // The last byte of the code point is the kind of key: 1 RSA, 3 ECDSA.
  if ((above.keyKind === 'rsa') !== ((below.scheme & 0xff) === 1)) {
    return refuseCertificate(above, 'has no key for its signature', BAD_CERTIFICATE)
  }
  // RFC 5280, 6.1.4 (l) does not count self-issued certificates, and there are none on a path.
  if (path.length - 1 > above.pathLength) {
    return refuse(
      `too many authorities below ${nameInWords(above, above.subject)} (pathLen)`,
      BAD_CERTIFICATE,
    )
  }
  return undefined
}

function refuseAuthority(above: Certificate, isAnchor: boolean): Refusal | undefined {
  if (!above.isAuthority) return refuseCertificate(above, 'is not an authority', BAD_CERTIFICATE)
  // RFC 5280, 4.2.1.3 has every authority state it; an anchor is the installer's choice and may leave it out.
  if (above.usage === undefined ? !isAnchor : !(above.usage & KEY_CERT_SIGN)) {
    return refuseCertificate(above, 'may not sign certificates (keyUsage)', BAD_CERTIFICATE)
  }
  if (above.forServers === false)
    return refuseCertificate(above, 'is not for servers', BAD_CERTIFICATE)
  return refuseUnusable(above)
}

function refuseUnusable(one: Certificate): Refusal | undefined {
  if (one.forbidding) {
    const why = `has an extension that is not understood: ${one.forbidding}`
    return refuseCertificate(one, why, UNSUPPORTED_CERTIFICATE)
  }
  if (one.keyFault) return refuseCertificate(one, `has ${one.keyFault}`, UNSUPPORTED_CERTIFICATE)
  return undefined
}

function refuseDate(one: Certificate, utc: UnixMs): Refusal | undefined {
  if (utc < one.notBefore) {
    return refuseCertificate(
      one,
      `is not valid before ${dateInWords(one.notBefore)}`,
      CERTIFICATE_EXPIRED,
    )
  }
  if (utc > one.notAfter) {
    return refuseCertificate(one, `expired on ${dateInWords(one.notAfter)}`, CERTIFICATE_EXPIRED)
  }
  return undefined
}

function refuseCertificate(one: Certificate, why: string, alert: number): Refusal {
  return refuse(`${nameInWords(one, one.subject)} ${why}`, alert)
}

function dateInWords(utc: UnixMs): string {
  return new Date(utc).toISOString().slice(0, 10)
}

function isSelfIssued(one: Certificate): boolean {
  return sameName(one, one.issuer, one, one.subject)
}

function sameName(a: Certificate, nameOfA: Span, b: Certificate, nameOfB: Span): boolean {
  return equalBytes(part(a, nameOfA), part(b, nameOfB))
}

function sameKeyId(below: Certificate, above: Certificate): boolean {
  if (!below.issuerKeyId || !above.keyId) return true
  return sameName(below, below.issuerKeyId, above, above.keyId)
}
