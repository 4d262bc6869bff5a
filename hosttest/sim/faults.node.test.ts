/** What a kind of fault does to a dongle, each on its own: a fault without an effect would be a bug of the simulated world. */
import { describe, expect, test } from '@jest/globals'
import { type FaultKind, plan } from '../../tools/sim/faults/faults'
import { MINUTE } from '../../tools/sim/world'
import { SECOND, story } from '../dongle/site'

const BEGIN = 2 * MINUTE

/** Five minutes of it, and five more for the way back: what it did while the fault was on. */
function through(kind: FaultKind, seed: number) {
  const lateMs: number[] = []
  const said: string[] = []
  const { world } = story({
    seed,
    onReport(report, at) {
      if (report.kind === 'acknowledged' && at > BEGIN && at < BEGIN + 5 * MINUTE)
        lateMs.push(report.lateMs)
      else if (report.kind === 'log') said.push(report.text)
    },
  })
  plan(world, [{ kind, atMs: BEGIN, lastsMs: 5 * MINUTE }])
  expect(world.run(12 * MINUTE)).toBeUndefined()
  return { world, said, lateMs: lateMs.sort((a, b) => a - b) }
}

const SEEDS = [1, 2, 3, 4]

describe('the way', () => {
  test.each(SEEDS)(
    'some packets lost: some samples are seconds late, most are not (%i)',
    (seed) => {
      const { lateMs } = through('some packets lost', seed)
      expect(lateMs[lateMs.length - 1]).toBeGreaterThan(SECOND)
      expect(lateMs[0]).toBeLessThan(SECOND)
    },
  )

  test('long way: all acknowledgements are late by the round trip, and none is lost for it', () => {
    const earliest = SEEDS.map((seed) => through('long way', seed).lateMs[0])
    expect(Math.max(...earliest)).toBeGreaterThan(500)
    for (const seed of SEEDS) expect(through('long way', seed).world.observer.counts.missed).toBe(0)
  })

  test.each(SEEDS)(
    'large packets swallowed: the connection stalls, and the next ones too (%i)',
    (seed) => {
      const { said, world } = through('large packets swallowed', seed)
      expect(said).toContain('broker: no acknowledgement in time')
      expect(said).toContain('broker: nothing came for 10 s')
      expect(world.observer.counts.missed).toBeGreaterThan(0)
    },
  )
})
