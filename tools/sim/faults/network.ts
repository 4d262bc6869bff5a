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
