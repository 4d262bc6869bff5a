/**
 * A TLS 1.2 server that is honest but for what a script says: ECDHE on P-256, AES-128-GCM, sessions by id. Without an
 * application of its own it answers an MQTT CONNECT with CONNACK. It tells what plain bytes it got.
 */
import { randomBytes, randomFillSync, sign } from 'node:crypto'
import { createServer, type Socket } from 'node:net'
import type { KeyAgreement } from '../../firmware/crypto/primitives'
import type { ByteStream } from '../../firmware/ports/bytestream'
import { CLOSE_NOTIFY, WARNING } from '../../firmware/tls/alerts'
import {
  concat,
  extendedMaster,
  plainMaster,
  trafficKeys,
  verifyData,
} from '../../firmware/tls/keys'
import { u24 } from '../../firmware/tls/messages'
import {
  ALERT,
  APPLICATION_DATA,
  CHANGE_CIPHER_SPEC,
  HANDSHAKE,
  Records,
} from '../../firmware/tls/records'
import { nodePrimitives } from '../node/crypto'
import { encodeCertificates, handshake } from './encode'
import type { Application, Script, ScriptedServer, Step, Wire } from './script'

const primitives = nodePrimitives({ fill: (bytes) => void randomFillSync(bytes) })

export async function scriptedServer(script: Script): Promise<ScriptedServer> {
  const sessions = new Map<string, Uint8Array>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    serveOn(socket, script, told, sessions)
  })
  const sockets = new Set<Socket>()
  const told: ScriptedServer = {
    port: 0,
    received: [],
    alerts: [],
    resumed: 0,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  told.port = (server.address() as { port: number }).port
  return told
}

export function serveOn(
  wire: Wire,
  script: Script,
  told: Omit<ScriptedServer, 'close' | 'port'>,
  sessions = new Map<string, Uint8Array>(),
  application?: Application,
): void {
  new Connection(wire, script, told, sessions, application)
}

const CONNACK = new Uint8Array([0x20, 0x02, 0x00, 0x00])

class Connection implements ByteStream {
  readonly #socket: Wire
  readonly #script: Script
  readonly #told: Omit<ScriptedServer, 'close' | 'port'>
  readonly #sessions: Map<string, Uint8Array>
  readonly #application: Application
  readonly #records = new Records()
  readonly #random = new Uint8Array(randomBytes(32))
  #clientRandom = new Uint8Array(32)
  #transcript = primitives.sha256()
  #held: Uint8Array = new Uint8Array(0)
  #agreement: KeyAgreement | undefined
  #sessionId: Uint8Array = new Uint8Array(0)
  #master: Uint8Array | undefined
  #isResumed = false
  #sent = 0

  constructor(
    socket: Wire,
    script: Script,
    told: Omit<ScriptedServer, 'close' | 'port'>,
    sessions: Map<string, Uint8Array>,
    application: Application = {
      onOpen() {},
      onBytes: (bytes) => {
        if (bytes[0] >> 4 === 1) this.write(CONNACK)
      },
    },
  ) {
    this.#socket = socket
    this.#script = script
    this.#told = told
    this.#sessions = sessions
    this.#application = application
    let isFirst = true
    socket.on('data', (bytes: Uint8Array) => {
      // OpenSSL's first record says TLS 1.0, for servers of long ago; ours takes one version.
      if (isFirst) bytes[2] = 3
      isFirst = false
      this.#records.receive(bytes)
      this.#drain()
    })
  }

  #drain(): void {
    for (;;) {
      const fragment = this.#records.next()
      if (!fragment) return
      if (fragment.kind === 'refused') return void this.#socket.destroy()
      const { type, bytes } = fragment
      if (type === HANDSHAKE) this.#assemble(bytes)
      else if (type === ALERT) this.#told.alerts.push([bytes[0], bytes[1]])
      else if (type === CHANGE_CIPHER_SPEC) this.#openClientKeys()
      else if (type === APPLICATION_DATA) this.#receiveData(bytes.slice())
    }
  }

  #receiveData(bytes: Uint8Array): void {
    this.#told.received.push(bytes)
    this.#application.onBytes(bytes)
  }

  /** After the handshake. */
  write(bytes: Uint8Array): void {
    this.#records.put(APPLICATION_DATA, bytes)
    this.#flush()
  }

  close(): void {
    this.#records.put(ALERT, Uint8Array.of(WARNING, CLOSE_NOTIFY))
    this.#flush()
    this.#socket.end()
  }

  #assemble(bytes: Uint8Array): void {
    this.#held = concat(this.#held, bytes)
    while (this.#held.length >= 4 && this.#held.length >= 4 + u24(this.#held, 1)) {
      const message = this.#held.slice(0, 4 + u24(this.#held, 1))
      this.#held = this.#held.slice(message.length)
      if (message[0] === 1) this.#receiveHello(message)
      else if (message[0] === 16) this.#receiveKey(message)
      else if (message[0] === 20) this.#receiveFinished(message)
      else this.#transcript.update(message)
    }
  }

  #receiveHello(message: Uint8Array): void {
    this.#transcript.update(message)
    this.#clientRandom.set(message.subarray(6, 38))
    const offered = message.slice(39, 39 + message[38])
    const { resumes = 'never' } = this.#script
    const known = this.#sessions.get(hex(offered))
    const isUninvited = resumes === 'uninvited' && offered.length === 0
    const isKnown = offered.length > 0 && (resumes === 'blindly' || (resumes === 'always' && known))
    if (isUninvited || isKnown) {
      this.#isResumed = true
      this.#told.resumed++
      this.#sessionId = isKnown ? offered : new Uint8Array(randomBytes(32))
      this.#master = (resumes === 'always' && known) || new Uint8Array(48)
      this.#put('hello', this.#encodeHello())
      this.#finish()
      return
    }
    this.#sessionId = resumes === 'never' ? new Uint8Array(0) : new Uint8Array(randomBytes(32))
    this.#agreement = primitives.keyAgreement()
    this.#put('hello', this.#encodeHello())
    this.#put('certificate', encodeCertificates(this.#script.chain))
    this.#put('keyExchange', this.#encodeKeyExchange())
    this.#put('helloDone', new Uint8Array([14, 0, 0, 0]))
    this.#flush('hello')
  }

  #encodeHello(): Uint8Array {
    const suite = this.#script.suite ?? (this.#isRsa ? 0xc02f : 0xc02b)
    const body = new Uint8Array([
      ...[3, 3],
      ...this.#random,
      this.#sessionId.length,
      ...this.#sessionId,
      ...[suite >> 8, suite & 0xff, 0],
      // renegotiation_info, ec_point_formats, extended_master_secret
      ...[0, this.#script.isOld ? 11 : 15, 0xff, 1, 0, 1, 0, 0, 11, 0, 2, 1, 0],
      ...(this.#script.isOld ? [] : [0, 23, 0, 0]),
    ])
    return handshake(2, body)
  }

  #encodeKeyExchange(): Uint8Array {
    const { key, point = (honest: Uint8Array) => honest } = this.#script
    const ours = point(this.#agreement?.publicKey ?? new Uint8Array(65))
    const parameters = new Uint8Array([3, 0, 23, ours.length, ...ours])
    const signed = concat(concat(this.#clientRandom, this.#random), parameters)
    const scheme = this.#script.scheme ?? (this.#isRsa ? 0x0401 : 0x0403)
    const signature = this.#script.sign?.(signed) ?? sign('sha256', signed, key)
    return handshake(
      12,
      new Uint8Array([
        ...parameters,
        ...[scheme >> 8, scheme & 0xff, signature.length >> 8, signature.length & 0xff],
        ...signature,
      ]),
    )
  }

  get #isRsa(): boolean {
    return this.#script.key.asymmetricKeyType === 'rsa'
  }

  #receiveKey(message: Uint8Array): void {
    this.#transcript.update(message)
    const secret = this.#agreement?.sharedSecret(message.slice(5))
    if (!secret) return void this.#socket.destroy()
    const randoms = { client: this.#clientRandom, server: this.#random }
    this.#master = this.#script.isOld
      ? plainMaster(primitives, secret, randoms)
      : extendedMaster(primitives, secret, this.#transcript.digest())
    if (this.#sessionId.length > 0) this.#sessions.set(hex(this.#sessionId), this.#master)
  }

  #openClientKeys(): void {
    const { clientKey, clientSalt } = this.#keys()
    this.#records.openWith(primitives.cipher(clientKey), clientSalt)
  }

  #receiveFinished(message: Uint8Array): void {
    const expected = this.#verifyData('client')
    if (hex(message.slice(4)) !== hex(expected)) return void this.#socket.destroy()
    this.#transcript.update(message)
    if (!this.#isResumed) this.#finish()
    this.#application.onOpen(this)
  }

  #finish(): void {
    const { serverKey, serverSalt } = this.#keys()
    this.#records.put(CHANGE_CIPHER_SPEC, new Uint8Array([1]))
    const plain = this.#records.take()?.slice() ?? new Uint8Array(0)
    this.#records.sealWith(primitives.cipher(serverKey), serverSalt)
    this.#put('finished', handshake(20, this.#verifyData('server')))
    for (const { type, bytes } of this.#script.afterwards ?? []) this.#records.put(type, bytes)
    const sealed = this.#records.take() ?? new Uint8Array(0)
    this.#write('finished', concat(plain, sealed))
  }

  #keys() {
    const randoms = { client: this.#clientRandom, server: this.#random }
    return trafficKeys(primitives, this.#master ?? new Uint8Array(48), randoms)
  }

  #verifyData(side: 'client' | 'server'): Uint8Array {
    const master = this.#master ?? new Uint8Array(48)
    return verifyData(primitives, master, side, this.#transcript.digest())
  }

  #put(step: Step, honest: Uint8Array): void {
    const message = this.#script.alter ? this.#script.alter(step, honest) : honest
    if (!message) return
    this.#transcript.update(message)
    const size = this.#script.fragment ?? 16_384
    for (let at = 0; at < message.length; at += size) {
      this.#records.put(HANDSHAKE, message.subarray(at, at + size))
    }
  }

  #flush(flight?: 'hello'): void {
    const bytes = this.#records.take()
    if (!bytes) return
    if (flight) this.#write(flight, bytes)
    else this.#socket.write(bytes.slice())
  }

  #write(flight: 'hello' | 'finished', bytes: Uint8Array): void {
    const { cutAfter = Number.POSITIVE_INFINITY, wire } = this.#script
    const all = wire ? wire(flight, bytes.slice()) : bytes.slice()
    const some = all.subarray(0, Math.max(0, cutAfter - this.#sent))
    this.#sent += some.length
    this.#socket.write(some)
    if (some.length < all.length) this.#socket.end()
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
