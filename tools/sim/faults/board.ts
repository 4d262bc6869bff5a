/** Faults of the dongle's own board: its supply, its flash, its memory. */
import type { Begin } from './begin'

export const BOARD_FAULTS = {
  'power cut': ({ dongle }) => {
    dongle.powerOff()
    return () => dongle.powerOn()
  },
  'bit flipped': (world, random) => {
    const names = [...world.flash.blobs.keys()]
    return world.flipBits([names[random.below(names.length)]])
  },
  'settings damaged': (world) => world.flipBits(['settings.0', 'settings.1']),
} satisfies Record<string, Begin>
