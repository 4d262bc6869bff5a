/** In the simulator every report is one line, which the test reads. */
export function watcher<Report>(_lines: unknown, _cable: unknown): (report: Report) => void {
  return (report) => trace(`report: ${JSON.stringify(report)}\n`)
}
