/** The whole firmware on this computer, with its reports noted: what the end-to-end tests put between real peers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { boot, type Running } from '../../firmware/dongle/boot'
import type { Report } from '../../firmware/dongle/report'
import type { SerialLine } from '../../firmware/ports/bytestream'
import { explain, parseSettings } from '../../firmware/settings/parse'
import { saveSettings } from '../../firmware/settings/record'
import { type NodeBoard, nodeBoard } from '../../tools/node/board'
import { Flash } from '../../tools/sim/flash'

export class VirtualDongle {
  readonly reports: Report[] = []
  readonly board: NodeBoard
  readonly #running: Running

  /** `settings`: as JSON. */
  constructor(options: { settings: unknown; serialLine: SerialLine; serial?: string }) {
    const parsed = parseSettings(options.settings)
    if ('wrong' in parsed) throw new Error(parsed.wrong.map(explain).join('\n'))
    const store = new Flash()
    saveSettings(store, parsed.settings)
    this.board = nodeBoard({
      serial: options.serial ?? 'e2e0001',
      serialLine: options.serialLine,
      store,
      onRestart: (why) => this.reports.push({ kind: 'log', text: `restart: ${why}` }),
    })
    this.#running = boot(this.board, (report) => this.reports.push(report))
  }

  /** All the words that it gave for what went wrong. */
  get words(): string {
    return this.reports
      .flatMap((report) => [
        'why' in report ? (report.why ?? '') : '',
        report.kind === 'log' ? report.text : '',
      ])
      .join('\n')
  }

  of<K extends Report['kind']>(kind: K): (Report & { kind: K })[] {
    return this.reports.filter((report): report is Report & { kind: K } => report.kind === kind)
  }

  stop(): void {
    this.#running.stop()
  }
}

/** A machine that is busy with other things needs so long for what takes a second or two. */
const PATIENCE_MS = 60_000

/** Waits for something that happens in real time; throws with `what` if it does not. */
export async function until(
  what: string,
  happened: () => boolean,
  { withinMs = PATIENCE_MS, said = () => '' }: { withinMs?: number; said?: () => string } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!happened()) {
    if (performance.now() > deadline)
      throw new Error(`not within ${withinMs} ms: ${what}\n${said()}`)
    await sleep(20)
  }
}
