/** In the simulator every report is one line, which the test reads. */
export function watch(report: object): void {
  trace(`report: ${JSON.stringify(report)}\n`)
}
