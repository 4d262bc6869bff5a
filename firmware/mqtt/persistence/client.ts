/**
 * An MqttClient whose session outlives a restart of the program: MQTT 5.0, 4.1. What is sent or told is in the store before,
 * so that a program that dies at any time goes on where the server and the caller believe it to be.
 */
import { equalBytes } from '../../core/bytes'
import { Journal } from '../../core/journal'
import type { MonotonicMs } from '../../core/time'
import type { Store } from '../../ports/store'
import { MqttClient, type MqttOptions, type MqttOutput } from '../client'
import { Writer } from '../packet/writer'
import { type KeptSession, readSession, writeSession } from './record'

const VERSION = 1
const INITIAL_BYTES = 512
/** There is none that could be resumed. */
const NO_SESSION = new Uint8Array(0)

export class PersistentMqttClient extends MqttClient {
  readonly #journal: Journal
  readonly #writer = new Writer(INITIAL_BYTES)
  /** What the store has; undefined if that is unknown. */
  #kept: Uint8Array | undefined
  /** What is told before anything else. */
  readonly #told: MqttOutput[] = []
  #isUnkept = false

  /** Throws if the options cannot work. `name` is the record's in the store. */
  constructor(options: MqttOptions, store: Store, name = 'mqtt') {
    super(options)
    this.#journal = new Journal(store, name)
  }

  /** At first it takes the session of before the restart up again: 'sent' tells, once more, each message that is in flight. */
  override start(now: MonotonicMs): void {
    if (this.session.isUnknown) this.#restore(now)
    super.start(now)
  }

  override stop(now: MonotonicMs, how?: { withWill?: boolean; endSession?: boolean }): void {
    super.stop(now, how)
    this.#keep(now)
  }

  override poll(now: MonotonicMs, room?: number): MqttOutput {
    const told = this.#told.shift()
    if (told) return told
    const output = super.poll(now, room)
    switch (output.kind) {
      case 'send':
      case 'message':
      // What was lost with the server's session, and that there is a new one.
      case 'dropped':
      case 'connected':
        this.#keep(now)
    }
    return output
  }

  #restore(now: MonotonicMs): void {
    const { session } = this
    const kept = this.#read(now)
    if (!kept || (session.clientId && session.clientId !== kept.clientId)) return
    session.atServer = 'this'
    session.clientId = kept.clientId
    session.subscribes = kept.subscribes
    session.inbound.delivered.push(...kept.delivered)
    session.outbound.inFlight.push(...kept.inFlight)
    for (const { tag } of kept.inFlight) this.#told.push({ kind: 'sent', tag })
  }

  #read(now: MonotonicMs): KeptSession | undefined {
    const record = this.#journal.read()
    if (this.#journal.trouble) this.#fail(this.#journal.trouble)
    if (record?.version !== VERSION || record.payload.length === 0) return undefined
    this.#kept = record.payload
    return readSession(record.payload, now)
  }

  #keep(now: MonotonicMs): void {
    if (this.session.atServer === 'this') writeSession(this.#writer, this.session, now)
    const bytes = this.#writer.take(Number.POSITIVE_INFINITY) ?? NO_SESSION
    if (this.#kept && equalBytes(this.#kept, bytes)) return
    this.#kept = undefined
    try {
      this.#journal.write(VERSION, bytes)
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error))
      return
    }
    this.#kept = bytes.slice()
    this.#isUnkept = false
  }

  /** Told once, until the store takes a session again. */
  #fail(why: string): void {
    if (!this.#isUnkept) this.#told.push({ kind: 'unkept', why })
    this.#isUnkept = true
  }
}
