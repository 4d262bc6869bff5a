import { expect, test } from '@jest/globals'
import { phaseMs } from '../../firmware/core/identity'
import { sealFactoryData } from '../../tools/factory/seal'
import { SECOND, story } from './site'

test("the serial number from the factory goes before the chip's own: the broker knows the dongle by it", () => {
  let chip = ''
  const { world } = story({}, (site) => {
    chip = site.serial
  })
  // The observer knows the chip's number, and checks the ticks' phase by it.
  let number = 0
  while (phaseMs(`FACTORY${number}`, 4000) !== phaseMs(chip, 4000)) number++
  const labelSecret = new Uint8Array(16).fill(0x5a)
  world.dongle.factoryRecord = sealFactoryData({ serial: `FACTORY${number}`, labelSecret })
  expect(world.run(30 * SECOND)).toBeUndefined()
  expect(world.broker.sessions.clientIds).toEqual([`wattbeatFACTORY${number}`])
})
