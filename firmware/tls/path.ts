/**
 * From a server's certificate up to a trust anchor: finds the paths and checks all but their signatures, which cost
 * up to a second each on the device and are verified one by one, from the anchor downwards. RFC 5280, 6; RFC 6125.
 */
import { equalBytes } from '../core/bytes'
import type { UnixMs } from '../core/time'
import { BAD_CERTIFICATE, CERTIFICATE_EXPIRED, UNKNOWN_CA, UNSUPPORTED_CERTIFICATE } from './alerts'
import {
  type Certificate,
  DIGITAL_SIGNATURE,
  KEY_CERT_SIGN,
  keyOf,
  type PublicKey,
  part,
  type Span,
} from './certificate'
import { dotted } from './der'
import { isNamed, tellName, tellNames } from './names'
import { type Refusal, refuse } from './refusal'
import { decodeCertificate } from './x509'

export interface Expectation {
  host: string
  /** DER certificates of authorities. */
  anchors: readonly Uint8Array[]
  utc: UnixMs
}

export type VerifySignature = (
  scheme: number,
  key: PublicKey,
  signed: Uint8Array,
  signature: Uint8Array,
) => boolean

/** A path costs a signature per link, and only forged or re-keyed issuers make more than one. */
const MOST_PATHS = 3

/** Leaf first, anchor last. */
type Path = readonly Certificate[]

export class PathCheck {
  readonly #paths: Path[] = []
  readonly #chain: readonly Certificate[]
  readonly #anchors: readonly Certificate[]
  readonly #utc: UnixMs
  #refusal: Refusal | undefined
  /** The link of the first path whose signature is next: from this certificate to the one above it. */
  #link: number

  /** `chain` as the server sent it: the leaf first, the rest in any order. */
  constructor(chain: readonly Certificate[], { host, anchors, utc }: Expectation) {
    this.#chain = chain
    this.#utc = utc
    const leaf = chain[0]
    this.#refusal = refuseLeaf(leaf, host) ?? refuseDate(leaf, utc)
    this.#anchors = this.#refusal ? [] : anchorsFor(anchors, chain)
    if (!this.#refusal) this.#climb([leaf])
    this.#link = this.#firstLink()
  }

  /** Verifies at most one signature. Undefined while there is more to do. `until`: no certificate of the path expires before. */
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
        `bad signature of ${tellName(above, above.subject)} on ${tellName(below, below.subject)}`,
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
    for (const anchor of this.#anchors) {
      if (this.#isIssuer(anchor, below, path, true)) this.#found([...path, anchor])
    }
    for (const above of this.#chain) {
      if (this.#paths.length >= MOST_PATHS) return
      // Whoever issues himself leads nowhere; the anchors have been tried.
      if (isSelfIssued(above) || path.indexOf(above) >= 0) continue
      if (this.#isIssuer(above, below, path, false)) this.#climb([...path, above])
    }
  }

  #found(path: Path): void {
    if (this.#paths.length < MOST_PATHS) this.#paths.push(path)
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
      return refuse(`self-signed by ${tellName(leaf, leaf.subject)}`, UNKNOWN_CA)
    }
    // The highest certificate that the leaf leads to names the issuer that is missing.
    let top = leaf
    for (let i = 0; i < this.#chain.length; i++) {
      const above: Certificate | undefined = this.#chain.find(
        (one) => !isSelfIssued(one) && sameName(top, top.issuer, one, one.subject),
      )
      if (above) top = above
    }
    return refuse(`unknown issuer ${tellName(top, top.issuer)}`, UNKNOWN_CA)
  }
}

function firstExpiry(path: Path): UnixMs {
  let first = path[0].notAfter
  for (const { notAfter } of path) if (notAfter < first) first = notAfter
  return first
}

/** Why this certificate can be no trust anchor; undefined where it can. */
export function refuseAnchor(anchor: Certificate, utc: UnixMs): string | undefined {
  return (refuseAuthority(anchor, true) ?? refuseDate(anchor, utc))?.why
}

/** The anchors that the chain's issuers name: no other costs memory. */
function anchorsFor(anchors: readonly Uint8Array[], chain: readonly Certificate[]): Certificate[] {
  const found: Certificate[] = []
  for (const bytes of anchors) {
    const anchor = decodeCertificate(bytes)
    if (!anchor) continue
    if (chain.some((one) => sameName(one, one.issuer, anchor, anchor.subject))) found.push(anchor)
  }
  return found
}

function refuseLeaf(leaf: Certificate, host: string): Refusal | undefined {
  if (!isNamed(leaf, host))
    return refuse(`host ${host} is not in ${tellNames(leaf)}`, BAD_CERTIFICATE)
  if (leaf.forServers === false) {
    return refuse('the certificate is not for servers', UNSUPPORTED_CERTIFICATE)
  }
  // Both of our suites have the server sign. RFC 5280 lets a leaf come without keyUsage.
  if (leaf.usage !== undefined && !(leaf.usage & DIGITAL_SIGNATURE)) {
    return refuse('the certificate is not for signatures (keyUsage)', UNSUPPORTED_CERTIFICATE)
  }
  return refuseUnfit(leaf)
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
    return refuseOne(above, 'has no key for its signature', BAD_CERTIFICATE)
  }
  // RFC 5280, 6.1.4 (l) does not count the self-issued: none is on a path.
  if (path.length - 1 > above.pathLength) {
    return refuse(
      `too many authorities below ${tellName(above, above.subject)} (pathLen)`,
      BAD_CERTIFICATE,
    )
  }
  return undefined
}

function refuseAuthority(above: Certificate, isAnchor: boolean): Refusal | undefined {
  if (!above.isAuthority) return refuseOne(above, 'is not an authority', BAD_CERTIFICATE)
  // RFC 5280, 4.2.1.3 has every authority state it; an anchor is the installer's choice and may leave it out.
  if (above.usage === undefined ? !isAnchor : !(above.usage & KEY_CERT_SIGN)) {
    return refuseOne(above, 'may not sign certificates (keyUsage)', BAD_CERTIFICATE)
  }
  if (above.forServers === false) return refuseOne(above, 'is not for servers', BAD_CERTIFICATE)
  return refuseUnfit(above)
}

function refuseUnfit(one: Certificate): Refusal | undefined {
  if (one.forbidding) {
    const why = `has an extension that is not understood: ${one.forbidding}`
    return refuseOne(one, why, UNSUPPORTED_CERTIFICATE)
  }
  if (one.keyFault) return refuseOne(one, `has ${one.keyFault}`, UNSUPPORTED_CERTIFICATE)
  return undefined
}

function refuseDate(one: Certificate, utc: UnixMs): Refusal | undefined {
  if (utc < one.notBefore) {
    return refuseOne(one, `is not valid before ${tellDate(one.notBefore)}`, CERTIFICATE_EXPIRED)
  }
  if (utc > one.notAfter) {
    return refuseOne(one, `expired on ${tellDate(one.notAfter)}`, CERTIFICATE_EXPIRED)
  }
  return undefined
}

function refuseOne(one: Certificate, why: string, alert: number): Refusal {
  return refuse(`${tellName(one, one.subject)} ${why}`, alert)
}

function tellDate(utc: UnixMs): string {
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
