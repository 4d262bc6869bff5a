/** What `--trace` and `--messages` show: the board's ports, watched; or the board as it is. */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { UnixMs } from '../../firmware/core/time'
import type { Board } from '../../firmware/ports/board'
import type { Arguments } from './arguments'
import { Refusal } from './refusal'

export interface Tracing {
  watch(board: Board): Board
  /** Nothing is written after it. */
  close(): void
}

/** Throws a Refusal if the file of --trace cannot be written. `say` prints a line. */
export async function openTracing(
  { trace, messages }: Arguments,
  say: (line: string) => void,
): Promise<Tracing> {
  if (trace === undefined && !messages) return { watch: (board) => board, close() {} }
  const file = typeof trace === 'string' ? openFile(trace) : undefined
  const { tracedBoard } = await import('../trace/board')
  const { toJsonLine, traceLine } = await import('../trace/entry')
  const utc = () => Date.now() as UnixMs
  let open = true
  const write = (file: number, text: string): void => {
    try {
      writeSync(file, text)
    } catch (error) {
      // A full disk is no reason to stop streaming.
      open = false
      say(`the trace ends here: ${(error as Error).message}`)
    }
  }
  return {
    watch: (board) =>
      tracedBoard(board, {
        utc,
        onEntry(entry) {
          if (!open) return
          if (file !== undefined) write(file, toJsonLine(entry))
          else if (trace) say(traceLine(entry))
        },
        onMessage({ topic, payload, again }) {
          const time = new Date(utc()).toISOString().slice(11, 23)
          if (messages) say(`${time}  ${topic}${again ? '  (again)' : ''}  ${payload}`)
        },
      }),
    close() {
      open = false
      if (file !== undefined) closeSync(file)
    },
  }
}

/** A new one is readable by its owner alone: it holds the site's ids and its power. */
function openFile(path: string): number {
  try {
    return openSync(path, 'w', 0o600)
  } catch (error) {
    throw new Refusal(`--trace ${path}: ${(error as Error).message}`)
  }
}
