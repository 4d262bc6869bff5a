/**
 * The secure channel over a GATT service, for tool and page: the pump of gattclient.ts and initiator.ts on promises, such as Web
 * Bluetooth's. docs/provisioning.md, "The radio"
 */
import { readUtf8, utf8 } from '../../firmware/core/bytes'
import type { Entropy } from '../../firmware/core/entropy'
import type { MonotonicMs } from '../../firmware/core/time'
import type { Label } from '../../firmware/provisioning/frames'
import { GattClient } from '../../firmware/provisioning/gattclient'
import { Initiator } from '../../firmware/provisioning/initiator'
import { encodeRecord, MessageReader, recordCount } from '../../firmware/provisioning/messages'
import { noblePrimitives } from '../noble/primitives'

/** The two characteristics of a connection. Both reject if it is gone. */
export interface GattLink {
  /** With a response: what follows is written after it. */
  write(request: Uint8Array): Promise<void>
  read(): Promise<Uint8Array>
}

/** A reply as JSON-RPC has it, or why there is no channel. */
export type RadioResult =
  | { reply: { id: number; result?: unknown; error?: { code: number; message: string } } }
  | { refused: string }

export interface RadioChannelOptions {
  link: GattLink
  label: Label
  entropy: Entropy
  now(): MonotonicMs
  sleep(ms: number): Promise<void>
}

/** Opens a channel, makes one call after another, and closes it. Ends at the first that has no reply. */
export async function callByRadio(
  options: RadioChannelOptions,
  calls: readonly { method: string; params?: object }[],
): Promise<RadioResult[]> {
  const { link, label, entropy, now, sleep } = options
  const client = new GattClient(now())
  const initiator = new Initiator(
    { primitives: noblePrimitives, entropy, label, transport: 'radio' },
    now(),
  )
  const messages = new MessageReader()
  const results: RadioResult[] = []
  const ask = (): void => {
    const id = results.length
    const message = utf8(JSON.stringify({ jsonrpc: '2.0', id, ...calls[id] }))
    for (let i = 0; i < recordCount(message.length); i++) initiator.write(encodeRecord(message, i))
  }
  const end = (): RadioResult[] => {
    initiator.close()
    return results
  }
  for (;;) {
    const said = initiator.poll(now())
    switch (said.kind) {
      case 'send':
        client.send(said.bytes)
        continue
      case 'open':
        ask()
        continue
      case 'record': {
        const message = messages.take(said.bytes)
        if (message === 'wrong') return [...end(), { refused: 'messages of another version' }]
        if (!message) continue
        const reply = JSON.parse(readUtf8(message) ?? '')
        // Progress has no id.
        if (reply.id !== results.length) continue
        results.push({ reply })
        if (results.length === calls.length) return end()
        ask()
        continue
      }
      case 'refused':
        return [...end(), { refused: said.why }]
    }
    const output = client.poll(now())
    switch (output.kind) {
      case 'write':
        await link.write(output.bytes)
        continue
      case 'read':
        client.answered(await link.read(), now())
        continue
      case 'frame':
        initiator.receive(output.bytes, now())
        continue
      case 'lost':
        return [...end(), { refused: `lost: ${output.why}` }]
      case 'wait':
        await sleep(Math.max(0, Math.min(output.until, said.until) - now()))
    }
  }
}
