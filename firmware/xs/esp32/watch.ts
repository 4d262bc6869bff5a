/** What is rare in the reports goes to UART 0, at 115200 baud, in release builds too (sdkconfig). */
import type { MonotonicMs } from '../../core/time'
import { monotonicMs } from './host'

/** `lines` says in words what is worth a line. While the cable is open, the lines are among what it carries. */
export function watcher<Report>(
  lines: { line(report: Report, now: MonotonicMs): string | undefined },
  cable: { readonly isOpen: boolean },
): (report: Report) => void {
  return (report) => {
    if (cable.isOpen) return
    const line = lines.line(report, monotonicMs())
    if (line !== undefined) trace(`${line}\n`)
  }
}
