/** The dongle's side of the secure channel. Digests and AES-GCM are asked of Node, which costs as much as a short message. */
import type { MonotonicMs } from '../../../firmware/core/time'
import type { ChannelPrimitives } from '../../../firmware/crypto/primitives'
import { x25519 } from '../../../firmware/crypto/x25519'
import { ANSWER } from '../../../firmware/provisioning/frames'
import { Initiator } from '../../../firmware/provisioning/initiator'
import { Responder } from '../../../firmware/provisioning/responder'
import { Flash } from '../../sim/flash'
import { random } from '../../sim/random'
import { primitives } from '../../xs/board'
import type { Scenario } from '../scenario'

const NOW = 1000 as MonotonicMs
const RECORD_BYTES = 240
const TIMES = 8
const WARM_UP = 3

/** What one side has to send. */
function sent(side: Initiator | Responder): Uint8Array[] {
  const frames: Uint8Array[] = []
  for (;;) {
    const output = side.poll(NOW)
    if (output.kind === 'send') frames.push(output.bytes)
    else if (output.kind === 'wait' && output.until > NOW) return frames
  }
}

function sides(primitives: ChannelPrimitives): { dongle: Responder; tool: Initiator } {
  const options = {
    primitives,
    entropy: random(1),
    label: { serial: 'WB0001', labelSecret: new Uint8Array(16).fill(7) },
    transport: 'radio' as const,
  }
  return {
    dongle: new Responder({ ...options, store: new Flash() }, NOW),
    tool: new Initiator(options, NOW),
  }
}

export const scenarios: Scenario[] = [
  {
    name: 'a multiplication (X25519)',
    times: 1,
    warmUp: 0,
    prepare: () => {
      const scalar = new Uint8Array(32).fill(7)
      const point = new Uint8Array(32).fill(9)
      return () => void x25519(scalar, point)
    },
  },
  {
    // Two multiplications leave more garbage than the bench's heap holds.
    name: 'a handshake but for its two multiplications (Noise)',
    times: 1,
    warmUp: 0,
    prepare: () => {
      const { dongle, tool } = sides({ ...primitives, x25519: () => new Uint8Array(32).fill(1) })
      const [hello] = sent(tool)
      return () => {
        dongle.receive(hello, NOW)
        if (sent(dongle)[0]?.[0] !== ANSWER) throw new Error('no answer')
      }
    },
  },
  {
    name: 'a record of 240 B each way (Noise)',
    times: TIMES,
    warmUp: WARM_UP,
    prepare: () => {
      const { dongle, tool } = sides(primitives)
      dongle.receive(sent(tool)[0], NOW)
      tool.receive(sent(dongle)[0], NOW)
      const bytes = new Uint8Array(RECORD_BYTES)
      // One more than are counted: the first opens the channel.
      for (let i = 0; i <= WARM_UP + TIMES; i++) tool.write(bytes)
      const records = sent(tool)
      let next = 0
      const take = () => {
        dongle.receive(records[next++], NOW)
        sent(dongle)
      }
      take()
      return () => {
        take()
        dongle.write(bytes, NOW)
        if (sent(dongle).length !== 1) throw new Error('no record')
      }
    },
  },
]
