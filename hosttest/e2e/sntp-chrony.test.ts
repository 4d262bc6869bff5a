/** The real peer: chronyd on loopback, real datagrams, real time. */
import { randomFillSync } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { UtcClock } from '../../firmware/sntp/clock'
import { decodeReply, encodeRequest, isAnswer, PACKET_LENGTH } from '../../firmware/sntp/packet'
import { Chrony, exchange } from '../../tools/peers/chrony'
import { monotonicNow, UdpPump } from '../../tools/peers/udp'

const PORT = 20_000 + (process.pid % 20_000)
const entropy = { fill: (bytes: Uint8Array) => void randomFillSync(bytes) }
const floor = Date.UTC(2026, 0, 1) as UnixMs

function clockFor(...ports: number[]): UtcClock {
  const servers = ports.map((port) => ({ host: '127.0.0.1', port }))
  return new UtcClock({ servers, entropy, floor })
}

async function until(true_: () => boolean, deadlineMs: number): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!true_() && performance.now() < end) await sleep(5)
}

let chrony: Chrony

beforeAll(async () => {
  chrony = await Chrony.start(PORT, 'local stratum 3')
})

afterAll(() => chrony?.stop())

describe('chrony', () => {
  test("answers our request with the system's time", async () => {
    const request = new Uint8Array(PACKET_LENGTH)
    encodeRequest(request, entropy)
    const answer = (await exchange(PORT, request))!
    expect(isAnswer(answer, request)).toBe(true)
    const reply = decodeReply(answer)!
    expect(reply).toMatchObject({ leap: 0, stratum: 3 })
    expect(Math.abs(reply.transmittedAt! - Date.now())).toBeLessThan(100)
    expect(reply.transmittedAt!).toBeGreaterThanOrEqual(reply.receivedAt)
  })

  test('synchronises the clock within a second, to a few milliseconds', async () => {
    const clock = clockFor(PORT)
    const pump = new UdpPump(clock)
    pump.start()
    await until(() => clock.utc(monotonicNow()) !== undefined, 1000)
    const errorMs = clock.utc(monotonicNow())! - Date.now()
    pump.stop()
    expect(Math.abs(errorMs)).toBeLessThan(10)
    expect(pump.log.map((output) => output.kind)).toEqual([
      'resolve',
      'ask',
      'close socket',
      'synchronised',
    ])
    expect(clock.state(monotonicNow())).toMatchObject({ kind: 'holdover' })
  })

  test('is found among ports where nobody listens, which are named', async () => {
    const other = await Chrony.start(PORT + 3, 'local stratum 3')
    const clock = clockFor(PORT + 1, PORT, PORT + 3)
    const pump = new UdpPump(clock)
    pump.start()
    await until(() => clock.state(monotonicNow()).servers[0].trouble !== '', 3000)
    const state = clock.state(monotonicNow())
    pump.stop()
    await other.stop()
    expect(state.kind).toBe('synchronised')
    expect(state.servers[0].trouble).toBe('127.0.0.1 did not answer')
  })

  test('without a reference says that it does not know the time, and is not believed', async () => {
    const lost = await Chrony.start(PORT + 2)
    const clock = clockFor(PORT + 2)
    const pump = new UdpPump(clock)
    pump.start()
    await until(() => clock.state(monotonicNow()).trouble !== '', 3000)
    const state = clock.state(monotonicNow())
    pump.stop()
    await lost.stop()
    expect(state).toMatchObject({
      kind: 'never',
      trouble: '127.0.0.1 does not know the time itself',
    })
    expect(state.servers[0].counters.unsynchronised).toBe(1)
  })
})
