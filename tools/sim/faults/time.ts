/** Faults of the time servers and of the ways to them. */
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
