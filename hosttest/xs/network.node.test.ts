/** Wi-Fi of the device, on a station that the test plays. */
import { beforeEach, expect, jest, test } from '@jest/globals'
import type { Network, NetworkEvents } from '../../firmware/ports/network'

/** ECMA-419 connection states. */
const DISCONNECTED = 200
const ASSOCIATED = 400
const ADDRESSED = 500

class Station {
  static last: Station
  connection = DISCONNECTED
  address: string | undefined
  readonly #onChanged: () => void

  constructor({ onChanged }: { onChanged: () => void }) {
    this.#onChanged = onChanged
    Station.last = this
  }

  connect(): void {}
  disconnect(): void {}
  close(): void {}

  /** As the SDK has it: it tells a change of `connection`, and that is ADDRESSED with both addresses only. */
  becomes(connection: number): void {
    this.connection = connection
    this.address = connection === ADDRESSED ? '192.168.1.7' : undefined
    this.#onChanged()
  }
}

const WIFI = { ssid: 'a', password: 'b' }

let log: string[]
let network: Network
let events: NetworkEvents
/** Of the timer that was set last. */
let waitMs: number | undefined
/** Those that repeat. */
let repeating: Set<() => void>

function pass(): void {
  for (const run of repeating) run()
}

beforeEach(() => {
  const mock = (name: string, value: unknown) =>
    jest.doMock(name, () => ({ __esModule: true, default: value }), { virtual: true })
  mock('embedded:network/interface/wifi', Station)
  mock('net', {})
  repeating = new Set()
  mock('timer', {
    set(run: () => void, ms?: number) {
      waitMs = ms
      run()
    },
    repeat(run: () => void) {
      repeating.add(run)
      return run
    },
    clear: (run: () => void) => repeating.delete(run),
  })
  const { DeviceNetwork } = jest.requireActual<{ DeviceNetwork: new () => Network }>(
    '../../firmware/xs/esp32/network',
  )
  log = []
  waitMs = undefined
  network = new DeviceNetwork()
  events = { onJoined: () => log.push('joined'), onLost: (why) => log.push(why) }
  network.join(WIFI, events)
})

test('only a join that follows another waits, until the end of that one has been reported', () => {
  expect(waitMs ?? 0).toBe(0)
  network.leave()
  network.join(WIFI, events)
  expect(waitMs).toBe(500)
})

// The SDK tells of an address once there is an IPv6 one as well, which took two seconds more.
test('an IPv4 address alone is a joined network, and the IPv6 address later changes nothing', () => {
  Station.last.becomes(ASSOCIATED)
  Station.last.address = 'fe80::1'
  pass()
  expect(log).toEqual([])
  Station.last.address = '192.168.1.7'
  pass()
  expect(log).toEqual(['joined'])
  expect(repeating.size).toBe(0)
  Station.last.becomes(ADDRESSED)
  expect(log).toEqual(['joined'])
})

test('nobody looks for an address once the network was left', () => {
  Station.last.becomes(ASSOCIATED)
  expect(repeating.size).toBe(1)
  network.leave()
  expect(repeating.size).toBe(0)
})

test('it is joined once there is an address, and lost with its access point', () => {
  for (const connection of [ASSOCIATED, ADDRESSED, ADDRESSED, DISCONNECTED])
    Station.last.becomes(connection)
  expect(log).toEqual([
    'joined',
    'no access point takes us: wrong name, wrong password or out of reach',
  ])
})

// Nothing was said until every connection had timed out, and nothing hurried when it was back.
test('an address that is lost while associated is a lost network, and its return a joined one', () => {
  for (const connection of [ASSOCIATED, ADDRESSED, ASSOCIATED, ASSOCIATED, ADDRESSED])
    Station.last.becomes(connection)
  expect(log).toEqual(['joined', 'the network took our address away', 'joined'])
})
