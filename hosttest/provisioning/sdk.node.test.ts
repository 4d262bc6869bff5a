/**
 * npm improv-wifi-serial-sdk, which ESP Web Tools is made of, over a fake of Web Serial's port: what a browser sends goes
 * into the dongle's reader and session, with lines of the log between what these answer.
 */
import { afterEach, describe, expect, test } from '@jest/globals'
import { utf8 } from '../../firmware/core/bytes'
import type { WifiSettings } from '../../firmware/ports/network'
import { type ImprovDevice, ImprovSession } from '../../firmware/provisioning/improvsession'
import { LineReader } from '../../firmware/provisioning/line'
import { type ImprovClient, improvClient } from '../support/improv-sdk'
import { at } from './traffic'

const RIGHT = 'right-password'

class FakeDongle {
  isProvisioned = false
  isOnline = false
  readonly tried: WifiSettings[] = []
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  readonly session: ImprovSession
  readonly #reader = new LineReader(false)
  #out!: ReadableStreamDefaultController<Uint8Array>

  constructor() {
    const fixed = { firmware: 'wattbeat', version: '0.1.0', chip: 'ESP32-C3' }
    const names = { name: 'wattbeat A1B2', hostname: 'wattbeat-A1B2', url: 'https://wattbeat/p' }
    const device: ImprovDevice = Object.defineProperties(
      { ...fixed, ...names, isProvisioned: false, isOnline: false },
      {
        isProvisioned: { get: () => this.isProvisioned },
        isOnline: { get: () => this.isOnline },
      },
    )
    this.session = new ImprovSession(device)
    this.readable = new ReadableStream({ start: (controller) => void (this.#out = controller) })
    this.writable = new WritableStream({ write: (bytes) => this.#take(bytes) })
  }

  /** In pieces, as a UART gives them. */
  #take(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += 5)
      for (const item of this.#reader.take(bytes.subarray(from, from + 5), at(0)))
        if (item.kind === 'improv') this.session.receive(item.packet, at(0))
    this.run()
  }

  run(): void {
    for (;;) {
      const output = this.session.poll(at(0))
      if (output.kind === 'wait') return
      if (output.kind === 'send') {
        // A line of the log that is not over yet.
        this.#out.enqueue(utf8('12.345 W IMPROV: half a li'))
        this.#out.enqueue(output.bytes)
      } else if (output.kind === 'join') this.#join(output.wifi)
      else
        this.session.scanned([
          { ssid: 'house', signalDbm: -60, isOpen: false },
          { ssid: 'guests', signalDbm: -70, isOpen: true },
        ])
    }
  }

  #join(wifi: WifiSettings): void {
    this.tried.push(wifi)
    if (wifi.password !== RIGHT) return this.session.notJoined(at(0))
    this.isOnline = true
    this.session.joined()
  }
}

const open: ImprovClient[] = []

async function connect(dongle: FakeDongle): Promise<ImprovClient> {
  const client = improvClient(dongle)
  open.push(client)
  expect(await client.initialize(30_000)).toEqual({
    ...{ firmware: 'wattbeat', version: '0.1.0', chipFamily: 'ESP32-C3', name: 'wattbeat A1B2' },
    ...{ osName: null, osVersion: null },
  })
  return client
}

afterEach(async () => {
  for (const client of open.splice(0)) await client.close()
})

describe('npm improv-wifi-serial-sdk', () => {
  test('finds the dongle, scans, and sets its Wi-Fi', async () => {
    const dongle = new FakeDongle()
    const client = await connect(dongle)
    expect(client.state).toBe(2)
    expect(await client.scan()).toEqual([
      { name: 'guests', rssi: -70, secured: false },
      { name: 'house', rssi: -60, secured: true },
    ])
    await client.provision('house', RIGHT)
    expect([client.state, client.error, client.nextUrl]).toEqual([4, 0, 'https://wattbeat/p'])
    expect(dongle.tried).toEqual([{ ssid: 'house', password: RIGHT }])
    await client.requestCurrentState()
    expect([client.state, client.nextUrl]).toEqual([4, 'https://wattbeat/p'])
  })

  test('hears that Wi-Fi did not work, and may try again', async () => {
    const client = await connect(new FakeDongle())
    await expect(client.provision('house', 'wrong-password')).rejects.toBe('UNABLE_TO_CONNECT')
    expect(client.state).toBe(2)
    await client.provision('house', RIGHT)
    expect(client.state).toBe(4)
  })

  test('reads the names and the network, and is refused another name', async () => {
    const client = await connect(new FakeDongle())
    expect(await client.getHostname()).toBe('wattbeat-A1B2')
    expect(await client.getDeviceName()).toBe('wattbeat A1B2')
    await expect(client.setHostname('other')).rejects.toBe('BAD_HOSTNAME')
    expect(await client.requestNetworkState()).toMatchObject({ online: false, supportsWifi: true })
  })

  test('changes nothing of a provisioned dongle before its button was pressed', async () => {
    const dongle = new FakeDongle()
    dongle.isProvisioned = dongle.isOnline = true
    const client = await connect(dongle)
    expect(client.state).toBe(4)
    await expect(client.provision('mine', RIGHT)).rejects.toBe('UNKNOWN_ERROR (4)')
    await expect(client.scan()).rejects.toBe('UNKNOWN_ERROR (4)')
    expect(dongle.tried).toEqual([])
    dongle.session.pressed(at(0))
    dongle.run()
    await client.provision('mine', RIGHT)
    expect(dongle.tried).toEqual([{ ssid: 'mine', password: RIGHT }])
  })
})
