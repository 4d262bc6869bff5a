/**
 * A call by cable, without the channel's cryptography: its line in, the request, the reply, its line out. And what a phone that
 * only asks costs.
 */
import { utf8 } from '../../../firmware/core/bytes'
import type { MonotonicMs } from '../../../firmware/core/time'
import { Dialogue } from '../../../firmware/provisioning/dialogue'
import { encodeFragment, fragmentCount, LineReader } from '../../../firmware/provisioning/line'
import { RadioSession } from '../../../firmware/provisioning/radio'
import type { Scenario } from '../scenario'

const NOW = 1000 as MonotonicMs

function lineOf(request: object): Uint8Array {
  return encodeFragment(utf8(JSON.stringify({ jsonrpc: '2.0', id: 1, ...request })), 0, 0)
}

/** Of every call the dialogue asks the supervisor, who answers at once. */
function call(name: string, request: object, answer: unknown): Scenario {
  return {
    name,
    prepare: () => {
      const line = lineOf(request)
      const reader = new LineReader(false)
      const dialogue = new Dialogue()
      return () => {
        const [item] = reader.take(line, NOW)
        if (item.kind !== 'frame') throw new Error(item.kind)
        dialogue.receive(item.bytes, NOW)
        for (;;) {
          const output = dialogue.poll(NOW)
          if (output.kind === 'wait') return
          if (output.kind === 'call') dialogue.answer(output.id, answer)
          else if (output.kind === 'send') {
            const count = fragmentCount(output.bytes.length)
            for (let i = 0; i < count; i++) encodeFragment(output.bytes, 1, i)
          }
        }
      }
    },
  }
}

/** A request without a frame, and the answer that there is nothing to say. */
const exchange: Scenario = {
  name: 'an exchange by radio: nothing to say',
  prepare: () => {
    const session = new RadioSession(undefined, NOW)
    session.connected(NOW)
    const request = new Uint8Array(3)
    return () => {
      request[0]++
      session.receive(request, 256, NOW)
      if (session.poll(NOW).kind !== 'respond') throw new Error('no answer')
      if (session.poll(NOW).kind !== 'wait') throw new Error('more to say')
    }
  },
}

const device = { model: 'eastron-sdm630', unit: 1, role: 'site' }

export const scenarios: Scenario[] = [
  call('a call by cable: identify', { method: 'identify', params: { seconds: 5 } }, null),
  call('a call by cable: a device', { method: 'device.read', params: { device } }, { powerW: 512 }),
  exchange,
]
