/** Faults of the dongle's own board: its supply, its flash, its memory. */
import type { World } from '../world'
import type { Begin } from './begin'

const MAX_BROWN_OUTS = 20

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
  'heap near its end': ({ dongle }, random) => {
    const looks = random.chance(0.5) ? Number.POSITIVE_INFINITY : 10 ** (1 + 4 * random.next())
    dongle.lackMemory(10 ** -(2 * random.next()), Math.floor(looks))
    // A handshake takes the most.
    if (random.chance(0.5)) dongle.network?.severStreams()
    return () => dongle.lackMemory(0, Number.POSITIVE_INFINITY)
  },
  // Again and again, for a tenth of a second to 20 s; or once for longer, which the chip's watchdog ends.
  'machine stalls': (world, random) => {
    const { agenda, dongle } = world
    let isOver = false
    let goOn = (): void => {}
    const stall = (): void => {
      if (isOver) return
      ;({ goOn } = dongle.standStill())
      agenda.after(10 ** (2 + 2.3 * random.next()), () => {
        goOn()
        agenda.after(10 ** (2.5 + 1.5 * random.next()), stall)
      })
    }
    if (random.chance(0.8)) stall()
    else world.hang()
    return () => {
      isOver = true
      goOn()
    }
  },
  // The supply fails for an instant, again and again: either the chip loses it, or its brownout detector resets it in time.
  'brown-outs': (world, random) => {
    const detected = [0, 0.3, 1][random.below(3)]
    let left = MAX_BROWN_OUTS
    const fail = (): void => {
      if (left-- <= 0) return
      const { dongle, agenda } = world
      dongle.powerOff()
      agenda.after(20 + 180 * random.next(), () =>
        random.chance(detected) ? world.crash('brownout') : dongle.powerOn(),
      )
      agenda.after(1000 + 4000 * random.next(), fail)
    }
    fail()
    return () => {
      left = 0
      world.dongle.powerOn()
    }
  },
} satisfies Record<string, Begin>

function restart(dongle: World['dongle']): void {
  dongle.powerOff()
  dongle.powerOn()
}
