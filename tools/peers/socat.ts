/** Socat's pair of pseudo-terminals: what is written at one end is read at the other, as on a serial cable. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Peer, type Scratch, scratchFolder } from './peer'

export class SerialCable {
  /** Device paths. */
  readonly ends: readonly [string, string]
  readonly #peer: Peer
  readonly #scratch: Scratch

  static async start(): Promise<SerialCable> {
    const scratch = scratchFolder()
    const ends = [join(scratch.path, 'master'), join(scratch.path, 'slave')] as const
    const peer = await Peer.start({
      program: 'socat',
      debianPackage: 'socat',
      arguments: ends.map((end) => `pty,raw,echo=0,link=${end}`),
      ready: () => ends.every((end) => existsSync(end)),
    })
    return new SerialCable(ends, peer, scratch)
  }

  private constructor(ends: readonly [string, string], peer: Peer, scratch: Scratch) {
    this.ends = ends
    this.#peer = peer
    this.#scratch = scratch
  }

  async stop(): Promise<void> {
    await this.#peer.stop()
    this.#scratch.remove()
  }
}
