import { expect, test } from '@jest/globals'
import type { MonotonicMs } from '../../firmware/core/time'
import { LastWords } from '../../firmware/dongle/lastwords'

test('what is said last is waited for from its end on, and not for ever', () => {
  const words = new LastWords(300)
  const said = (isSilent: boolean, now: number) => words.areSaid(isSilent, now as MonotonicMs)
  expect([said(true, 0), said(false, 200), said(true, 400), said(true, 699)]).not.toContain(true)
  expect(words.until).toBe(700)
  expect(said(true, 700)).toBe(true)
  const talker = new LastWords(300)
  expect(talker.areSaid(false, 0 as MonotonicMs)).toBe(false)
  expect(talker.areSaid(false, 3000 as MonotonicMs)).toBe(true)
})
