import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { CODE } from '../../../firmware/provisioning/request'
import { EXIT } from '../../../tools/cli/wattbeat/failure'
import { FakeDongle, playOut, wattbeat } from './fake'

const folder = mkdtempSync(join(tmpdir(), 'wattbeat-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SITE = {
  environment: 'sandbox',
  site: '00000000-0000-0000-0000-000000000001',
  credentials: { key: 'key-of-the-site', secret: 'hunter2-of-the-site' },
  wifi: { ssid: 'house', password: 'hunter2-of-the-house' },
  devices: [{ model: 'eastron-sdm630', unit: 1, role: 'site' }],
}
let files = 0
function file(content: unknown): string {
  const path = join(folder, `${files++}.json`)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const methods = (dongle: FakeDongle) => dongle.calls.map(({ method }) => method)
const patches = (dongle: FakeDongle) =>
  dongle.calls.flatMap((call) => (call.method === 'settings.set' ? [call.params.patch] : []))

describe('provision', () => {
  test('sends all to a new dongle, reads it back, and waits for it to stream', async () => {
    const dongle = new FakeDongle()
    const told = await wattbeat(`provision ${file(SITE)}`, { dongle })
    expect(told.out).toBe(
      'stored and read back: environment, site, credentials, wifi, line, devices, qos, timeServers\nstate: streaming\n',
    )
    expect(told.code).toBe(EXIT.done)
    expect(methods(dongle)).toEqual([
      ...['info', 'settings.get', 'settings.set', 'settings.get', 'test', 'status'],
    ])
    expect(dongle.settings).toMatchObject(SITE)
    expect(told.out + told.err).not.toContain('hunter2')
  })

  test('sends a site of many devices, whose patch takes several records', async () => {
    const dongle = new FakeDongle()
    const devices = Array.from({ length: 16 }, (_, i) => ({ ...SITE.devices[0], unit: i + 1 }))
    const told = await wattbeat(`provision ${file({ ...SITE, devices })}`, { dongle })
    expect(told.code).toBe(EXIT.done)
    expect(dongle.settings?.devices).toHaveLength(16)
  })

  test('twice changes nothing the second time', async () => {
    const dongle = new FakeDongle()
    const path = file(SITE)
    await wattbeat(`provision ${path}`, { dongle })
    const before = structuredClone(dongle.settings)
    dongle.calls.length = 0
    const told = await wattbeat(`provision ${path}`, { dongle })
    expect(told).toMatchObject({
      code: EXIT.done,
      out: 'nothing to change: the dongle has these settings\nstate: streaming\n',
    })
    expect(told.err).toContain('unseen  credentials.secret, wifi.password')
    expect([dongle.settings, patches(dongle)]).toEqual([before, []])
  })

  test('sends only what differs', async () => {
    const dongle = new FakeDongle()
    await wattbeat(`provision ${file(SITE)}`, { dongle })
    dongle.calls.length = 0
    const told = await wattbeat(`provision ${file({ ...SITE, qos: 2 })} --json`, { dongle })
    expect(patches(dongle)).toEqual([{ qos: 2 }])
    expect(JSON.parse(told.out)).toMatchObject({ ok: true, changed: ['qos'], kept: [] })
  })

  test('sends secrets again if asked to', async () => {
    const dongle = new FakeDongle()
    await wattbeat(`provision ${file(SITE)}`, { dongle })
    dongle.calls.length = 0
    await wattbeat(`provision ${file(SITE)} --secrets --no-test`, { dongle })
    expect(patches(dongle)).toEqual([{ credentials: SITE.credentials, wifi: SITE.wifi }])
    expect(methods(dongle)).not.toContain('test')
  })

  test('gives the credentials anew if they would go elsewhere', async () => {
    const dongle = new FakeDongle()
    await wattbeat(`provision ${file(SITE)}`, { dongle })
    dongle.calls.length = 0
    await wattbeat(`provision ${file({ ...SITE, environment: 'production' })}`, { dongle })
    expect(patches(dongle)).toEqual([{ environment: 'production', credentials: SITE.credentials }])
    expect(dongle.settings?.credentials).toEqual(SITE.credentials)
  })

  test('removes what the file does not have, but keeps the network that the dongle has', async () => {
    const dongle = new FakeDongle()
    const custom = { ...SITE, environment: 'custom', broker: 'mqtts://b.example' }
    await wattbeat(`provision ${file(custom)}`, { dongle })
    dongle.calls.length = 0
    const { wifi, ...wired } = SITE
    const told = await wattbeat(`provision ${file(wired)}`, { dongle })
    expect(patches(dongle)).toEqual([
      { environment: 'sandbox', broker: null, credentials: SITE.credentials },
    ])
    expect(dongle.settings?.wifi).toEqual(wifi)
    expect(told.err).toContain('kept    wifi')
  })

  test('with --dry-run stores nothing', async () => {
    const dongle = new FakeDongle()
    const told = await wattbeat(`provision ${file(SITE)} --dry-run`, { dongle })
    expect(told.code).toBe(EXIT.done)
    expect(told.out).toMatch(/^would change environment, site/)
    expect([dongle.settings, methods(dongle)]).toEqual([
      undefined,
      ['info', 'settings.get', 'settings.set'],
    ])
  })

  test('reports each step of the test, and which did not work', async () => {
    const dongle = new FakeDongle()
    const progress = [{ step: 'network', ok: true }]
    dongle.answers.test = () => ({ progress, result: { ok: true } })
    const good = await wattbeat(`provision ${file(SITE)}`, { dongle })
    expect(good.out).toContain('tested: step network  ok true\n')
    const error = { code: CODE.failed, message: 'no answer from unit 1' }
    dongle.answers.test = () => ({ progress, error })
    const bad = await wattbeat(`provision ${file(SITE)}`, { dongle })
    expect([bad.code, bad.err]).toEqual([
      EXIT.unproved,
      expect.stringContaining('the dongle: no answer from unit 1\n  The settings are stored.'),
    ])
  })

  test('says so if what is read back is not what was sent', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] })
    const dongle = new FakeDongle()
    dongle.answers['settings.set'] = () => ({ result: null })
    const told = await playOut(wattbeat(`provision ${file(SITE)}`, { dongle }))
    jest.useRealTimers()
    expect([told.code, told.err]).toEqual([
      EXIT.unproved,
      expect.stringContaining('read back, and not as sent: environment, site'),
    ])
  })

  test('comes back to a dongle that restarts to take its settings', async () => {
    const dongle = new FakeDongle()
    dongle.answers['settings.get'] = () => {
      if (!dongle.settings) return { error: { code: CODE.unprovisioned, message: 'none' } }
      delete dongle.answers['settings.get']
      dongle.restart()
      dongle.unplug()
      return undefined
    }
    const told = await wattbeat(`provision ${file(SITE)}`, { dongle })
    expect(told).toMatchObject({ code: EXIT.done })
    expect(told.err).toContain('waits for the dongle, which restarts')
    expect(methods(dongle).slice(-5)).toEqual([
      'settings.get',
      'info',
      'settings.get',
      'test',
      'status',
    ])
  })

  test('comes back to a dongle that restarts under a call while the port stays, as on a board with a USB bridge', async () => {
    const dongle = new FakeDongle()
    let isRestarted = false
    dongle.answers.test = () => {
      if (isRestarted) return { result: { ok: true } }
      isRestarted = true
      setImmediate(() => dongle.restart())
      return undefined
    }
    const started = performance.now()
    const told = await wattbeat(`provision ${file(SITE)}`, { dongle })
    expect(told).toMatchObject({ code: EXIT.done })
    // And not once the call has taken all of the time that it may take.
    expect(performance.now() - started).toBeLessThan(60_000)
  })

  test('refuses a wrong file before it looks for a dongle, and names every wrong field', async () => {
    const wrong = { ...SITE, site: 'hunter2', qos: 5, wifi: { ssid: 'house', pasword: 'hunter2' } }
    const told = await wattbeat(`provision ${file(wrong)}`, { env: {} })
    expect(told.code).toBe(EXIT.settings)
    expect(told.err.split('\n').length).toBeGreaterThan(3)
    expect(told.err).toContain('  qos: expected one of 1, 2, found 5')
    expect(told.out + told.err).not.toContain('hunter2')
  })

  test('says where a file stops being JSON, and nothing of what is there', async () => {
    const told = await wattbeat(`provision ${file('{"credentials": hunter2}')}`, { env: {} })
    expect([told.code, told.err]).toEqual([
      EXIT.settings,
      expect.stringContaining('line 1, column 17'),
    ])
    expect(told.err).not.toContain('hunter2')
  })

  test('names the fields that the dongle refuses, and that nothing was stored', async () => {
    const dongle = new FakeDongle()
    const wrong = [{ field: 'line.pins.transmit', found: '34', expected: 'a pin that can drive' }]
    dongle.answers['settings.set'] = () => ({
      error: { code: CODE.wrongParams, message: 'wrong settings', data: { wrong } },
    })
    const told = await wattbeat(`provision ${file(SITE)}`, { dongle })
    expect([told.code, told.err]).toEqual([
      EXIT.settings,
      expect.stringContaining('line.pins.transmit: expected a pin that can drive, found 34'),
    ])
    expect(told.err).toContain('Nothing was stored')
  })
})
