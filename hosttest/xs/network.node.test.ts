/** Wi-Fi of the device, on a station that the test plays. */
import { beforeEach, expect, jest, test } from '@jest/globals'
import type { Network } from '../../firmware/ports/network'

/** ECMA-419 connection states. */
const DISCONNECTED = 200
const ASSOCIATED = 400
const ADDRESSED = 500

class Station {
  static last: Station
  connection = DISCONNECTED
  readonly #onChanged: () => void

  constructor({ onChanged }: { onChanged: () => void }) {
    this.#onChanged = onChanged
    Station.last = this
  }

  connect(): void {}
  disconnect(): void {}
  close(): void {}

  becomes(connection: number): void {
    this.connection = connection
    this.#onChanged()
  }
}

let log: string[]

beforeEach(() => {
  const mock = (name: string, value: unknown) =>
    jest.doMock(name, () => ({ __esModule: true, default: value }), { virtual: true })
  mock('embedded:network/interface/wifi', Station)
  mock('net', {})
  mock('timer', { set: (run: () => void) => run(), clear() {} })
  const { DeviceNetwork } = jest.requireActual<{ DeviceNetwork: new () => Network }>(
    '../../firmware/xs/esp32/network',
  )
  log = []
  new DeviceNetwork().join(
    { ssid: 'a', password: 'b' },
    { onJoined: () => log.push('joined'), onLost: (why) => log.push(why) },
  )
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
