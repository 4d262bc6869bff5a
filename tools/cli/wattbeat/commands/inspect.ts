/** `wattbeat ports, info, status, watch, log`: what only looks. */
import type { MethodName } from '../../../../firmware/provisioning/methods'
import { asObject } from '../dongle'
import { Failure } from '../failure'
import type { Session } from '../session'
import { describe, inShort, tableOf } from '../table'
import type { Outcome } from './outcome'

export async function ports({ surroundings }: Session): Promise<Outcome | Failure> {
  const found = await surroundings.listPorts()
  if (found instanceof Failure) return found
  const list = found.map(({ path, about, isLikely }) => ({ path, about, likely: isLikely }))
  return {
    json: { ports: list },
    lines: found.length > 0 ? tableOf(list) : ['no serial port: connect the dongle by USB'],
  }
}

export async function info(session: Session): Promise<Outcome | Failure> {
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  return { json: { info: connected.info }, lines: describe(connected.info) }
}

export async function status(session: Session): Promise<Outcome | Failure> {
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  const health = await connected.dongle.call('status')
  if (health instanceof Failure) return health
  return { json: { status: health }, lines: describe(health) }
}

/** Without a terminal, or with --json, a line each time. */
export async function watch(session: Session, everyS: number): Promise<Outcome | Failure> {
  const { output } = session
  return follow(session, 'status', { everyS }, (health) => {
    if (output.canRedraw) output.redraw([...describe(health), '', 'Ctrl-C ends'])
    else output.event(health, [inShort(health)])
  })
}

/** What is followed begins with the newest lines that there are. */
export async function log(session: Session, follows: boolean): Promise<Outcome | Failure> {
  if (follows)
    return follow(session, 'log', { follow: true }, (value) => {
      for (const text of linesOf(value)) session.output.event(text, [text])
    })
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  const lines = await connected.dongle.call('log')
  if (lines instanceof Failure) return lines
  const texts = linesOf(lines)
  return { json: { log: texts }, lines: texts }
}

/** What a call says again and again, until Ctrl-C, over the time after which the dongle ends it. */
async function follow(
  session: Session,
  method: MethodName,
  params: object,
  show: (value: unknown) => void,
): Promise<Outcome | Failure> {
  const { signal } = session.surroundings
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  for (;;) {
    const ended = await connected.dongle.call(method, params, { onProgress: show, signal })
    if (!(ended instanceof Failure)) return { json: {}, lines: [] }
    if (ended.kind === 'interrupted') return { json: {}, lines: [] }
    if (ended.kind !== 'late') return ended
  }
}

/** A list of lines, one line, or an object that has either. */
function linesOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(linesOf)
  const { lines, line } = asObject(value) ?? {}
  if (lines !== undefined || line !== undefined) return linesOf(lines ?? line)
  return value === null || value === undefined ? [] : describe(value)
}
