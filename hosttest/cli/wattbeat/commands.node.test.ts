import { describe, expect, jest, test } from '@jest/globals'
import { parseSettings } from '../../../firmware/settings/parse'
import type { Settings } from '../../../firmware/settings/schema'
import { EXIT } from '../../../tools/cli/wattbeat/failure'
import { cable, FakeDongle, LABEL_TEXT, playOut, SECRET_TEXT, wattbeat } from './fake'

const SITE = (
  parseSettings({
    environment: 'sandbox',
    site: '00000000-0000-0000-0000-000000000001',
    credentials: { key: 'the-key', secret: 'hunter2-credentials' },
    wifi: { ssid: 'house', password: 'hunter2-wifi' },
    devices: [
      { model: 'eastron-sdm630', unit: 1, role: 'site' },
      { model: 'eastron-sdm120', unit: 2, role: 'site' },
    ],
  }) as { settings: Settings }
).settings

function provisioned(): FakeDongle {
  const dongle = new FakeDongle()
  dongle.settings = structuredClone(SITE)
  return dongle
}

const patches = (dongle: FakeDongle) =>
  dongle.calls.flatMap((call) => (call.method === 'settings.set' ? [call.params.patch] : []))
const last = (dongle: FakeDongle) => {
  const { method, params } = dongle.calls.at(-1)!
  return [method, params]
}

describe('what only looks', () => {
  test('info', async () => {
    const told = await wattbeat('info', { dongle: new FakeDongle() })
    expect(told).toMatchObject({
      code: EXIT.done,
      out: 'product  wattbeat\nserial   WB0001\nstate    unprovisioned\n',
    })
  })

  test('status, and as JSON', async () => {
    const dongle = new FakeDongle()
    const devices = [{ model: 'eastron-sdm630', unit: 1, p50Ms: 12 }]
    dongle.answers.status = () => ({ result: { state: 'streaming', ticks: { sent: 3 }, devices } })
    expect((await wattbeat('status', { dongle })).out).toBe(
      'state       streaming\nticks.sent  3\ndevices:\n  model           unit  p50Ms\n  eastron-sdm630  1     12\n',
    )
    const { out } = await wattbeat('status --json', { dongle })
    expect(JSON.parse(out)).toEqual({
      ok: true,
      status: { state: 'streaming', ticks: { sent: 3 }, devices },
    })
  })

  test('ports, the likely ones marked', async () => {
    const ports = [{ path: '/dev/ttyACM0', about: 'Espressif', isLikely: true }]
    expect((await wattbeat('ports', { ports })).out).toBe(
      'path          about      likely\n/dev/ttyACM0  Espressif  true\n',
    )
    expect((await wattbeat('ports')).out).toContain('no serial port')
  })

  test.each([
    ['a table over the one before', true, '\x1b[H\x1b[2J'],
    ['lines', false, 'state streaming  powerW 5\n'],
  ])('watch draws %s until Ctrl-C', async (_name, isTerminal, told) => {
    const dongle = new FakeDongle()
    const interruption = new AbortController()
    dongle.answers.status = ({ id }) => {
      setImmediate(() => {
        dongle.progress(id, { state: 'streaming', powerW: 5 })
        dongle.progress(id, { state: 'streaming', powerW: 6 })
        setTimeout(() => interruption.abort(), 50)
      })
      return undefined
    }
    const { code, out } = await wattbeat('watch --every 3', { dongle, isTerminal, interruption })
    expect(code).toBe(EXIT.done)
    expect(out).toContain(told)
    expect(out).toContain('6')
    expect(last(dongle)).toEqual(['status', { everyS: 3 }])
    expect(dongle.cancelled).toHaveLength(1)
  })

  test('log, and each further line', async () => {
    const dongle = new FakeDongle()
    const interruption = new AbortController()
    dongle.answers.log = ({ id, params }) => {
      if (!(params as { follow: boolean }).follow) return { result: ['one', 'two'] }
      setImmediate(() => {
        for (const line of ['one', 'two', 'three\x1b[2J']) dongle.progress(id, line)
        setTimeout(() => interruption.abort(), 50)
      })
      return undefined
    }
    expect((await wattbeat('log', { dongle })).out).toBe('one\ntwo\n')
    const { code, out } = await wattbeat('log --follow', { dongle, interruption })
    expect([code, out]).toEqual([EXIT.done, 'one\ntwo\nthree?[2J\n'])
  })

  // Both sides end a channel after ten minutes without a word.
  test('log, of a dongle that has nothing to say for half an hour', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] })
    const dongle = new FakeDongle()
    const interruption = new AbortController()
    dongle.answers.log = ({ id }) => {
      setTimeout(() => dongle.progress(id, 'still here'), 1_800_000)
      setTimeout(() => interruption.abort(), 1_801_000)
      return undefined
    }
    const { code, out } = await playOut(wattbeat('log --follow', { dongle, interruption }))
    jest.useRealTimers()
    expect([code, out]).toEqual([EXIT.done, 'still here\n'])
  })

  test('scan wifi', async () => {
    const dongle = new FakeDongle()
    dongle.answers['wifi.scan'] = () => ({
      result: [{ ssid: 'house', signalDbm: -60, isOpen: false }],
    })
    expect((await wattbeat('scan wifi', { dongle })).out).toBe(
      'ssid   signalDbm  isOpen\nhouse  -60        false\n',
    )
  })

  test('scan bus shows how far it is and what it found, and ends in the dongle by Ctrl-C', async () => {
    const dongle = new FakeDongle()
    dongle.answers['bus.scan'] = () => ({
      progress: [
        { done: 0.5 },
        { done: 0.6 },
        {
          ...{ unit: 3, matchedBy: 'it answers', certain: false },
          ...{ readings: [{ what: 'voltage', phase: 1, value: 230 }] },
          candidates: ['pace-modbus', 'seplos-v3'],
          line: { baud: 9600, parity: 'none', stopBits: 1 },
        },
      ],
      result: { found: 1 },
    })
    const told = await wattbeat('scan bus --units 1,3 --thorough', { dongle })
    expect(last(dongle)).toEqual(['bus.scan', { units: [1, 3], thorough: true }])
    expect(told).toMatchObject({
      code: EXIT.done,
      out:
        'unit 3  matchedBy it answers  certain false  candidates pace-modbus, seplos-v3  ' +
        'line.baud 9600  line.parity none  line.stopBits 1\nfound  1\n',
    })
    expect(told.err).toBe('bar 0.5\nbar 0.6\n')
    const interruption = new AbortController()
    dongle.answers['bus.scan'] = () => {
      setImmediate(() => interruption.abort())
      return undefined
    }
    expect((await wattbeat('scan bus', { dongle, interruption })).code).toBe(EXIT.interrupted)
    expect(dongle.cancelled).toHaveLength(1)
  })

  test('read asks for each device of the settings, or for one that is in none', async () => {
    const dongle = provisioned()
    dongle.answers['device.read'] = () => ({ result: { powerW: 230 } })
    expect((await wattbeat('read', { dongle })).out).toBe(
      'device            reading.powerW\neastron-sdm630@1  230\neastron-sdm120@2  230\n',
    )
    await wattbeat('read --model auto --unit 7 --seconds 2 ctRatio=40', { dongle })
    expect(last(dongle)).toEqual([
      'device.read',
      { device: { model: 'auto', unit: 7, role: 'site', ctRatio: 40 }, seconds: 2 },
    ])
    dongle.answers['device.read'] = () => ({
      progress: [{ powerW: -512.5, volts: [230, 229], why: '' }, { why: 'no answer in 500 ms' }],
      result: { powerW: -512.5, volts: [230, 229] },
    })
    const { out } = await wattbeat('read --model auto --unit 7 --seconds 1', { dongle })
    expect(out).toBe(
      'auto@7  powerW -512.5  volts 230, 229\n' +
        'auto@7  why no answer in 500 ms\n' +
        'device  reading.powerW  reading.volts\nauto@7  -512.5          230, 229\n',
    )
    expect((await wattbeat('read', { dongle: new FakeDongle() })).code).toBe(EXIT.usage)
  })

  test('identify', async () => {
    const dongle = new FakeDongle()
    await wattbeat('identify --seconds 5', { dongle })
    expect(last(dongle)).toEqual(['identify', { seconds: 5 }])
  })
})

describe('set', () => {
  test('changes a member of a member, and sends that member whole', async () => {
    const dongle = provisioned()
    const told = await wattbeat('set line.baud=19200 qos=2 devices[1].ctRatio=40', { dongle })
    expect(told).toMatchObject({
      code: EXIT.done,
      out: 'set line.baud, qos, devices[1].ctRatio\n',
    })
    expect(patches(dongle)).toEqual([
      {
        line: { ...SITE.line, baud: 19200 },
        qos: 2,
        devices: [SITE.devices[0], { ...SITE.devices[1], ctRatio: 40 }],
      },
    ])
  })

  test('asks for a secret, and for the secrets that are sent along', async () => {
    const dongle = provisioned()
    const typed = ['hunter2-new']
    const told = await wattbeat('set wifi.ssid=other', { dongle, typed })
    expect(patches(dongle)).toEqual([{ wifi: { ssid: 'other', password: 'hunter2-new' } }])
    expect(told.out + told.err).not.toContain('hunter2')
    await wattbeat('set wifi.password', { dongle, typed: ['hunter2-third'] })
    expect(dongle.settings?.wifi).toEqual({ ssid: 'other', password: 'hunter2-third' })
    expect(await wattbeat('set wifi.ssid=third', { dongle })).toMatchObject({ code: EXIT.usage })
  })

  test.each([
    'wifi.password=hunter2',
    'credentials.secret=hunter2',
    'credentials={"key":"k","secret":"hunter2"}',
    'hunter2=1',
    'hunter2',
    'line=hunter2=3',
    '__proto__.x=hunter2',
    'line.constructor=hunter2',
  ])('%s is refused, and not repeated', async (word) => {
    const dongle = provisioned()
    const told = await wattbeat(['set', word], { dongle })
    expect([EXIT.usage, EXIT.settings]).toContain(told.code)
    expect(told.out + told.err).not.toContain('hunter2')
    expect(dongle.settings).toEqual(SITE)
  })

  test('removes by null, and only checks with --dry-run', async () => {
    const dongle = provisioned()
    await wattbeat('set wifi=null --dry-run', { dongle })
    expect(dongle.settings).toEqual(SITE)
    await wattbeat('set wifi=null', { dongle })
    expect(dongle.settings?.wifi).toBeUndefined()
  })
})

describe('rotate', () => {
  test('stages and commits what is typed', async () => {
    const dongle = provisioned()
    const told = await wattbeat('rotate', { dongle, typed: ['new-key', 'hunter2-new'] })
    expect(told).toMatchObject({ code: EXIT.done, out: 'the new credentials are in force\n' })
    expect(dongle.calls.slice(-3)).toMatchObject([
      { method: 'credentials.stage', params: { key: 'new-key', secret: 'hunter2-new' } },
      { method: 'settings.get' },
      { method: 'credentials.commit' },
    ])
  })

  test.each<[string, object | undefined, string, number]>([
    ['takes', undefined, '', EXIT.done],
    ['refuses', { key: 'new-key', secret: 'x' }, 'not authorized', EXIT.refused],
  ])(
    'waits for a dongle that commits by itself once the broker %s them',
    async (_name, left, stagedRefused, code) => {
      const dongle = provisioned()
      const commit = { code: -32003, message: 'credentials.commit: not in this version' }
      dongle.answers['credentials.commit'] = () => ({ error: commit })
      dongle.answers['credentials.stage'] = () => {
        // It restarts for them.
        setImmediate(() => dongle.restart())
        dongle.settings = { ...SITE, ...(left && { staged: left as typeof SITE.credentials }) }
        return { result: null }
      }
      const credentials = { inUse: 'current', stagedRefused }
      dongle.answers.status = () => ({ result: { state: 'streaming', credentials } })
      const told = await wattbeat('rotate', { dongle, typed: ['new-key', 'hunter2-new'] })
      expect([told.code, told.err]).toEqual([code, expect.stringContaining('which restarts')])
      expect(told.err.includes('the broker: not authorized')).toBe(code === EXIT.refused)
      expect(last(dongle)[0]).toBe(left ? 'credentials.cancel' : 'status')
    },
  )

  test('changes nothing if others are staged and undecided, and says what to do', async () => {
    const dongle = provisioned()
    const staged = { key: 'k2', secret: 'hunter2-undecided' }
    dongle.settings = { ...SITE, staged }
    const told = await wattbeat('rotate', { dongle, typed: ['new-key', 'hunter2-new'] })
    expect(told.code).toBe(EXIT.settings)
    expect(told.err).toContain('no other while one is staged: commit or cancel that first')
    expect(told.err).toContain('Others are staged beside the old credentials')
    expect(told.err).toContain('wattbeat set staged=null')
    expect(dongle.settings.staged).toEqual(staged)
    expect(last(dongle)[0]).toBe('credentials.stage')
    expect(told.out + told.err).not.toContain('hunter2')
    const cancelled = await wattbeat('set staged=null', { dongle })
    expect([cancelled.code, dongle.settings.staged]).toEqual([EXIT.done, undefined])
  })

  test('forgets them if the broker refuses them', async () => {
    const dongle = provisioned()
    dongle.answers['credentials.commit'] = () => ({
      error: { code: -32005, message: 'the broker refuses them' },
    })
    const told = await wattbeat('rotate', { dongle, typed: ['new-key', 'hunter2-new'] })
    expect(told.code).toBe(EXIT.refused)
    expect(told.err).toContain('The old credentials are in force; the new ones are forgotten.')
    expect(last(dongle)).toEqual(['credentials.cancel', {}])
    expect(told.out + told.err).not.toContain('hunter2')
  })
})

describe('reset', () => {
  test.each<[string, string, boolean[] | undefined, number, string]>([
    ['asks', 'reset', [true], EXIT.done, 'reset'],
    ['may be told no', 'reset', [false], EXIT.interrupted, ''],
    ['may be told not to ask', 'reset --yes', undefined, EXIT.done, 'reset'],
    ['needs somebody to ask', 'reset', undefined, EXIT.usage, ''],
  ])('%s', async (_name, line, typed, code, method) => {
    const dongle = provisioned()
    const told = await wattbeat(line, { dongle, ...(typed && { typed }) })
    expect([told.code, dongle.calls.at(-1)?.method ?? '']).toEqual([code, method])
  })
})

test('a label is typed until it is right, and its port chosen', async () => {
  const ports = ['a', 'b'].map((path) => ({ path, about: '', isLikely: true }))
  const typed = [
    `${LABEL_TEXT.slice(0, -1)}U`,
    LABEL_TEXT.toLowerCase().replace('wb0001', 'WB0001'),
    'b',
  ]
  const opened: string[] = []
  const dongle = new FakeDongle()
  const openPort = async (path: string) => {
    opened.push(path)
    const [tool, end] = cable()
    dongle.plug(end)
    return tool
  }
  const told = await wattbeat('info', { dongle, env: {}, ports, typed, openPort })
  expect(told.code).toBe(EXIT.done)
  expect(told.err).toBe('character 26 of the secret: expected a digit or a letter other than U\n')
  expect(opened).toEqual(['b'])
  expect(told.out + told.err).not.toContain(SECRET_TEXT)
})
