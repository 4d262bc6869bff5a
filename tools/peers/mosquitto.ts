/** Mosquitto with TLS and passwords on 127.0.0.1: the real broker of the end-to-end tests. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Certificates } from '../sim/host/certificates'
import { find, freePort, listens, Peer, type Scratch, scratchFolder } from './peer'

export interface Account {
  key: string
  secret: string
}

export class Mosquitto {
  readonly port: number
  readonly #peer: Peer
  readonly #scratch: Scratch

  /** `settings`: more lines of mosquitto.conf, such as `max_inflight_messages 1`. `port`: to come back on the same. */
  static async start(options: {
    certificates: Certificates
    accounts: Account[]
    settings?: string[]
    port?: number
  }): Promise<Mosquitto> {
    const { certificates, accounts, settings = [] } = options
    const port = options.port ?? (await freePort())
    const scratch = scratchFolder()
    const file = (name: string, text: string) => {
      const path = join(scratch.path, name)
      writeFileSync(path, text, { mode: 0o600 })
      return path
    }
    const passwords = file(
      'passwords',
      accounts.map(({ key, secret }) => `${key}:${secret}\n`).join(''),
    )
    execFileSync(find('mosquitto_passwd', 'mosquitto'), ['-U', passwords])
    const configuration = file(
      'mosquitto.conf',
      [
        `listener ${port} 127.0.0.1`,
        `certfile ${file('certificate.pem', certificates.certificate)}`,
        `keyfile ${file('key.pem', certificates.key)}`,
        `password_file ${passwords}`,
        'allow_anonymous false',
        'log_type all',
        'log_dest stderr',
        // It would become somebody else, who may not read this folder.
        ...(process.getuid?.() === 0 ? ['user root'] : []),
        ...settings,
        '',
      ].join('\n'),
    )
    const peer = await Peer.start({
      program: 'mosquitto',
      debianPackage: 'mosquitto',
      arguments: ['-c', configuration],
      ready: () => listens(port),
    })
    return new Mosquitto(port, peer, scratch)
  }

  private constructor(port: number, peer: Peer, scratch: Scratch) {
    this.port = port
    this.#peer = peer
    this.#scratch = scratch
  }

  /** Every packet in and out, a line each. */
  get log(): string {
    return this.#peer.output
  }

  async stop(): Promise<void> {
    await this.#peer.stop()
    this.#scratch.remove()
  }
}
