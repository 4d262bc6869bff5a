/** What the page of the end-to-end test runs: it finds the dongle by Web Bluetooth, as a person's page does, and calls it. */
import type { MonotonicMs } from '../../firmware/core/time'
import { GATT_SERVICE } from '../../firmware/provisioning/gatt'
import { callByRadio, type RadioResult } from './channel'

/** The part of https://webbluetoothcg.github.io/web-bluetooth/ that is used here. */
interface Characteristic {
  writeValueWithResponse(value: Uint8Array): Promise<void>
  writeValueWithoutResponse(value: Uint8Array): Promise<void>
  readValue(): Promise<DataView>
}
interface Device {
  name: string
  gatt: {
    connected: boolean
    connect(): Promise<{
      getPrimaryService(uuid: string): Promise<{
        getCharacteristic(uuid: string): Promise<Characteristic>
      }>
    }>
    disconnect(): void
  }
}
interface Page {
  navigator: {
    bluetooth: { requestDevice(options: object): Promise<Device> }
  }
  crypto: { getRandomValues(bytes: Uint8Array): void }
  performance: { now(): number }
  setTimeout(callback: () => void, ms: number): void
  chooseDongle: typeof chooseDongle
  callDongle: typeof callDongle
}

const page = globalThis as unknown as Page
/** What the person has chosen, once. */
let device: Device | undefined

interface Asked {
  serial: string
  labelSecret: number[]
  calls: { method: string; params?: object }[]
  /** Whether requests are written with a response. */
  responses: boolean
}

async function chooseDongle(): Promise<string> {
  device = await page.navigator.bluetooth.requestDevice({
    filters: [{ services: [GATT_SERVICE.service] }],
  })
  return device.name
}

async function callDongle(asked: Asked): Promise<RadioResult[]> {
  if (!device) throw new Error('nothing was chosen')
  const { gatt } = device
  const service = await (await gatt.connect()).getPrimaryService(GATT_SERVICE.service)
  const requests = await service.getCharacteristic(GATT_SERVICE.requests)
  const answers = await service.getCharacteristic(GATT_SERVICE.answers)
  const label = { serial: asked.serial, labelSecret: Uint8Array.from(asked.labelSecret) }
  const results = await callByRadio(
    {
      link: {
        write: (bytes) =>
          asked.responses
            ? requests.writeValueWithResponse(bytes)
            : requests.writeValueWithoutResponse(bytes),
        async read() {
          const { buffer, byteOffset, byteLength } = await answers.readValue()
          return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
        },
      },
      label,
      entropy: { fill: (bytes) => page.crypto.getRandomValues(bytes) },
      now: () => page.performance.now() as MonotonicMs,
      sleep: (ms) => new Promise((resolve) => page.setTimeout(resolve, ms)),
    },
    asked.calls,
  )
  if (gatt.connected) gatt.disconnect()
  return results
}

page.chooseDongle = chooseDongle
page.callDongle = callDongle
