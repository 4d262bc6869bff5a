/** Faults of the way to the network and through it. */
import type { Random } from '../random'
import type { World } from '../world'
import type { Begin } from './begin'

export const NETWORK_FAULTS = {
  'Wi-Fi lost': ({ conditions, dongle }, random) => {
    conditions.wifi = random.chance(0.7) ? 'gone' : 'silent'
    dongle.network?.beaconsLost()
    return () => (conditions.wifi = 'there')
  },
  'packets lost': ({ conditions }) => {
    conditions.uplink = false
    return () => (conditions.uplink = true)
  },
  'no DNS': ({ conditions, broker }, random) => {
    conditions.dns = random.chance(0.5) ? 'refuses' : 'silent'
    if (random.chance(0.5)) broker.stop({ keepSessions: true, politely: true })
    return () => (conditions.dns = 'answers')
  },
  'long outage': (world, random) => away(world, random),
  'address changed': ({ dongle }, random) => {
    // Either the lease runs out and the station says so, or the next one is another, and nobody is told.
    dongle.network?.severStreams()
    if (random.chance(0.5)) dongle.network?.changeAddress()
    return () => {}
  },
  'some packets lost': ({ conditions }, random) => {
    conditions.way = { ...conditions.way, loss: 0.02 + 0.28 * random.next() }
    return () => (conditions.way = { ...conditions.way, loss: 0 })
  },
  'long way': ({ conditions }, random) => {
    conditions.way = { ...conditions.way, delayMs: 10 ** (1 + 2 * random.next()) }
    return () => (conditions.way = { ...conditions.way, delayMs: 0 })
  },
  'large packets swallowed': ({ conditions, dongle }, random) => {
    const maxSegmentBytes = 40 * 10 ** random.next()
    conditions.way = { ...conditions.way, maxSegmentBytes }
    // A single message may pass; a handshake never does.
    if (maxSegmentBytes > 100 || random.chance(0.5)) dongle.network?.severStreams()
    return () => (conditions.way = { ...conditions.way, maxSegmentBytes: Number.POSITIVE_INFINITY })
  },
  'captive portal': ({ conditions, dongle }) => {
    conditions.captivePortal = true
    dongle.network?.severStreams()
    return () => (conditions.captivePortal = false)
  },
  'poisoned DNS': ({ conditions, broker }, random) => {
    conditions.dns = 'misleads'
    conditions.otherHost = random.chance(0.7) ? 'takes' : 'refuses'
    broker.stop({ keepSessions: true, politely: true })
    return () => (conditions.dns = 'answers')
  },
  'half open': ({ dongle }) => {
    dongle.network?.severStreams()
    return () => {}
  },
} satisfies Record<string, Begin>

/** For hours or days: the broker, what is between, the access point, or names. */
function away({ conditions, broker, dongle }: World, random: Random): () => void {
  switch (random.below(5)) {
    case 0:
      conditions.wifi = random.chance(0.7) ? 'gone' : 'silent'
      dongle.network?.beaconsLost()
      return () => (conditions.wifi = 'there')
    case 1:
      conditions.uplink = false
      return () => (conditions.uplink = true)
    case 2:
      conditions.dns = random.chance(0.5) ? 'refuses' : 'silent'
      broker.stop({ keepSessions: false, politely: false })
      return () => (conditions.dns = 'answers')
    default:
      conditions.broker.listening = random.chance(0.5) ? 'refused' : 'silent'
      broker.stop({ keepSessions: false, politely: random.chance(0.5) })
      return () => (conditions.broker.listening = 'yes')
  }
}
