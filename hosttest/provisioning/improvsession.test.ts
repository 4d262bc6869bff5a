import { describe, expect, test } from '@jest/globals'
import { readUtf8 } from '../../firmware/core/bytes'
import { type ImprovPacket, readPacket } from '../../firmware/provisioning/improv'
import {
  AUTHORISED_MS,
  type ImprovDevice,
  ImprovSession,
  JOIN_MS,
  MAX_NETWORKS,
  SCAN_MS,
} from '../../firmware/provisioning/improvsession'
import { at } from './traffic'

const FRESH = {
  firmware: 'wattbeat',
  version: '0.1.0',
  chip: 'esp32c3',
  name: 'wattbeat A1B2',
  hostname: 'wattbeat-A1B2',
  isProvisioned: false,
  isOnline: false,
  url: '',
}
type Device = { -readonly [K in keyof ImprovDevice]: ImprovDevice[K] }

const STATE = [2]
const INFO = [3]
const SCANNING = [4]
const WIFI = [1, 1, 0x61, 8, ...Array(8).fill(0x70)]

const command = ([first, ...data]: readonly number[]): ImprovPacket => ({
  type: 3,
  data: Uint8Array.of(first, data.length, ...data),
})

/** A packet in words. */
function said(bytes: Uint8Array): string {
  const { type, data } = readPacket(bytes.subarray(1), bytes.length - 2)!
  if (type === 1) return `state ${data[0]}`
  if (type === 2) return `error ${data[0]}`
  const texts: string[] = []
  for (let i = 2; i < data.length; i += 1 + data[i])
    texts.push(readUtf8(data, i + 1, i + 1 + data[i])!)
  return `result ${data[0]} [${texts.join('|')}]`
}

class Talk {
  readonly device: Device
  readonly session: ImprovSession
  constructor(facts: Partial<ImprovDevice> = {}) {
    this.device = { ...FRESH, ...facts }
    this.session = new ImprovSession(this.device)
  }

  send(data: readonly number[], ms = 0): string[] {
    this.session.receive(command(data), at(ms))
    return this.heard(ms)
  }

  heard(ms: number): string[] {
    const all: string[] = []
    for (;;) {
      const output = this.session.poll(at(ms))
      if (output.kind === 'wait') return all
      if (output.kind === 'send') all.push(said(output.bytes))
      else if (output.kind === 'join') all.push(`join ${output.wifi.ssid} ${output.wifi.password}`)
      else all.push(output.kind)
    }
  }
}

describe('anybody', () => {
  test('learns the state, who the dongle is, its names and its network', () => {
    const talk = new Talk()
    expect(talk.send(STATE)).toEqual(['error 0', 'state 2'])
    expect(talk.send(INFO)).toEqual(['error 0', 'result 3 [wattbeat|0.1.0|esp32c3|wattbeat A1B2]'])
    expect(talk.send([5])).toEqual(['error 0', 'result 5 [wattbeat-A1B2]'])
    expect(talk.send([6])).toEqual(['error 0', 'result 6 [wattbeat A1B2]'])
    expect(talk.send([7])).toEqual(['error 0', 'result 7 [2]'])
  })

  test('is told of a provisioned dongle and of its page', () => {
    const talk = new Talk({ isProvisioned: true, isOnline: true, url: 'https://wattbeat/p' })
    expect(talk.send(STATE)).toEqual(['error 0', 'state 4', 'result 2 [https://wattbeat/p]'])
    expect(talk.send([7])).toEqual(['error 0', 'result 7 [3|https://wattbeat/p]'])
    talk.device.url = ''
    expect(talk.send(STATE)).toEqual(['error 0', 'state 4', 'result 2 []'])
    expect(talk.send([7])).toEqual(['error 0', 'result 7 [3]'])
  })

  test('cannot change the names, which follow from the serial number', () => {
    const talk = new Talk()
    expect(talk.send([5, 0x61])).toEqual(['error 5'])
    expect(talk.send([6, 0x61])).toEqual(['error 2'])
  })

  test('is told of what is no command', () => {
    const talk = new Talk()
    expect(talk.send([9])).toEqual(['error 2'])
    expect(talk.send([1, 5])).toEqual(['error 1'])
    talk.session.receive(undefined, at(0))
    expect(talk.heard(0)).toEqual(['error 1'])
  })

  test('hears nothing before he asked, nor an answer to what only a device sends', () => {
    const talk = new Talk()
    talk.session.pressed(at(0))
    for (const type of [0, 1, 2, 4, 5])
      talk.session.receive({ type, data: Uint8Array.of(2, 0) }, at(0))
    expect(talk.heard(0)).toEqual([])
    expect(talk.heard(AUTHORISED_MS)).toEqual([])
  })
})

describe('Wi-Fi', () => {
  test('is taken by a dongle without a site, tried, and then said to work', () => {
    const talk = new Talk({ url: 'https://wattbeat/p' })
    expect(talk.send(WIFI)).toEqual(['error 0', 'state 3', 'join a pppppppp'])
    expect(talk.send(STATE, 1000)).toEqual(['error 0', 'state 3'])
    talk.session.joined()
    expect(talk.heard(2000)).toEqual(['state 4', 'result 1 [https://wattbeat/p]'])
  })

  test('that does not work is said so, and the next is tried', () => {
    const talk = new Talk()
    talk.send(WIFI)
    talk.session.notJoined(at(2000))
    expect(talk.heard(2000)).toEqual(['error 3', 'state 2'])
    expect(talk.send(WIFI, 3000)).toEqual(['error 0', 'state 3', 'join a pppppppp'])
  })

  test('that takes too long is given up, and what comes later changes nothing', () => {
    const talk = new Talk()
    talk.send(WIFI)
    expect(talk.session.poll(at(1))).toEqual({ kind: 'wait', until: JOIN_MS })
    expect(talk.heard(JOIN_MS)).toEqual(['give up', 'error 3', 'state 2'])
    talk.session.joined()
    talk.session.notJoined(at(JOIN_MS))
    expect(talk.heard(JOIN_MS)).toEqual([])
  })

  test.each([
    ['without a name', [1, 0, 0]],
    ['with a name of 33 bytes', [1, 33, ...Array(33).fill(0x61), 0]],
    ['with a password of 7 characters', [1, 1, 0x61, 7, ...Array(7).fill(0x70)]],
  ])('%s cannot work and is not tried', (_, data) => {
    expect(new Talk().send(data)).toEqual(['error 3'])
  })

  test('of an open network has no password', () => {
    expect(new Talk().send([1, 1, 0x61, 0])).toEqual(['error 0', 'state 3', 'join a '])
  })

  test('is not taken while other is tried, nor is there a scan', () => {
    const talk = new Talk()
    talk.send(WIFI)
    expect(talk.send(WIFI)).toEqual(['error 255'])
    expect(talk.send(SCANNING)).toEqual(['error 255'])
  })
})

describe('a scan', () => {
  test('is answered by each name once, the strongest first, and an end', () => {
    const talk = new Talk()
    expect(talk.send(SCANNING)).toEqual(['error 0', 'scan'])
    talk.session.scanned([
      { ssid: 'far', signalDbm: -80, isOpen: false },
      { ssid: 'house', signalDbm: -71, isOpen: false },
      { ssid: 'café', signalDbm: -60, isOpen: true },
      { ssid: 'house', signalDbm: -50.4, isOpen: false },
      { ssid: '', signalDbm: -20, isOpen: false },
    ])
    expect(talk.heard(100)).toEqual([
      'result 4 [house|-50|YES]',
      'result 4 [café|-60|NO]',
      'result 4 [far|-80|YES]',
      'result 4 []',
    ])
  })

  test('ends without networks if it takes too long', () => {
    const talk = new Talk()
    talk.send(SCANNING)
    expect(talk.heard(SCAN_MS)).toEqual(['give up', 'result 4 []'])
    talk.session.scanned([{ ssid: 'late', signalDbm: -1, isOpen: true }])
    expect(talk.heard(SCAN_MS)).toEqual([])
  })

  test('of a crowded place tells the strongest', () => {
    const talk = new Talk()
    talk.send(SCANNING)
    talk.session.scanned(
      Array.from({ length: 100 }, (_, i) => ({ ssid: `n${i}`, signalDbm: i - 100, isOpen: true })),
    )
    const heard = talk.heard(0)
    expect(heard).toHaveLength(MAX_NETWORKS + 1)
    expect(heard[0]).toBe('result 4 [n99|-1|NO]')
  })
})

describe('without the secret of its label, a provisioned dongle', () => {
  const provisioned = { isProvisioned: true, isOnline: true }

  test('takes no Wi-Fi and disturbs its own by no scan', () => {
    const talk = new Talk(provisioned)
    expect(talk.send(WIFI)).toEqual(['error 4'])
    expect(talk.send(SCANNING)).toEqual(['error 4'])
  })

  test('does so for a minute after its button was pressed', () => {
    const talk = new Talk(provisioned)
    talk.send(STATE)
    talk.session.pressed(at(1000))
    expect(talk.heard(1000)).toEqual(['state 2'])
    expect(talk.send(SCANNING, 2000)).toEqual(['error 0', 'scan'])
    talk.session.scanned([])
    talk.heard(2000)
    expect(talk.send(WIFI, AUTHORISED_MS + 999)).toEqual(['error 0', 'state 3', 'join a pppppppp'])
    talk.session.notJoined(at(AUTHORISED_MS + 1000))
    expect(talk.heard(AUTHORISED_MS + 1000)).toEqual(['error 3', 'state 4', 'state 4'])
    expect(talk.send(WIFI, AUTHORISED_MS + 1001)).toEqual(['error 4'])
  })

  test('takes one Wi-Fi after it', () => {
    const talk = new Talk(provisioned)
    talk.session.pressed(at(0))
    talk.send(WIFI)
    talk.session.joined()
    talk.heard(1)
    expect(talk.send(WIFI, 2)).toEqual(['error 4'])
  })

  test('was unprovisioned when it began to try, and is not when that ends', () => {
    const talk = new Talk()
    talk.send(WIFI)
    talk.device.isProvisioned = true
    talk.session.notJoined(at(10))
    expect(talk.heard(10)).toEqual(['error 3', 'state 4'])
    expect(talk.send(WIFI, 11)).toEqual(['error 4'])
  })
})

test('a flood of commands fills no queue', () => {
  const talk = new Talk()
  for (let i = 0; i < 1000; i++) talk.session.receive(command(INFO), at(0))
  expect(talk.heard(0).length).toBeLessThan(70)
  expect(talk.send(STATE)).toEqual(['error 0', 'state 2'])
})
