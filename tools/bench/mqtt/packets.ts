/** Damaged packets without end: the reader must answer a value for each, the session must come to rest after each. */
import type { MonotonicMs } from '../../../firmware/core/time'
import { Framing } from '../../../firmware/mqtt/packet/framing'
import { Session } from '../../../firmware/mqtt/session'
import { CORPUS } from '../../../hosttest/mqtt/corpus'
import { connack } from '../../../hosttest/mqtt/wire'
import { type Random, random } from '../../sim/random'

export interface FuzzResult {
  inputs: number
  packets: number
  illegal: number
  sessions: number
}

/** One input in so many also goes to a whole session. */
const SESSION_EVERY = 40
/** A session has this many outputs for a chunk at most: far more than honest ones have, far fewer than endless. */
const OUTPUTS_MOST = 2000
const NOW = 0 as MonotonicMs

/** Throws, with the input in hex, if something throws or never ends. */
export function fuzz(seed: number, inputs: number): FuzzResult {
  const dice = random(seed)
  const framing = new Framing(1024)
  const result: FuzzResult = { inputs, packets: 0, illegal: 0, sessions: 0 }
  const chunk = new Uint8Array(1200)
  for (let input = 0; input < inputs; input++) {
    const bytes = damaged(dice, chunk)
    try {
      read(framing, bytes, result)
      if (input % SESSION_EVERY === 0) {
        runSession(dice, bytes)
        result.sessions++
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

function runSession(dice: Random, bytes: Uint8Array): void {
  const session = new Session({
    ...{ clientId: 'c', keepAliveS: 30, sessionExpiryS: 60, entropy: dice },
    authentication: dice.chance(0.2) ? { method: 'm' } : undefined,
  })
  session.start(NOW)
  rest(session)
  session.opened(NOW)
  rest(session)
  if (dice.chance(0.8)) session.receive(connack(), NOW)
  for (let tag = 1; tag <= 3; tag++)
    session.publish({ topic: 'a', payload: 'x', qos: dice.below(3) as 0, tag }, NOW)
  session.subscribe({ subscriptions: [{ filter: 'a', qos: 1 }], tag: 4 }, NOW)
  rest(session)
  const cut = dice.below(bytes.length + 1)
  session.receive(bytes.subarray(0, cut), NOW)
  rest(session)
  session.receive(bytes.subarray(cut), NOW)
  rest(session)
}

function rest(session: Session): void {
  for (let outputs = 0; outputs < OUTPUTS_MOST; outputs++) {
    if (session.poll(NOW).kind === 'wait') return
  }
  throw new Error('the session never rests')
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
