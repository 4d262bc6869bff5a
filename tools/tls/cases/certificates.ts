/** Certificates that prove nothing. */
import { authority, Extension, issue, KeyUsageFlags, leaf } from '../authority'
import { mosquitto, scripted } from '../serve'
import { type Case, flip, HOST, type Parties, rows } from './case'

const { digitalSignature, keyCertSign, cRLSign, keyEncipherment } = KeyUsageFlags
const CLIENT = '1.3.6.1.5.5.7.3.2'

const extension = (id: string, critical: boolean, ...bytes: number[]) =>
  new Extension(id, critical, new Uint8Array(bytes))

/** The server's own certificate, and who issued it. */
export async function badServers(parties: Parties): Promise<Case[]> {
  const { root, mid, broker } = parties
  const other = await leaf(mid, { name: 'other', hosts: ['other.example.org'] })
  const impostor = await authority('Impostor', { key: 'rsa2048' })
  const { all, add } = rows(parties)
  const under = async (
    name: string,
    refused: RegExp,
    options: Parameters<typeof leaf>[1],
    more?: Partial<Case>,
  ) => {
    const one = await leaf(mid, { hosts: [HOST], ...options })
    // mosquitto would not serve a certificate that is not for signatures.
    add(name, refused, () => (options?.usages ? scripted : mosquitto)([one, mid]), more)
  }

  add('wrong host', /host broker\.example\.org is not in other\.example\.org/, () =>
    mosquitto([other, mid]),
  )
  const wild = await leaf(mid, { hosts: ['*.example.org'] })
  add(
    'wildcard over two labels',
    /host a\.b\.example\.org is not in/,
    () => mosquitto([wild, mid]),
    {
      host: 'a.b.example.org',
    },
  )
  await under('wildcard of a whole top domain', /is not in \*\.org/, { hosts: ['*.org'] })
  await under(
    'wildcard within a label',
    /is not in b\*/,
    { hosts: ['b*.example.org'] },
    { notByOpenSsl: 'node:tls takes it' },
  )
  await under('wildcard below the name', /is not in/, { hosts: [`*.${HOST}`] })
  await under(
    'CN without SAN',
    /certificate without names/,
    { name: HOST, hosts: [] },
    { notByOpenSsl: 'node:tls takes the common name' },
  )
  await under('NUL in the name', /is not in/, { hosts: [`${HOST}\0.evil.org`] })
  await under('expired', /expired on \d{4}-\d\d-\d\d/, { days: [-9, -1] })
  await under('not yet valid', /not valid before \d{4}-\d\d-\d\d/, { days: [1, 9] })
  await under('clientAuth only', /not for servers/, { purposes: [CLIENT] })
  await under('leaf keyUsage without digitalSignature', /not for sign/, {
    usages: keyEncipherment,
  })
  await under('unknown critical extension', /not understood: 1\.2\.3\.4/, {
    others: [extension('1.2.3.4', true, 5, 0)],
  })
  {
    const stale = await authority('Stale Mid', { issuer: root, days: [-9, -1] })
    const one = await leaf(stale, { hosts: [HOST] })
    add('expired intermediate', /"Stale Mid" expired on/, () => mosquitto([one, stale]))
    const staleRoot = await authority('Stale Root', { days: [-9, -1] })
    const two = await leaf(staleRoot, { hosts: [HOST] })
    add('expired anchor', /"Stale Root" expired on/, () => mosquitto([two]), {
      anchors: [staleRoot.der],
    })
  }
  {
    const unknown = await authority('Unknown Root')
    const one = await leaf(unknown, { hosts: [HOST] })
    add('unknown issuer', /unknown issuer "Unknown Root"/, () => mosquitto([one, unknown]))
    add(
      "unknown issuer, to the platform's own anchors",
      /unknown issuer "Unknown Root"/,
      () => mosquitto([one]),
      {
        anchors: undefined,
      },
    )
    add('missing intermediate', /unknown issuer "Mid"/, () => mosquitto([broker]))
    const self = await issue({ name: 'Self', hosts: [HOST], usages: digitalSignature })
    add('self-signed', /self-signed by "Self"/, () => mosquitto([self]))
    add('self-signed put before the real chain', /self-signed by "Self"/, () =>
      scripted([self, broker, mid]),
    )
    const stolen = await leaf(impostor, { hosts: [HOST], issuerName: 'Root', noKeyIds: true })
    add('an anchor of the same name, another key', /bad signature of "Root"/, () =>
      scripted([stolen, impostor]),
    )
    const forged = await leaf(await authority('Mid', { key: 'p256' }), {
      hosts: [HOST],
      noKeyIds: true,
    })
    add("real chain put after an impostor's leaf", /bad signature of "Mid" on "broker"/, () =>
      scripted([forged, mid, root]),
    )
    add("real leaf, another's key", /bad signature on the key exchange/, () =>
      scripted([broker, mid], { key: stolen.key }),
    )
  }
  return all
}

/** The authorities between the server and the anchor. */
export async function badIssuers(parties: Parties): Promise<Case[]> {
  const { root, mid, broker, rsaBroker } = parties
  const { all, add } = rows(parties)
  {
    const below = await leaf(broker, { name: 'below', hosts: [HOST] })
    add('leaf used as an issuer', /"broker" is not an authority/, () =>
      scripted([below, broker, mid]),
    )
    const second = await authority('Second', { issuer: mid })
    const one = await leaf(second, { hosts: [HOST] })
    add('pathLen exceeded', /too many authorities below "Mid" \(pathLen\)/, () =>
      mosquitto([one, second, mid]),
    )
    for (const [name, usages] of [
      ['intermediate without keyUsage', undefined],
      ['intermediate whose keyUsage lacks keyCertSign', digitalSignature | cRLSign],
    ] as const) {
      const unfit = await issue({ name: 'Unfit', issuer: root, ca: true, usages })
      const one = await leaf(unfit, { hosts: [HOST] })
      add(name, /"Unfit" may not sign certificates \(keyUsage\)/, () => scripted([one, unfit]), {
        notByOpenSsl: usages === undefined ? 'it does not demand keyUsage' : undefined,
      })
    }
    const constrained = await issue({
      name: 'Constrained',
      issuer: root,
      ca: true,
      usages: keyCertSign,
      others: [extension('2.5.29.30', true, 0x30, 6, 0xa0, 4, 0x30, 2, 0x82, 0)],
    })
    const two = await leaf(constrained, { hosts: [HOST] })
    add(
      'name constraints',
      /not understood: name constraints/,
      () => scripted([two, constrained]),
      {
        notByOpenSsl: 'it enforces them',
      },
    )
    const odd = await issue({
      name: 'Odd',
      issuer: root,
      ca: true,
      usages: keyCertSign,
      others: [extension('2.5.29.36', true, 0x30, 0)],
    })
    const three = await leaf(odd, { hosts: [HOST] })
    add(
      'critical policy constraints',
      /not understood: 2\.5\.29\.36/,
      () => scripted([three, odd]),
      {
        notByOpenSsl: 'it enforces them',
      },
    )
    const clients = await authority('Clients', { issuer: root, purposes: [CLIENT] })
    const four = await leaf(clients, { hosts: [HOST] })
    add('intermediate for clients only', /"Clients" is not for servers/, () =>
      scripted([four, clients]),
    )
    const weak = await authority('Weak', { key: 'rsa1024', issuer: root })
    const five = await leaf(weak, { hosts: [HOST] })
    add(
      'RSA-1024 intermediate',
      /"Weak" has an RSA key of 1024 bits/,
      () => scripted([five, weak]),
      { notByOpenSsl: 'its default level of security takes them' },
    )
    add('altered serial number', /bad signature of "Root" on "broker"/, () =>
      scripted([{ ...rsaBroker, der: flip(rsaBroker.der, 16) }]),
    )
    add('altered signature', /bad signature of "Root" on "broker"/, () =>
      scripted([{ ...rsaBroker, der: flip(rsaBroker.der, rsaBroker.der.length - 1) }]),
    )
    const many = Array.from({ length: 6 }, () => mid)
    add('seven certificates', /more than 6 certificates/, () => scripted([broker, ...many]), {
      notByOpenSsl: 'its limit is higher',
    })
  }
  return all
}
