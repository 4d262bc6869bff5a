/** In place of the firmware on XS: opens what a board has, and dies at its first alarm as the board's serial says. */
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { ask, CrossingBoard } from '../../tools/xs/board'
import { serve } from '../../tools/xs/host'
import { type Command, unpack } from '../../tools/xs/messages'

const NOTHING = new ArrayBuffer(0)
const TICK = 7
const MAX_ARRAY_BYTES = 2 ** 31 - 1

const DEATHS: Record<string, () => void> = {
  'stack overflow': function deeper() {
    deeper()
    deeper()
  },
  'too much computation': () => {
    for (;;);
  },
  // At once above the engine's limit of 2 GB: to fill that piece by piece takes seconds.
  'memory full': () => void new ArrayBuffer(MAX_ARRAY_BYTES),
}

let die = (): void => {}

function boot(command: Command & { kind: 'boot' }): void {
  die = DEATHS[command.serial]
  const board = new CrossingBoard(command)
  board.serialLine.open(
    { baud: 9600, parity: 'none', stopBits: 1 },
    { onBytes() {}, onClosed() {} },
  )
  board.datagrams({ onDatagram() {} }).ask(3, 0, '127.0.0.1', 123, new Uint8Array(48))
  ask({ kind: 'report', report: { kind: 'due', tick: TICK, at: 0 as UnixMs } })
  board.alarm.set(1 as MonotonicMs, () => {})
}

serve((packed) => {
  const { message } = unpack<Command>(new Uint8Array(packed))
  if (message.kind === 'boot') boot(message)
  if (message.kind === 'alarm') die()
  return NOTHING
})
