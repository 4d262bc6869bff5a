/**
 * The table of the supervisor's states against stories: each transition in it happens. That no other does, every test
 * of the whole firmware shows: it would be a restart by an error of our own, which the observer reports.
 */
import { expect, test } from '@jest/globals'
import { boot } from '../../firmware/dongle/boot'
import { leaveErrand } from '../../firmware/dongle/errand'
import type { Report } from '../../firmware/dongle/report'
import { TRANSITIONS } from '../../firmware/dongle/state'
import type { Board } from '../../firmware/ports/board'
import { saveSettings } from '../../firmware/settings/record'
import { Flash } from '../../tools/sim/flash'
import { SimulatedRadio } from '../../tools/sim/radio'
import { drawSite } from '../../tools/sim/site/drawn'
import type { World } from '../../tools/sim/world'
import { SECOND, story } from './site'

/** A hold-off of a minute, and a minute that the clock stands still. */
const AFTER_S = 90

class Recorder {
  readonly happened = new Set<string>()
  #last = 'boot'

  boots(): void {
    this.#last = 'boot'
  }

  readonly note = (report: Report): void => {
    if (report.kind !== 'state') return
    this.happened.add(`${this.#last} > ${report.state}`)
    this.#last = report.state
  }
}

/** Plays what happens at which second; false time servers are a violation, and no matter here. */
function play(recorder: Recorder, events: [second: number, happens: (world: World) => void][]) {
  const { world } = story({ onReport: recorder.note })
  const booted = world.observer.booted.bind(world.observer)
  world.observer.booted = () => {
    recorder.boots()
    booted()
  }
  let end = 0
  for (const [second, happens] of events) {
    world.agenda.at(second * SECOND, () => happens(world))
    end = Math.max(end, second + AFTER_S)
  }
  world.agenda.runUntil(end * SECOND, () => {})
}

const wifiLost = ({ dongle }: World) => dongle.network?.lose()
const wifiBack = ({ dongle }: World) => dongle.network?.rejoin()
const brokerLost = ({ broker, conditions }: World) => {
  conditions.broker.listening = 'refused'
  broker.stop({ keepSessions: true, politely: true })
}
const brokerBack = ({ conditions }: World) => {
  conditions.broker.listening = 'yes'
}
const timeServersSilent = ({ conditions }: World) => {
  for (const server of conditions.timeServers) server.kind = 'silent'
}
/** The clock stands still until that is the time again, and by more than 10 s it does not know it. */
const timeSetBack = ({ conditions }: World) => {
  for (const server of conditions.timeServers) server.offsetMs = -60 * SECOND
}
const powerCut = ({ dongle }: World) => {
  dongle.powerOff()
  dongle.powerOn()
}

test('each transition of the table happens, and no other', () => {
  const recorder = new Recorder()
  play(recorder, [
    [20, brokerLost],
    [25, brokerBack],
    [60, wifiLost],
    [61, wifiBack],
    [90, brokerLost],
    [100, wifiLost],
    [101, wifiBack],
  ])
  play(recorder, [
    [0, timeServersSilent],
    [10, wifiLost],
  ])
  play(recorder, [[60, timeSetBack]])
  play(recorder, [
    [60, timeSetBack],
    [70, brokerLost],
  ])
  play(
    recorder,
    [20, 40, 60, 80, 100].map((second) => [second, powerCut]),
  )
  recorder.boots()
  const clock = { now: () => 0 }
  boot({ store: new Flash(), system: {}, clock } as unknown as Board, recorder.note)
  recorder.boots()
  const store = new Flash()
  saveSettings(store, drawSite(1).settings)
  leaveErrand(store, { kind: 'provisioning' })
  const alarm = { set() {}, clear() {} }
  const radio = new SimulatedRadio()
  const system = { serial: 'WB1' }
  boot({ store, system, clock, alarm, radio } as unknown as Board, recorder.note)
  const table = Object.entries(TRANSITIONS).flatMap(([from, all]) =>
    all.map((to) => `${from} > ${to}`),
  )
  expect([...recorder.happened].sort()).toEqual(table.sort())
})
