/** A schedule in the host's time: what puts the simulated line behind a real process. */
import type { Planned, Schedule } from '../agenda'

export const realTime: Schedule = {
  get now() {
    return performance.now()
  },
  at: (due, run) => later(due - performance.now(), run),
  after: later,
}

function later(ms: number, run: () => void): Planned {
  const event: Planned = { run }
  setTimeout(() => event.run?.(), ms)
  return event
}
