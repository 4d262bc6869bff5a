/** Faults of the dongle's own board: its supply, its flash, its memory. */
import type { Begin } from './begin'

export const BOARD_FAULTS = {
  'power cut': ({ dongle }) => {
    dongle.powerOff()
    return () => dongle.powerOn()
  },
} satisfies Record<string, Begin>
