/** What runs the firmware on a board and says what it does: the XS engine, as on the device, or Node as it is. */
import type { Running } from '../../firmware/dongle/boot'
import type { Report } from '../../firmware/dongle/report'
import type { Board } from '../../firmware/ports/board'
import type { EngineName } from './arguments'
import { Refusal } from './refusal'

export interface OnEngine extends Running {
  /** Every port is closed at once, or when it resolves. */
  stop(): void | Promise<void>
  /** What the run cost the engine, as lines for the summary. */
  readonly cost?: readonly string[]
}

export type Engine = (board: Board, watch: (report: Report) => void) => OnEngine

/** `name` undefined: XS if it could be built, else Node. `say` hears which it is, and what it writes. */
export async function engineNamed(
  name: EngineName | undefined,
  say: (line: string) => void,
): Promise<Engine> {
  const missing = name === 'node' ? undefined : await whyNoXs()
  if (name === 'xs' && missing !== undefined) throw new Refusal(`--engine xs: ${missing}`)
  if (name !== 'node' && missing === undefined) {
    say('engine  XS, as on the device')
    say('writes  build/xs/dongle: the firmware as one script, for XS')
    return (await import('../xs/engine')).engineOnXs()
  }
  say(
    name === 'node'
      ? 'engine  Node'
      : 'engine  Node, since XS could not be built here (it needs a C compiler; then: npm rebuild @agoric/xsnap)',
  )
  return (await import('../../firmware/dongle/boot')).boot
}

async function whyNoXs(): Promise<string | undefined> {
  const { enginePath } = await import('../xs/worker')
  try {
    enginePath()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
