/** Faults of the time servers and of the ways to them. */
import { rightServer } from '../network/time-server'
import type { Begin } from './begin'

export const TIME_FAULTS = {
  'time server wrong': ({ conditions }, random) => {
    const server = conditions.timeServers[random.below(conditions.timeServers.length)]
    const size = 10 ** (2 + 8 * random.next())
    server.offsetMs = random.chance(0.5) ? size : -size
    if (random.chance(0.2))
      server.kind = (['unsynchronised', 'garbage', 'rate'] as const)[random.below(3)]
    return () => {
      server.offsetMs = 0
      server.kind = 'answers'
    }
  },
  'time servers silent': ({ conditions }) => {
    for (const server of conditions.timeServers) server.kind = 'silent'
    return () => {
      for (const server of conditions.timeServers) server.kind = 'answers'
    }
  },
  // One name leads to a liar, or all to the same one, which may be silent: more than half of them to liars of their own would win.
  'time servers poisoned': ({ conditions, dongle }, random) => {
    const slots = conditions.timeServers.map((_, slot) => slot)
    const host = rightServer()
    host.offsetMs = (random.chance(0.5) ? 1 : -1) * 10 ** (2 + 9 * random.next())
    if (random.chance(0.4))
      host.kind = (['silent', 'unsynchronised', 'garbage'] as const)[random.below(3)]
    const one = slots[random.below(slots.length)]
    conditions.poisoned = { slots: random.chance(0.5) ? slots : [one], host }
    // Names are asked for at a start, and when a network was joined.
    if (random.chance(0.5)) dongle.network?.changeAddress()
    else {
      dongle.powerOff()
      dongle.powerOn()
    }
    return () => (conditions.poisoned = undefined)
  },
  'time servers off': ({ conditions }, random) => {
    for (const server of conditions.timeServers) server.untoldMs = 180 * random.next() - 90
    return () => {
      for (const server of conditions.timeServers) server.untoldMs = 0
    }
  },
  'slow one way': ({ conditions }, random) => {
    for (const server of conditions.timeServers) {
      const slowMs = 10 ** (1 + 1.6 * random.next())
      server.slowMs = random.chance(0.5) ? [slowMs, 0] : [0, slowMs]
    }
    return () => {
      for (const server of conditions.timeServers) server.slowMs = [0, 0]
    }
  },
} satisfies Record<string, Begin>
