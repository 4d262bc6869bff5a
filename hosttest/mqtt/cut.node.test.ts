import { test } from '@jest/globals'
import { PersistentMqttClient } from '../../firmware/mqtt/persistence/client'
import { Flash } from '../../tools/sim/flash'
import { cutAtRandom, type Restarts } from './cut'

const first = Number(process.env.SEED ?? Date.now() % 1_000_000)

function restarts(): Restarts {
  const flash = new Flash()
  return { make: (options) => new PersistentMqttClient(options, flash) }
}

test.each([
  ['cut again and again', undefined],
  ['restarted again and again', restarts],
])(
  '%s: 3000 seeds, each time others',
  (_, each) => {
    console.log(`SEED=${first}`)
    cutAtRandom(first, 3000, each)
  },
  120_000,
)
