/** The half of the virtual dongle that runs on XS: the whole firmware on a board of questions to Node. */
import { boot, type Running } from '../../firmware/dongle/boot'
import { ask, CrossingBoard } from './board'
import { host, serve } from './host'
import { type Command, unpack } from './messages'

const NOTHING = new ArrayBuffer(0)

let board: CrossingBoard | undefined
let running: Running | undefined

function perform(command: Command, bytes?: Uint8Array): void {
  switch (command.kind) {
    case 'boot':
      board = new CrossingBoard(command)
      running = boot(board, (report) => void ask({ kind: 'report', report }))
      return
    case 'stop':
      board!.now = command.now
      return running?.stop()
    case 'check':
      board!.now = command.now
      ask({ kind: 'health', health: running?.health() })
      return host.gc()
    default:
      return board?.take(command, bytes)
  }
}

serve((packed) => {
  const { message, bytes } = unpack<Command>(new Uint8Array(packed))
  perform(message, bytes)
  return NOTHING
})
