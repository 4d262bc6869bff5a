/** A dongle at a small site in virtual time, for tests that play one story instead of drawing its faults. */
import { drawSite } from '../../tools/sim/site/drawn'
import type { Site } from '../../tools/sim/site/site'
import { World, type WorldOptions } from '../../tools/sim/world'

export const SECOND = 1000
/** A seed whose site has three meters at QoS 1. */
const SMALL = 3

export interface Story {
  world: World
  /** What the dongle reported: seconds since power on, and the state or the log's text. */
  log: [second: number, text: string][]
  /** By topic: the seconds that samples were measured at, in the order in which they came. */
  times: Map<string, number[]>
}

export function story(options: Partial<WorldOptions> = {}, change?: (site: Site) => void): Story {
  const site = drawSite(SMALL)
  change?.(site)
  const log: Story['log'] = []
  const times: Story['times'] = new Map()
  const world = new World({
    seed: SMALL,
    site,
    validate: () => undefined,
    onReport: (report, at) => {
      const second = Math.floor(at / 1000)
      if (report.kind === 'state') log.push([second, report.state])
      else if (report.kind === 'log') log.push([second, report.text])
    },
    onMessage: ({ topic, payload }) => {
      const json = JSON.parse(String.fromCharCode(...payload)) as { time: number }[]
      const known = times.get(topic) ?? []
      times.set(topic, [...known, ...[json].flat().map(({ time }) => time)])
    },
    ...options,
  })
  return { world, log, times }
}

/** The longest time between two samples of a stream, in s. */
export function longestGap(times: readonly number[]): number {
  return Math.max(...times.slice(1).map((time, i) => time - times[i]))
}
