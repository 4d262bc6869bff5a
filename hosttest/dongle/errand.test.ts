import { expect, test } from '@jest/globals'
import { leaveErrand, takeErrand } from '../../firmware/dongle/errand'
import { Flash } from '../../tools/sim/flash'

test('an errand is there once; one that flash does not forget would be there for ever, and is none', () => {
  const flash = new Flash()
  leaveErrand(flash, { kind: 'test' })
  expect(takeErrand(flash)).toEqual({ kind: 'test' })
  expect(takeErrand(flash)).toBeUndefined()
  leaveErrand(flash, { kind: 'provisioning' })
  flash.erase = () => {
    throw new Error('the flash takes nothing')
  }
  expect(takeErrand(flash)).toBeUndefined()
})
