/** Faults of the dongle's own board: its supply, its flash, its memory. */
import type { World } from '../world'
import type { Begin } from './begin'

export const BOARD_FAULTS = {
  'power cut': ({ dongle }) => {
    dongle.powerOff()
    return () => dongle.powerOn()
  },
  'flash full': ({ conditions, dongle }, random) => {
    conditions.flash.isFull = true
    if (random.chance(0.5)) restart(dongle)
    return () => (conditions.flash.isFull = false)
  },
  // It shows when it is read: at the next start. All of it, one slot of each record, or one record.
  'flash unreadable': ({ conditions, dongle }, random) => {
    conditions.flash.unreadable = [/./, /\.0$/, /\.1$/, /^settings/, /^restarts/][random.below(5)]
    restart(dongle)
    return () => (conditions.flash.unreadable = undefined)
  },
  'bit flipped': (world, random) => {
    const names = [...world.flash.blobs.keys()]
    return world.flipBits([names[random.below(names.length)]])
  },
  'settings damaged': (world) => world.flipBits(['settings.0', 'settings.1']),
} satisfies Record<string, Begin>

function restart(dongle: World['dongle']): void {
  dongle.powerOff()
  dongle.powerOn()
}
