/** From what was asked on the command line to a dongle: which port, which label, and the channel between. */
import type { Duplex } from 'node:stream'
import type { Label } from '../../../firmware/provisioning/frames'
import { readLabel } from '../../factory/label'
import { Dongle } from './dongle'
import { Failure } from './failure'
import type { Output } from './output'
import { readText, type Surroundings } from './surroundings'

/** Where a dongle is looked for and by what it is proved. */
export interface Target {
  port?: string
  labelFile?: string
}

/** A dongle that restarts is back within this. */
const MAX_RECONNECT_MS = 30_000
const RETRY_MS = 1000

export class Session {
  readonly surroundings: Surroundings
  readonly output: Output
  readonly #target: Target
  #label: Label | undefined
  #path: string | undefined
  #stream: Duplex | undefined
  #dongle: Dongle | undefined

  constructor(surroundings: Surroundings, output: Output, target: Target) {
    this.surroundings = surroundings
    this.output = output
    this.#target = target
  }

  async connect(): Promise<{ dongle: Dongle; info: unknown } | Failure> {
    const label = this.#label ?? (await this.label())
    if (label instanceof Failure) return label
    this.#label = label
    const path = this.#path ?? (await this.port())
    if (path instanceof Failure) return path
    this.#path = path
    if (!this.#stream || this.#stream.destroyed || !this.#stream.readable) {
      const stream = await this.surroundings.openPort(path)
      if (stream instanceof Failure) return stream
      this.#stream = stream
    }
    const connected = await Dongle.connect(this.#stream, label)
    if (!(connected instanceof Failure)) this.#dongle = connected.dongle
    return connected
  }

  /** After a restart of the dongle, at which a USB port may go and come back. */
  async reconnect(): Promise<{ dongle: Dongle; info: unknown } | Failure> {
    const until = performance.now() + MAX_RECONNECT_MS
    for (;;) {
      this.#dongle?.close()
      const connected = await this.connect()
      if (!(connected instanceof Failure)) return connected
      const mayReturn = ['cable', 'port', 'silent'].includes(connected.kind)
      if (!mayReturn || performance.now() > until || this.surroundings.signal.aborted)
        return connected
      await sleep(RETRY_MS)
    }
  }

  /** What is so once the dongle has taken what it was told, for which it restarts. */
  async wait<T>(
    dongle: Dongle,
    ask: (dongle: Dongle) => Promise<T | Failure>,
    isSo: (value: T) => boolean,
    maxMs = MAX_RECONNECT_MS,
  ): Promise<{ dongle: Dongle; value: T; isSo: boolean } | Failure> {
    const until = performance.now() + maxMs
    let isTold = false
    for (let at = dongle; ; ) {
      const value = await ask(at)
      if (value instanceof Failure) {
        if (!['cable', 'late'].includes(value.kind) || performance.now() > until) return value
        if (!isTold) this.output.note('waits for the dongle, which restarts')
        isTold = true
        const connected = await this.reconnect()
        if (connected instanceof Failure) return connected
        at = connected.dongle
        continue
      }
      if (isSo(value)) return { dongle: at, value, isSo: true }
      if (performance.now() > until || this.surroundings.signal.aborted)
        return { dongle: at, value, isSo: false }
      await sleep(RETRY_MS)
    }
  }

  /** From the file, the environment, or whoever sits there. */
  async label(): Promise<Label | Failure> {
    const { labelFile } = this.#target
    const { env, prompts } = this.surroundings
    if (labelFile !== undefined) {
      const text = readText(labelFile, 'the file of --label-file')
      if (text instanceof Failure) return text
      return labelIn(text.split('\n').find((line) => line.trim() !== '') ?? '')
    }
    const given = env['WATTBEAT_LABEL']
    if (given) return labelIn(given)
    if (!prompts)
      return new Failure('usage', "the dongle's label is needed, and nobody can be asked for it", {
        fix: 'Use --label-file FILE, or the environment variable WATTBEAT_LABEL: WB1:serial:secret.',
      })
    const typed = await prompts.secret('Label, scanned or typed (WB1:serial:secret)', (text) => {
      const read = readLabel(text)
      return read.kind === 'wrong' ? read.why : undefined
    })
    return typed instanceof Failure ? typed : labelIn(typed)
  }

  async port(): Promise<string | Failure> {
    const given = this.#target.port ?? this.surroundings.env['WATTBEAT_PORT']
    if (given) return given
    const ports = await this.surroundings.listPorts()
    if (ports instanceof Failure) return ports
    const likely = ports.filter(({ isLikely }) => isLikely)
    if (likely.length === 1) {
      this.output.note(`port    ${likely[0].path}`)
      return likely[0].path
    }
    const choices = (likely.length > 0 ? likely : ports).map(({ path }) => path)
    const { prompts } = this.surroundings
    if (prompts && choices.length > 0) return prompts.choose('Serial port of the dongle', choices)
    const found = choices.length > 0 ? `there are ${choices.join(', ')}` : 'there is no serial port'
    return new Failure('port', `which serial port? ${found}`, {
      fix: choices.length > 0 ? 'Name one: --port PATH.' : 'Connect the dongle by USB.',
    })
  }

  async close(): Promise<void> {
    this.#dongle?.close()
    const stream = this.#stream
    if (!stream || stream.destroyed) return
    await new Promise<void>((resolve) => {
      stream.once('close', () => resolve())
      // What was written last, such as a cancellation, still goes out.
      stream.end(() => stream.destroy())
      setTimeout(() => resolve(), RETRY_MS).unref()
    })
  }
}

function labelIn(text: string): Label | Failure {
  const read = readLabel(text)
  return read.kind === 'label' ? read.label : new Failure('label', read.why)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
