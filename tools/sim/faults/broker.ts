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

/** Of a PUBACK: unspecified, not authorised, quota exceeded, payload format invalid. */
const MESSAGE_REFUSALS = [0x80, 0x87, 0x97, 0x99]
const USE_ANOTHER_SERVER = 0x9c
const SERVER_MOVED = 0x9d
const TLS_FAILS = ['alert', 'garbage', 'stalls', 'expired'] as const

export const BROKER_FAULTS = {
  'TLS fails': ({ conditions, broker }, random) => {
    conditions.broker.peer = TLS_FAILS[random.below(TLS_FAILS.length)]
    broker.stop({ keepSessions: true, politely: random.chance(0.5) })
    return () => (conditions.broker.peer = 'broker')
  },
  // What is connected stays so, unless something else ends it; there is no other way in until the certificate is renewed.
  'certificate expires': ({ conditions, broker, agenda }, random) => {
    conditions.broker.peer = 'expired'
    agenda.after(10 ** (3 + 3 * random.next()), () => {
      if (conditions.broker.peer === 'expired') broker.stop({ keepSessions: true, politely: true })
    })
    return () => (conditions.broker.peer = 'broker')
  },
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
  'broker disconnects': ({ broker, observer }, random) => {
    const reason = DISCONNECTS[random.below(DISCONNECTS.length)]
    if (reason === TAKEN_OVER) observer.takenOver()
    broker.disconnect(reason)
    return () => {}
  },
  'messages refused': ({ conditions }, random) => {
    const reason = MESSAGE_REFUSALS[random.below(MESSAGE_REFUSALS.length)]
    conditions.broker.refuses = { share: 0.1 + 0.9 * random.next(), reason }
    return () => (conditions.broker.refuses = undefined)
  },
  'no CONNACK': ({ conditions, broker }, random) => {
    conditions.broker.ignoresConnect = true
    broker.stop({ keepSessions: true, politely: random.chance(0.5) })
    return () => (conditions.broker.ignoresConnect = false)
  },
  // They hold for the connections after it, also when all is well again.
  'other limits': ({ conditions, broker }, random) => {
    const sometimes = (value: number) => (random.chance(0.6) ? value : undefined)
    conditions.broker.topicAliasMaximum = sometimes(1 + random.below(20)) ?? 0
    conditions.broker.maximumPacketSize = sometimes(200 + random.below(1000))
    conditions.broker.serverKeepAliveS = sometimes(5 + random.below(30))
    broker.stop({ keepSessions: true, politely: random.chance(0.5) })
    return () => {}
  },
  'another client with our id': ({ conditions, broker, observer }, random) => {
    const min = 50 + random.next() * 2000
    conditions.broker.rival = { afterMs: [min, 3 * min], startsClean: random.chance(0.5) }
    observer.takenOver()
    broker.disconnect(TAKEN_OVER)
    return () => (conditions.broker.rival = undefined)
  },
  'another server': ({ conditions, broker }, random) => {
    const reason = random.chance(0.5) ? USE_ANOTHER_SERVER : SERVER_MOVED
    conditions.broker.serverReference = random.chance(0.7) ? 'other.example:8883' : undefined
    // The next server of a cluster may say the same, as long as it lasts.
    if (random.chance(0.6)) conditions.broker.connackReason = reason
    broker.disconnect(reason)
    return () => (conditions.broker.connackReason = 0)
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
