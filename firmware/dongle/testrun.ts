/** A run of the site for a test that a phone asked for: what it finds is left for the phone, by a restart into its mode. */
import { FOREVER, later, type MonotonicMs } from '../core/time'
import type { TestedSite } from './errand'
import type { Health } from './health'
import type { Report } from './report'
import { LOOK_MS, SiteTest, type TestedStep } from './sitetest'

interface TestRunOptions {
  devices: number
  health(): Health | undefined
  /** Ends the run. */
  done(tested: TestedSite): void
}

export class TestRun {
  readonly #options: TestRunOptions
  readonly #test: SiteTest
  readonly #steps: TestedStep[] = []
  until: MonotonicMs

  constructor(options: TestRunOptions, now: MonotonicMs) {
    this.#options = options
    this.#test = new SiteTest(options.devices, now, (step) => this.#steps.push(step))
    this.until = now
  }

  read(report: Report & { kind: 'read' }): void {
    this.#test.read(report)
  }

  run(now: MonotonicMs): void {
    const { health, done } = this.#options
    const is = health()
    const ok = is && this.#test.look(is, now)
    this.until = ok === undefined ? later(now, LOOK_MS) : FOREVER
    // If flash does not take it the run goes on.
    if (ok !== undefined) done({ ok, steps: this.#steps })
  }
}
