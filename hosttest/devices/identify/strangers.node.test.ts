/** What nobody knows is certain of no model, though a number of it is by chance the one by which a model is identified. */
import { describe, expect, test } from '@jest/globals'
import { matchingOf, STRANGERS, stranger } from './maps'

describe('7,500 strangers', () => {
  const EACH = 1500

  test.each(STRANGERS.map((kind, i) => [kind, i] as const))(
    'of registers that are %s: none is certain (seeds from %d)',
    (kind, first) => {
      let matching = 0
      const certain: string[] = []
      for (let i = 0; i < EACH; i++) {
        const seed = first + i * STRANGERS.length
        const { matches, certain: match } = matchingOf(stranger(seed).wordAt)
        if (matches.length > 0) matching++
        if (match) certain.push(`seed ${seed}: ${match.device.id}`)
      }
      console.log(`${kind}: ${matching} of ${EACH} match a model, ${certain.length} certainly`)
      expect(certain).toEqual([])
      // So many would be certain by their number alone.
      expect(matching).toBeGreaterThan(EACH / 3)
    },
  )
})
