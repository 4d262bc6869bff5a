/** The half of the test's dongle that runs on XS: session and calls of the firmware, whose radio is Node's. */
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { x25519 } from '../../firmware/crypto/x25519'
import { Service } from '../../firmware/dongle/service'
import type { Board } from '../../firmware/ports/board'
import type { Store } from '../../firmware/ports/store'
import { RadioSession } from '../../firmware/provisioning/radio'
import type { Settings } from '../../firmware/settings/schema'
import { nobleSymmetric } from '../noble/symmetric'
import { decode, encode, host, serve } from '../xs/host'
import type { RadioCommand, RadioReply } from './messages'

class Memory implements Store {
  readonly #values = new Map<string, Uint8Array>()

  read(name: string): Uint8Array | undefined {
    return this.#values.get(name)
  }

  write(name: string, value: Uint8Array): void {
    this.#values.set(name, value.slice())
  }

  erase(name: string): void {
    this.#values.delete(name)
  }
}

const entropy = {
  fill: (bytes: Uint8Array) =>
    bytes.set(new Uint8Array(host.issueCommand(encode({ random: bytes.length })))),
}

let session: RadioSession
let service: Service
let settings: Settings | undefined

function boot({ now, label, builtAt }: RadioCommand & { kind: 'boot' }): void {
  const { serial } = label
  const labelSecret = Uint8Array.from(label.labelSecret)
  const channel = {
    primitives: { ...nobleSymmetric, x25519 },
    entropy,
    label: { serial, labelSecret },
    transport: 'radio' as const,
    store: new Memory(),
  }
  session = new RadioSession(channel, now)
  // Of the board, what the calls of a dongle without a site ask for.
  const board = { system: { chip: 'esp32c3', builtAt: builtAt as UnixMs }, network: {} }
  service = new Service(
    {
      board: board as Board,
      serial,
      settings: () => settings,
      health: () => undefined,
      idle: { state: 'unprovisioned', why: 'no settings' },
      isStored: () => true,
      forgetRetired() {},
      save(changed) {
        settings = changed
        return true
      },
      identify: () => false,
      enter: (event) => event(new Uint8Array(0)),
    },
    session.dialogue,
  )
}

/** What comes of it, until there is nothing to do. */
function drain(now: MonotonicMs): RadioReply {
  const reply: RadioReply = { until: 0, log: [] }
  for (;;) {
    service.advance(now)
    const output = session.poll(now)
    switch (output.kind) {
      case 'respond':
        reply.answer = [...output.bytes]
        continue
      case 'drop':
        reply.log.push(`drop: ${output.why}`)
        reply.drops = true
        continue
      case 'call':
        reply.log.push(`call ${output.method}`)
        service.perform(output, now)
        continue
      case 'cancel':
        service.cancel(output.id)
        continue
      case 'refused':
        reply.log.push(`refused: ${output.why}`)
        continue
      case 'wait':
        if (output.until <= now) continue
        reply.until = output.until
        return reply
    }
  }
}

serve((packed) => {
  const command = decode<RadioCommand>(packed)
  const { now } = command
  if (command.kind === 'boot') boot(command)
  else if (command.kind === 'connected') session.connected(now)
  else if (command.kind === 'gone') session.gone(now)
  else if (command.kind === 'request')
    session.receive(Uint8Array.from(command.bytes), command.mtu, now)
  return encode(drain(now))
})
