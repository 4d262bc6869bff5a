/** Faults of the broker, and of what it is told about this site. */
import type { Random } from '../random'
import type { World } from '../world'
import type { Begin } from './begin'

const GARBAGE = [
  Uint8Array.of(0x00, 0x00),
  Uint8Array.of(0x40, 0x02, 0xff, 0xfe),
  Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x7f),
  Uint8Array.of(0xf0, 0x00),
]
/** Of a CONNACK that refuses: wrong password, not authorised, unavailable, busy, banned. */
const REFUSALS = [0x86, 0x87, 0x88, 0x89, 0x8a]
/** Of a DISCONNECT: shutting down, keep alive timeout, taken over, administrative action. */
const TAKEN_OVER = 0x8e
const DISCONNECTS = [0x8b, 0x8d, TAKEN_OVER, 0x98]

export const BROKER_FAULTS = {
  'broker restarted': (world, random) => brokerDown(world, random, true),
  'broker restarted without sessions': (world, random) => brokerDown(world, random, false),
  'slow acknowledgements': ({ conditions, broker }, random) => {
    const usual = conditions.broker.acknowledgeMs
    const min = random.next() * 4000
    conditions.broker.acknowledgeMs = [min, min + random.next() * 12_000]
    return () => {
      conditions.broker.acknowledgeMs = usual
      broker.acknowledgeAll()
    }
  },
  'credentials refused': ({ conditions, broker }, random) => {
    conditions.broker.connackReason = REFUSALS[random.below(REFUSALS.length)]
    broker.stop({ keepSessions: true, politely: true })
    return () => (conditions.broker.connackReason = 0)
  },
  'credentials rotated': (world) => world.rotate(),
  'broker disconnects': ({ broker, observer, utc }, random) => {
    const reason = DISCONNECTS[random.below(DISCONNECTS.length)]
    if (reason === TAKEN_OVER) observer.continuity.takenOver(utc)
    broker.disconnect(reason)
    return () => {}
  },
  'broker sends garbage': ({ broker }, random) => {
    broker.sendGarbage(GARBAGE[random.below(GARBAGE.length)])
    return () => {}
  },
} satisfies Record<string, Begin>

function brokerDown(
  { conditions, broker }: World,
  random: Random,
  keepSessions: boolean,
): () => void {
  conditions.broker.listening = random.chance(0.7) ? 'refused' : 'silent'
  broker.stop({ keepSessions, politely: random.chance(0.6) })
  if (random.chance(0.3))
    conditions.broker.receiveMaximum = random.chance(0.5) ? 1 : 1 + random.below(20)
  else conditions.broker.receiveMaximum = undefined
  return () => (conditions.broker.listening = 'yes')
}
