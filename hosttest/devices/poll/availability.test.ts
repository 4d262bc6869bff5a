import { describe, expect, test } from '@jest/globals'
import { Availability } from '../../../firmware/devices/poll/availability'

/** In which of so many rounds the device is asked, if it answers in those only. */
function askedIn(rounds: number, answers: (round: number) => boolean): number[] {
  const device = new Availability(500)
  const asked: number[] = []
  for (let round = 0; round < rounds; round++) {
    if (!device.begin()) continue
    asked.push(round)
    if (answers(round)) device.answered()
    else device.missed()
  }
  return asked
}

describe('a device', () => {
  test('that is silent is asked in 3 rounds, then sits out 1, 2, 4, 8, 16 and 16', () => {
    expect(askedIn(60, () => false)).toEqual([0, 1, 2, 4, 7, 12, 21, 38, 55])
  })

  test('that answers once is present again, and is lost as slowly as at first', () => {
    expect(askedIn(40, (round) => round === 21)).toEqual([
      0, 1, 2, 4, 7, 12, 21, 22, 23, 24, 26, 29, 34,
    ])
  })

  test('gets two attempts for each request, and one while it was silent last time', () => {
    const device = new Availability(500)
    device.begin()
    expect(device.isPrompt).toBe(true)
    for (let request = 0; request < 2; request++) {
      device.startRequest()
      expect([device.repeat(), device.repeat()]).toEqual([true, false])
    }
    expect(device.isPrompt).toBe(false)
    device.missed()
    device.begin()
    device.startRequest()
    expect([device.repeat(), device.silentRounds, device.isPrompt]).toEqual([false, 1, true])
    device.answered()
    expect([device.repeat(), device.silentRounds]).toEqual([true, 0])
  })

  test('may be busy five times for each request, which is no attempt', () => {
    const device = new Availability(500)
    device.begin()
    for (let request = 0; request < 2; request++) {
      device.startRequest()
      const repeats = [1, 2, 3, 4, 5].map(() => device.repeatLater())
      expect(repeats).toEqual([true, true, true, true, false])
      expect([device.isRepeating, device.repeat()]).toEqual([false, true])
    }
  })
})
