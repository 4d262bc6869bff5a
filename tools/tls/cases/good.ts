/** Servers that must be connected to, up to MQTT's CONNACK. */
import { authority, type Issued, issue, leaf } from '../authority'
import { mosquitto, openssl, scripted } from '../serve'
import { type Case, HOST } from './case'

export async function good(): Promise<Case[]> {
  const rsaRoot = await authority('RSA Root', { key: 'rsa4096' })
  const rsaMid = await authority('RSA Mid', { key: 'rsa2048', issuer: rsaRoot, pathLength: 0 })
  const rsa = await leaf(rsaMid, { key: 'rsa2048', hosts: [HOST] })
  const ecRoot = await authority('EC Root')
  const ec = await leaf(ecRoot, { hosts: [HOST] })
  const p384Root = await authority('P-384 Root', { key: 'p384', hash: 'SHA-384' })
  const p384Mid = await authority('P-384 Mid', { key: 'p384', hash: 'SHA-384', issuer: p384Root })
  const p384 = await leaf(p384Mid, { hash: 'SHA-384', hosts: [HOST] })
  const mixedMid = await authority('Mixed Mid', { issuer: rsaRoot, hash: 'SHA-512' })
  const mixed = await leaf(mixedMid, { hosts: [HOST] })
  const wildcard = await leaf(ecRoot, { hosts: ['*.example.org'] })
  const address = await leaf(ecRoot, { addresses: ['127.0.0.1'] })
  const address6 = await leaf(ecRoot, { addresses: ['::1'] })
  const long = await leaf(ecRoot, {
    hosts: [...Array.from({ length: 300 }, (_, i) => `meter-${i}.example.org`), HOST],
  })
  const bare = await leaf(ecRoot, {
    hosts: [HOST],
    usages: undefined,
    purposes: undefined,
    noKeyIds: true,
  })
  const stranger = await authority('Stranger')
  const plainRoot = await issue({ name: 'Homemade Root', ca: true })
  const homemade = await leaf(plainRoot, { hosts: [HOST] })

  const at = (name: string, serve: Case['serve'], anchor: Issued, host = HOST): Case => ({
    name,
    host,
    anchors: [anchor.der],
    serve,
  })
  return [
    at('RSA-2048 under RSA-2048 under RSA-4096', () => mosquitto([rsa, rsaMid]), rsaRoot),
    at('P-256 under P-256, leaf only', () => mosquitto([ec]), ecRoot),
    at('RSA, leaf only, its issuer the anchor', () => mosquitto([rsa]), rsaMid),
    at('P-256 under P-384 under P-384, SHA-384', () => mosquitto([p384, p384Mid]), p384Root),
    at('P-256 under P-256 under RSA-4096, SHA-512', () => mosquitto([mixed, mixedMid]), rsaRoot),
    at('leaf + intermediate + root', () => mosquitto([rsa, rsaMid, rsaRoot]), rsaRoot),
    at('wildcard', () => mosquitto([wildcard]), ecRoot),
    at('IPv4 address', () => mosquitto([address]), ecRoot, '127.0.0.1'),
    at(
      'IPv6 address',
      (isDevice) => openssl([address6], [], isDevice ? undefined : '[::1]'),
      ecRoot,
      '::1',
    ),
    at('certificate of 300 names', () => mosquitto([long]), ecRoot),
    at('leaf without keyUsage and key ids', () => mosquitto([bare]), ecRoot),
    at('anchor without keyUsage, as openssl req makes it', () => mosquitto([homemade]), plainRoot),
    at('openssl s_server', () => openssl([ec]), ecRoot),
    at(
      'handshake in fragments of 7 bytes',
      () => scripted([rsa, rsaMid], { fragment: 7 }),
      rsaRoot,
    ),
    at(
      'list in disorder, with strangers',
      () => scripted([rsa, stranger, rsaRoot, rsaMid]),
      rsaRoot,
    ),
    at('no extended master secret', () => scripted([ec], { isOld: true }), ecRoot),
    {
      ...at(
        'list with junk',
        () => scripted([rsa, { ...rsaMid, der: rsaMid.der.slice(9) }, rsaMid]),
        rsaRoot,
      ),
      notByOpenSsl: 'it refuses a list that it cannot read',
    },
    { ...at('two anchors', () => mosquitto([ec]), ecRoot), anchors: [rsaRoot.der, ecRoot.der] },
    at(
      'server asks for a certificate and does without',
      () => openssl([ec], ['-verify', '1']),
      ecRoot,
    ),
  ]
}
