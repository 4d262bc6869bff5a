import { expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import type { Report } from '../../firmware/dongle/report'
import { House } from '../../tools/sim/site/house'
import { SIMULATED_SITE } from '../../tools/sim/site/installation'
import { metersOf, streamsOf } from '../../tools/sim/site/site'
import { type CheckedMessage, SampleCheck } from '../../tools/simulator/sample-check'

const START_S = Date.UTC(2026, 5, 1, 10) / 1000
const TICKS = 4
const newHouse = () => new House({ seed: 1, startsAt: (START_S * 1000) as UnixMs })
const newStreams = () => streamsOf(SIMULATED_SITE, metersOf(SIMULATED_SITE.devices, newHouse))
const TOPICS = [...newStreams().keys()]

type Message = Omit<CheckedMessage, 'atMs'>
type Event = Report | Message

/** What a dongle that does everything right reports and sends. */
function truth(): Event[] {
  const house = newHouse()
  return Array.from({ length: TICKS }, (_, tick) => {
    const time = START_S + 4 * tick
    const { gridW, pvW, batteryA, batteryV, stateOfChargeWh } = house.at((time * 1000) as UnixMs)
    // What the BMS tells, in hundredths.
    const batteryW = (Math.round(batteryA * 100) / 100) * (Math.round(batteryV * 100) / 100)
    const values = [gridW, -pvW, batteryW].map(Math.round)
    const soc = [undefined, undefined, Math.round(stateOfChargeWh)]
    return [
      { kind: 'due', tick, at: (time * 1000) as UnixMs } as const,
      ...TOPICS.map((topic, i) => ({
        topic,
        payload: JSON.stringify({ value: values[i], soc: soc[i], time }),
        ...{ qos: 1, retain: false },
      })),
      ...TOPICS.map(
        (_, stream) => ({ kind: 'acknowledged', tick, stream, samples: 1, lateMs: 9 }) as const,
      ),
    ]
  }).flat()
}

function wrong(events: Event[]): string[] {
  let atMs = START_S * 1000
  const check = new SampleCheck(newStreams())
  for (const event of events) {
    if ('kind' in event) check.report(event)
    else check.message({ ...event, atMs })
    if ('kind' in event && event.kind === 'due') atMs = event.at
  }
  return check.wrong(TICKS)
}

/** A tick's reports and messages: due, three messages, three acknowledgements. */
const EACH = 7
/** The truth, but for the one event that `change` makes another, or leaves away. */
function but(at: number, change: (event: never) => Event | undefined): Event[] {
  return truth().flatMap((event, i) => (i === at ? (change(event as never) ?? []) : event))
}
const message = (change: (message: Message) => Partial<Message>) =>
  but(EACH + 1, (event: Message) => ({ ...event, ...change(event) }))
const sample = (change: (sample: { value: number; soc?: number; time: number }) => object) =>
  message(({ payload }) => ({ payload: JSON.stringify(change(JSON.parse(payload))) }))

test('the truth is found true', () => {
  expect(wrong(truth())).toEqual([])
  expect((truth()[EACH + 3] as Message).payload).toContain('"soc"')
})

test.each<[string, Event[], RegExp]>([
  ['another power', sample((s) => ({ ...s, value: s.value + 300 })), /the meters showed/],
  ['a power of 0', sample((s) => ({ ...s, value: 0 })), /the meters showed/],
  ['another sign', sample((s) => ({ ...s, value: -s.value })), /the meters showed/],
  ['another time', sample((s) => ({ ...s, time: s.time + 3 })), /the meters showed|follows/],
  ['an old time', sample((s) => ({ ...s, time: s.time - 60 })), /not of now/],
  ['a fraction', sample((s) => ({ ...s, value: s.value + 0.5 })), /integers/],
  ['a field more', sample((s) => ({ ...s, unit: 'W' })), /expected the fields value,time/],
  ['no time', sample(({ value }) => ({ value })), /expected the fields value,time/],
  ['spaces', message(({ payload }) => ({ payload: payload.replace(':', ': ') })), /not compact/],
  ['no JSON', message(() => ({ payload: '{' })), /not compact/],
  ['null', message(() => ({ payload: 'null' })), /expected the fields/],
  ['QoS 0', message(() => ({ qos: 0 })), /QoS 0/],
  ['a retained message', message(() => ({ retain: true })), /retain true/],
  ['a strange topic', message(() => ({ topic: 'site/other/data' })), /no such topic/],
  ['a message that is missing', but(EACH + 1, () => undefined), /follows/],
  ['a message that came twice', [...truth(), truth().at(-4)!], /follows/],
  ['an acknowledgement that is missing', but(EACH + 5, () => undefined), /1 of 4 ticks were whole/],
  ['a tick that was left out', but(EACH, () => undefined), /tick 2 follows 0/],
  [
    'a miss that was told',
    [...truth(), { kind: 'missed', tick: 9, stream: 0, by: 'meter', why: 'no answer' }],
    /tick 9: missed by meter: no answer/,
  ],
])('%s is not', (_, events, why) => {
  expect(wrong(events).join('\n')).toMatch(why)
})

test('a state of charge of another battery is not', () => {
  const events = but(EACH + 3, (event: Message) => {
    const { soc, ...rest } = JSON.parse(event.payload)
    const payload = JSON.stringify({ value: rest.value, soc: soc + 200, time: rest.time })
    return { ...event, payload }
  })
  expect(wrong(events).join('\n')).toMatch(/the battery held [\d.]+ Wh/)
})
