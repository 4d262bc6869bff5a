/** Who may be connected to and who must be refused, with the words. One table for the device and for Node. */
import { constants, sign } from 'node:crypto'
import { authority, Extension, type Issued, issue, KeyUsageFlags, leaf } from './authority'
import { mosquitto, openssl, raw, type Served, scripted } from './serve'
import { handshake, type Script } from './server'

export interface Case {
  name: string
  host?: string
  /** Undefined: the platform's own. */
  anchors: Uint8Array[] | undefined
  serve(isNode: boolean): Promise<Served>
  /** What a refusal must say; undefined where the case must reach CONNACK. */
  refused?: RegExp
  /** In OpenSSL's words, where it notices before us. */
  refusedByNode?: RegExp
  /** The refusal comes only after the handshake: our CONNECT may be out. */
  isLate?: boolean
  /** Why OpenSSL, and so Node, does otherwise. */
  notOnNode?: string
}

const { digitalSignature, keyCertSign, cRLSign, keyEncipherment } = KeyUsageFlags
const HOST = 'broker.example.org'
const CLIENT = '1.3.6.1.5.5.7.3.2'

const extension = (id: string, critical: boolean, ...bytes: number[]) =>
  new Extension(id, critical, new Uint8Array(bytes))

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
      (isNode) => openssl([address6], [], isNode ? '[::1]' : undefined),
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
    {
      ...at(
        'list with junk',
        () => scripted([rsa, { ...rsaMid, der: rsaMid.der.slice(9) }, rsaMid]),
        rsaRoot,
      ),
      notOnNode: 'OpenSSL refuses a list that it cannot read',
    },
    { ...at('two anchors', () => mosquitto([ec]), ecRoot), anchors: [rsaRoot.der, ecRoot.der] },
    at(
      'server asks for a certificate and does without',
      () => openssl([ec], ['-verify', '1']),
      ecRoot,
    ),
  ]
}

export async function bad(): Promise<Case[]> {
  const root = await authority('Root', { key: 'rsa2048' })
  const mid = await authority('Mid', { issuer: root, pathLength: 0 })
  const broker = await leaf(mid, { hosts: [HOST] })
  const rsaBroker = await leaf(root, { key: 'rsa2048', hosts: [HOST] })
  const other = await leaf(mid, { name: 'other', hosts: ['other.example.org'] })
  const impostor = await authority('Impostor', { key: 'rsa2048' })
  const chained = (leaf: Issued, ...above: Issued[]) => [leaf, ...above]
  const all: Case[] = []
  const add = (name: string, refused: RegExp, serve: Case['serve'], more?: Partial<Case>) =>
    all.push({ name, refused, serve, host: HOST, anchors: [root.der], ...more })
  const under = async (name: string, refused: RegExp, wish: Parameters<typeof leaf>[1]) => {
    const one = await leaf(mid, { hosts: [HOST], ...wish })
    // mosquitto would not serve a certificate that is not for signatures.
    add(name, refused, () => (wish?.usages ? scripted : mosquitto)([one, mid]))
  }

  add('wrong host', /host broker\.example\.org is not in other\.example\.org/, () =>
    mosquitto([other, mid]),
  )
  await under('wildcard over two labels', /is not in \*\.org/, { hosts: ['*.org'] })
  await under('wildcard within a label', /is not in b\*/, { hosts: ['b*.example.org'] })
  await under('wildcard below the name', /is not in/, { hosts: [`*.${HOST}`] })
  await under('CN without SAN', /certificate without names/, { name: HOST, hosts: [] })
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
    add(
      "real chain put after an impostor's leaf",
      /bad signature of "Mid" on "broker"/,
      () => scripted([forged, mid, root]),
      { refusedByNode: /bad signature|unknown issuer/ },
    )
    add(
      "real leaf, another's key",
      /bad signature on the key exchange/,
      () => scripted([broker, mid], { key: stolen.key }),
      { refusedByNode: /bad signature/ },
    )
  }
  {
    const below = await leaf(broker, { name: 'below', hosts: [HOST] })
    add(
      'leaf used as an issuer',
      /"broker" is not an authority/,
      () => scripted([below, broker, mid]),
      { refusedByNode: /"broker" is not an authority|unknown issuer "broker"/ },
    )
    const second = await authority('Second', { issuer: mid })
    const one = await leaf(second, { hosts: [HOST] })
    add('pathLen exceeded', /too many authorities below "Mid" \(pathLen\)/, () =>
      mosquitto(chained(one, second, mid)),
    )
    for (const [name, usages] of [
      ['intermediate without keyUsage', undefined],
      ['intermediate whose keyUsage lacks keyCertSign', digitalSignature | cRLSign],
    ] as const) {
      const unfit = await issue({ name: 'Unfit', issuer: root, ca: true, usages })
      const one = await leaf(unfit, { hosts: [HOST] })
      add(name, /"Unfit" may not sign certificates \(keyUsage\)/, () => scripted([one, unfit]), {
        refusedByNode: /may not sign certificates|unknown issuer/,
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
    add('name constraints', /not understood: name constraints/, () => scripted([two, constrained]))
    const odd = await issue({
      name: 'Odd',
      issuer: root,
      ca: true,
      usages: keyCertSign,
      others: [extension('2.5.29.36', true, 0x30, 0)],
    })
    const three = await leaf(odd, { hosts: [HOST] })
    add('critical policy constraints', /not understood: 2\.5\.29\.36/, () => scripted([three, odd]))
    const clients = await authority('Clients', { issuer: root, purposes: [CLIENT] })
    const four = await leaf(clients, { hosts: [HOST] })
    add('intermediate for clients only', /"Clients" is not for servers/, () =>
      scripted([four, clients]),
    )
    const weak = await authority('Weak', { key: 'rsa1024', issuer: root })
    const five = await leaf(weak, { hosts: [HOST] })
    add('RSA-1024 intermediate', /"Weak" has an RSA key of 1024 bits/, () => scripted([five, weak]))
    add('altered serial number', /bad signature of "Root" on "broker"/, () =>
      scripted([{ ...rsaBroker, der: flip(rsaBroker.der, 16) }]),
    )
    add('altered signature', /bad signature of "Root" on "broker"/, () =>
      scripted([{ ...rsaBroker, der: flip(rsaBroker.der, rsaBroker.der.length - 1) }]),
    )
    const many = Array.from({ length: 6 }, () => mid)
    add('seven certificates', /more than 6 certificates/, () => scripted([broker, ...many]), {
      notOnNode: 'OpenSSL has no such bound, and finds a path',
    })
  }

  const exchange = (
    name: string,
    refused: RegExp,
    script: Partial<Script>,
    node: RegExp | string,
  ) => {
    const more = typeof node === 'string' ? { notOnNode: node } : { refusedByNode: node }
    add(name, refused, () => scripted([broker, mid], script), more)
    add(`${name}, RSA`, refused, () => scripted([rsaBroker], script), more)
  }
  const cut = (bytes: number) => (step: string, message: Uint8Array) =>
    step === 'keyExchange' ? handshake(12, message.slice(4, 4 + bytes)) : message
  exchange(
    'anonymous key exchange',
    /signed by 0, not as offered/,
    { scheme: 0 },
    /wrong signature type/,
  )
  exchange(
    'unsigned key exchange',
    /key exchange is not signed/,
    { alter: cut(69) },
    /length too short/,
  )
  exchange(
    'empty signature',
    /key exchange is not signed/,
    {
      sign: () => new Uint8Array(0),
    },
    /bad signature|wrong signature length/,
  )
  exchange(
    'RSA-PSS key exchange',
    /signed by 804, not as offered/,
    {
      scheme: 0x0804,
      sign: (data) =>
        sign('sha256', data, { key: rsaBroker.key, padding: constants.RSA_PKCS1_PSS_PADDING }),
    },
    /wrong signature type/,
  )
  exchange(
    'SHA-1 key exchange',
    /signed by 20[13], not as offered/,
    { scheme: 0x0203 },
    /wrong signature type/,
  )
  exchange(
    'signature of something else',
    /bad signature on the key exchange/,
    {
      sign: (data) => sign('sha256', data.slice(1), broker.key),
    },
    /bad signature|wrong signature length/,
  )
  exchange(
    'all-zero ECDSA signature',
    /bad signature on the key exchange/,
    {
      sign: () => new Uint8Array([0x30, 6, 2, 1, 0, 2, 1, 0]),
    },
    /bad signature|wrong signature length/,
  )
  exchange(
    'all-zero signature bytes',
    /bad signature on the key exchange/,
    {
      sign: () => new Uint8Array(256),
    },
    /bad signature|block type/,
  )
  exchange(
    'point off the curve',
    /bad signature|not on the curve/,
    {
      point: (point) => flip(point, 64),
    },
    /not on curve/,
  )
  exchange(
    'compressed point',
    /no point of P-256/,
    {
      point: (point) => new Uint8Array([2, ...point.slice(1, 33)]),
    },
    'OpenSSL takes compressed points, offered or not',
  )
  exchange(
    'no key exchange',
    /handshake message 14 instead of the key exchange/,
    {
      alter: (step, message) => (step === 'keyExchange' ? undefined : message),
    },
    /unexpected message/,
  )
  exchange(
    'no certificate',
    /handshake message 12 instead of the certificates/,
    {
      alter: (step, message) => (step === 'certificate' ? undefined : message),
    },
    /unexpected message/,
  )
  exchange('static RSA suite', /cipher suite 9c/, { suite: 0x009c }, /wrong cipher/)
  exchange('CBC suite', /cipher suite c027/, { suite: 0xc027 }, /wrong cipher/)
  exchange(
    'downgraded version',
    /speaks TLS 1\.1, not TLS 1\.2/,
    {
      alter: (step, message) => (step === 'hello' ? set(message, 5, 2) : message),
    },
    /unsupported protocol/,
  )
  exchange(
    'wrong Finished',
    /finish does not prove its key/,
    {
      alter: (step, message) => (step === 'finished' ? flip(message, 8) : message),
    },
    /digest check failed/,
  )
  exchange(
    'corrupted tag',
    /altered on its way/,
    {
      wire: (flight, bytes) => (flight === 'finished' ? flip(bytes, bytes.length - 1) : bytes),
    },
    /cipher operation failed|bad record mac/,
  )
  exchange(
    'Finished without change of keys',
    /speaks|handshake message|not TLS/,
    {
      wire: (flight, bytes) => (flight === 'finished' ? bytes.slice(6) : bytes),
    },
    /unexpected message/,
  )
  exchange(
    'resumes what was never begun',
    /instead of|does not prove|unknown|altered/,
    {
      alter: (step, message) => (step === 'certificate' ? undefined : message),
    },
    /unexpected message/,
  )
  exchange(
    'truncated stream',
    /the connection ended while awaiting|closed|disconnected/,
    {
      cutAfter: 300,
    },
    /closed the connection/,
  )
  exchange(
    'hello request before the end',
    /handshake message 0 instead of/,
    {
      wire: (flight, bytes) =>
        flight === 'hello' ? new Uint8Array([22, 3, 3, 0, 4, 0, 0, 0, 0, ...bytes]) : bytes,
    },
    'OpenSSL passes over it, as RFC 5246 asks',
  )
  exchange(
    'early change of keys',
    /change of keys instead of/,
    {
      wire: (flight, bytes) =>
        flight === 'hello' ? new Uint8Array([20, 3, 3, 0, 1, 1, ...bytes]) : bytes,
    },
    /unexpected message/,
  )
  exchange(
    'data before the end',
    /this is not TLS|data before|a record of/,
    {
      wire: (flight, bytes) =>
        flight === 'hello' ? new Uint8Array([...bytes, 23, 3, 3, 0, 1, 65]) : bytes,
    },
    /unexpected record/,
  )
  add(
    'renegotiation',
    /wants to renegotiate/,
    () =>
      scripted([broker, mid], { afterwards: [{ type: 22, bytes: new Uint8Array([0, 0, 0, 0]) }] }),
    {
      isLate: true,
      notOnNode: 'OpenSSL answers no_renegotiation and goes on, as RFC 5246 lets it',
    },
  )

  const node = (refusedByNode: RegExp) => ({ refusedByNode })
  add(
    'TLS 1.1 only',
    /the server says: handshake failure/,
    () => openssl([rsaBroker], ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0']),
    node(/handshake failure/),
  )
  add(
    'TLS 1.3 only',
    /the server says: protocol version not supported/,
    () => openssl([broker, mid], ['-tls1_3']),
    node(/protocol version/),
  )
  add(
    'weak suite only',
    /the server says: handshake failure/,
    () => openssl([rsaBroker], ['-tls1_2', '-cipher', 'AES128-SHA']),
    node(/handshake failure/),
  )
  add(
    'server demands a certificate of ours',
    /the server says/,
    () => openssl([broker, mid], ['-Verify', '1', '-verify_return_error']),
    { isLate: true, ...node(/handshake failure/) },
  )
  add('silent server', /no handshake within 3 s/, () => raw(() => undefined), node(/no handshake/))
  add(
    'server that hangs up',
    /the connection ended while awaiting/,
    () => raw((socket) => socket.end()),
    node(/closed the connection/),
  )
  add(
    'no server',
    /the connection ended|ECONNREFUSED/,
    async () => ({ ...(await raw(() => undefined)), port: 9 }),
    node(/ECONNREFUSED/),
  )
  add(
    'plain HTTP',
    /this is not TLS/,
    () => raw((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
    node(/wrong version number/),
  )
  add(
    'one byte a second',
    /no handshake within 3 s/,
    () =>
      raw((socket) => {
        socket.write(new Uint8Array([22, 3, 3, 8, 0, 2, 0, 7, 0]))
        drip(socket, 1000, new Uint8Array(1))
      }),
    node(/no handshake/),
  )
  add(
    'endless handshake',
    /handshake message 2 instead of|does not end/,
    () =>
      raw((socket) => {
        const first = hello()
        socket.write(first)
        drip(socket, 1, first)
      }),
    node(/unexpected message/),
  )
  add(
    'endless warnings',
    /does not end/,
    () =>
      raw((socket) =>
        drip(
          socket,
          0,
          new Uint8Array(1400).map((_, i) => [21, 3, 3, 0, 2, 1, 112][i % 7]),
        ),
      ),
    node(/unexpected message|too many warn alerts/),
  )
  add(
    'certificate message of 1 MB',
    /handshake message of 1000000 bytes/,
    () =>
      raw((socket) => {
        socket.write(hello())
        socket.write(new Uint8Array([22, 3, 3, 0x40, 0, 11, 0x0f, 0x42, 0x40]))
        drip(socket, 0, new Uint8Array(4096))
      }),
    node(/excessive message size/),
  )
  return all
}

/** A ServerHello in its record. */
function hello(): Uint8Array {
  const body = new Uint8Array([
    3,
    3,
    ...new Uint8Array(32),
    0,
    0xc0,
    0x2b,
    0,
    0,
    5,
    0xff,
    1,
    0,
    1,
    0,
  ])
  const message = handshake(2, body)
  return new Uint8Array([22, 3, 3, 0, message.length, ...message])
}

function drip(socket: import('node:net').Socket, everyMs: number, bytes: Uint8Array): void {
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer)
    else if (socket.writableLength < 65_536) socket.write(bytes)
  }, everyMs)
  socket.on('close', () => clearInterval(timer))
}

function flip(bytes: Uint8Array, at: number): Uint8Array {
  return set(bytes, at, bytes[at] ^ 1)
}

function set(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = bytes.slice()
  changed[at] = value
  return changed
}
