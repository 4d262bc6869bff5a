/** Faults of the way to the network and through it. */
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
  'some packets lost': ({ conditions }, random) => {
    conditions.way = { ...conditions.way, loss: 0.02 + 0.28 * random.next() }
    return () => (conditions.way = { ...conditions.way, loss: 0 })
  },
  'long way': ({ conditions }, random) => {
    conditions.way = { ...conditions.way, delayMs: 10 ** (1 + 2 * random.next()) }
    return () => (conditions.way = { ...conditions.way, delayMs: 0 })
  },
  'half open': ({ dongle }) => {
    dongle.network?.severStreams()
    return () => {}
  },
} satisfies Record<string, Begin>
