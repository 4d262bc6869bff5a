/** The table of the client's states: each of its changes happens, and no other ever does. */
import { describe, expect, test } from '@jest/globals'
import { assertTransition, type ClientState, MQTT_TRANSITIONS } from '../../firmware/mqtt/states'
import { type Random, random } from '../../tools/sim/random'
import { Bench } from './bench'
import { connack, disconnect, packet, publish } from './wire'

type Name = ClientState['kind']

const names = Object.keys(MQTT_TRANSITIONS) as Name[]
const pairs = names.flatMap((from) => names.map((to) => [from, to] as const))
const isInTable = ([from, to]: readonly [Name, Name]): boolean =>
  MQTT_TRANSITIONS[from].includes(to)
const inWords = ([from, to]: readonly [Name, Name]): string => `${from} -> ${to}`

/** What the caller, the transport and the server can do. */
const ACTIONS: { readonly [name: string]: (bench: Bench) => void } = {
  start: ({ client, now }) => client.start(now),
  stop: ({ client, now }) => client.stop(now),
  poll: (bench) => bench.settle(),
  'network back': ({ client, now }) => client.hurry(now),
  opened: ({ client, now }) => client.opened(now),
  closed: ({ client, now }) => client.closed('cut', now),
  'a long time': (bench) => bench.pass(200_000),
  'CONNACK accepts': ({ client, now }) => client.receive(connack(), now),
  'CONNACK refuses': ({ client, now }) => client.receive(connack(0, 0x87), now),
  'an unknown session': ({ client, now }) => client.receive(connack(1), now),
  DISCONNECT: ({ client, now }) => client.receive(disconnect(0x8b), now),
  'an illegal packet': ({ client, now }) => client.receive(packet(0x00), now),
  'a message': ({ client, now }) => client.receive(publish({ topic: 'a', qos: 1, id: 1 }), now),
  'a publish': ({ client, now }) =>
    void client.publish({ topic: 'a', payload: '', qos: 1, tag: 1 }, now),
}

/** A client whose transport opens only when told so. */
function played(...actions: string[]): Bench {
  const bench = new Bench({ connackMs: 5000, openMs: 3000 })
  bench.onOpen = () => {}
  for (const action of actions) ACTIONS[action](bench)
  return bench
}

const OPENING = ['start', 'poll']
const CONNECTING = [...OPENING, 'opened']
const CONNECTED = [...CONNECTING, 'poll', 'CONNACK accepts']

describe('each change of the table has its cause', () => {
  const causes: [change: string, actions: string[]][] = [
    ['stopped -> backoff', ['start']],
    ['backoff -> backoff', ['start', 'network back']],
    ['backoff -> opening', OPENING],
    ['backoff -> stopped', ['start', 'stop']],
    ['opening -> connecting', CONNECTING],
    ['opening -> backoff', [...OPENING, 'closed']],
    ['opening -> closing', [...OPENING, 'stop']],
    ['connecting -> connected', CONNECTED],
    ['connecting -> backoff', [...CONNECTING, 'closed']],
    ['connecting -> closing', [...CONNECTING, 'CONNACK refuses']],
    ['connected -> backoff', [...CONNECTED, 'closed']],
    ['connected -> closing', [...CONNECTED, 'DISCONNECT']],
    ['closing -> closing', [...CONNECTED, 'stop', 'start']],
    ['closing -> backoff', [...CONNECTED, 'an illegal packet', 'poll']],
    ['closing -> stopped', [...CONNECTED, 'stop', 'poll']],
  ]

  test.each(causes)('%s', (change, actions) => {
    expect(played(...actions).client.changes).toContain(change)
    // Its last action is what causes it.
    expect(played(...actions.slice(0, -1)).client.changes).not.toContain(change)
  })

  test('and none is left out', () => {
    expect(causes.map(([change]) => change).sort()).toEqual(
      pairs.filter(isInTable).map(inWords).sort(),
    )
  })
})

describe('no other change happens', () => {
  test('it throws, and the state stays', () => {
    for (const [from, to] of pairs.filter((pair) => !isInTable(pair)))
      expect(() => assertTransition(from, to)).toThrow(`from '${from}' to '${to}'`)
    const { client } = played('start')
    expect(() => client.become({ kind: 'stopped', until: 0 as never })).not.toThrow()
    expect(() => client.become({ kind: 'opening', until: 0 as never })).toThrow(
      "MQTT client: it cannot go from 'stopped' to 'opening'",
    )
    expect(client.changes).toEqual(['stopped -> backoff', 'backoff -> stopped'])
  })

  test('whatever comes in whatever order: seeds 1 to 300', () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 300; seed++) {
      for (const change of anyOrder(seed, random(seed))) seen.add(change)
    }
    expect(Array.from(seen).sort()).toEqual(pairs.filter(isInTable).map(inWords).sort())
  })
})

/** Eighty actions at random; answers the changes that they caused. */
function anyOrder(seed: number, dice: Random): string[] {
  const bench = played()
  const actions = Object.keys(ACTIONS)
  const done: string[] = []
  try {
    for (let i = 0; i < 80; i++) {
      // What leads to a connection comes more often, or hardly any would be reached.
      const next = dice.chance(0.4) ? ['start', 'poll', 'opened', 'CONNACK accepts'] : actions
      done.push(next[dice.below(next.length)])
      ACTIONS[done[i]](bench)
    }
  } catch (error) {
    throw new Error(`seed ${seed}, after ${done.join(', ')}: ${error}`)
  }
  return bench.client.changes
}
