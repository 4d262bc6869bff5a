/** Damaged packets: the reader must answer each with a value, and the client must come to rest after each. */
import type { MonotonicMs } from '../../../firmware/core/time'
import { MqttClient } from '../../../firmware/mqtt/client'
import { Framing } from '../../../firmware/mqtt/packet/framing'
import { CORPUS } from '../../sim/broker/corpus'
import { connack } from '../../sim/broker/packets'
import { type Random, random } from '../../sim/random'

export interface FuzzResult {
  inputs: number
  packets: number
  illegal: number
  clients: number
}

/** One input in so many also goes to a whole client. */
const CLIENT_EVERY = 40
/** Far more outputs than a client has for one chunk. */
const MAX_OUTPUTS = 2000
const NOW = 0 as MonotonicMs

/** Throws, with the input in hex, if something throws or never ends. */
export function fuzz(seed: number, inputs: number): FuzzResult {
  const dice = random(seed)
  const framing = new Framing(1024)
  const result: FuzzResult = { inputs, packets: 0, illegal: 0, clients: 0 }
  const chunk = new Uint8Array(1200)
  for (let input = 0; input < inputs; input++) {
    const bytes = damaged(dice, chunk)
    try {
      read(framing, bytes, result)
      if (input % CLIENT_EVERY === 0) {
        runClient(dice, bytes)
        result.clients++
      }
    } catch (error) {
      const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
      throw new Error(`seed ${seed}, input ${input}, ${hex}: ${error}`)
    }
  }
  return result
}

function read(framing: Framing, bytes: Uint8Array, result: FuzzResult): void {
  framing.used = 0
  for (let packet = framing.next(bytes); packet; packet = framing.next(bytes)) {
    result.packets++
    if (packet.kind !== 'illegal') continue
    if (packet.reason < 0x80) throw new Error(`illegal without a reason: ${packet.why}`)
    result.illegal++
    framing.reset()
    return
  }
}

function runClient(dice: Random, bytes: Uint8Array): void {
  const client = new MqttClient({
    ...{ clientId: 'c', keepAliveS: 30, sessionExpiryS: 60, entropy: dice },
    authentication: dice.chance(0.2) ? { method: 'm' } : undefined,
    inboundCapacity: 1 + dice.below(4),
  })
  client.start(NOW)
  rest(client, dice)
  client.opened(NOW)
  rest(client, dice)
  if (dice.chance(0.8)) client.receive(connack(), NOW)
  for (let tag = 1; tag <= 3; tag++)
    client.publish({ topic: 'a', payload: 'x', qos: dice.below(3) as 0, tag }, NOW)
  client.subscribe({ subscriptions: [{ filter: 'a', qos: 1 }], tag: 4 }, NOW)
  rest(client, dice)
  const cut = dice.below(bytes.length + 1)
  receive(client, dice, bytes.subarray(0, cut))
  receive(client, dice, bytes.subarray(cut))
}

/** The client says how much it took each time, and comes to its end in as many turns as there are bytes. */
function receive(client: MqttClient, dice: Random, bytes: Uint8Array): void {
  let left = bytes
  for (let turns = 0; turns <= bytes.length; turns++) {
    left = left.subarray(client.receive(left, NOW))
    rest(client, dice)
    if (left.length === 0) return
  }
  throw new Error('the client never takes all of it')
}

/** Through a transport that takes little or nothing. */
function rest(client: MqttClient, dice: Random): void {
  for (let outputs = 0; outputs < MAX_OUTPUTS; outputs++) {
    const room = dice.below(40)
    const output = client.poll(NOW, room)
    if (output.kind === 'wait') return
    if (output.kind === 'send' && output.bytes.length > room)
      throw new Error('more than the transport takes')
  }
  throw new Error('the client never rests')
}

/** One to three legal packets with up to four bytes changed, taken out or put in; sometimes nothing but noise. */
function damaged(dice: Random, into: Uint8Array): Uint8Array {
  let length = 0
  if (dice.chance(0.1)) {
    length = dice.below(64)
    for (let i = 0; i < length; i++) into[i] = dice.below(256)
    return into.subarray(0, length)
  }
  for (let packets = 1 + dice.below(3); packets > 0; packets--) {
    const bytes = CORPUS[dice.below(CORPUS.length)]
    into.set(bytes, length)
    length += bytes.length
  }
  for (let changes = dice.below(5); changes > 0 && length > 1; changes--) {
    const at = dice.below(length)
    const way = dice.below(4)
    if (way === 0) into[at] ^= 1 << dice.below(8)
    else if (way === 1) into[at] = dice.below(256)
    else if (way === 2) into.copyWithin(at, at + 1, length--)
    else into.copyWithin(at + 1, at, length++)
  }
  return into.subarray(0, length)
}
