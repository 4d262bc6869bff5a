/**
 * Provisioning by radio with the real peer of a phone's page: Debian's Chromium. The page's own code goes through Web Bluetooth
 * to an emulated GATT service, and from there to the whole firmware on XS.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { CODE } from '../../firmware/provisioning/request'
import { Chromium, type Page } from '../../tools/peers/chromium'
import { RadioDongle } from '../../tools/radio/dongle'
import { until } from '../support/virtual-dongle'

const LABEL = {
  serial: 'WB261100042',
  labelSecret: Uint8Array.from({ length: 16 }, (_, i) => 11 * i),
}
const SITE = {
  ...JSON.parse(readFileSync('examples/one-meter.json', 'utf8')),
  wifi: { ssid: 'home', password: 'right-password' },
}

let chromium: Chromium
let dongle: RadioDongle
let page: Page
/** As the page is told it. */
let name: unknown
let disconnect: () => Promise<void>

beforeAll(async () => {
  const bundle = await build({
    entryPoints: ['tools/radio/page.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    logLevel: 'silent',
  })
  dongle = await RadioDongle.start(LABEL)
  chromium = await Chromium.start()
  disconnect = await chromium.emulate(dongle)
  // It may be over already.
  dongle.onDrop = () => void disconnect().catch(() => {})
  page = await chromium.open(bundle.outputFiles[0].text)
  name = await choose()
})

/** The browser's process may hear of a person's gesture later than of the request that needs one. */
async function choose(): Promise<unknown> {
  for (let left = 20; ; left--) {
    try {
      return await page.evaluate('chooseDongle()')
    } catch (error) {
      if (left === 0 || !String(error).includes('user gesture')) throw error
    }
  }
}

afterAll(async () => {
  await chromium?.stop()
  await dongle?.stop()
})

type Called = { reply?: { id?: number; result?: unknown; error?: unknown }; refused?: string }[]

async function call(
  methods: (string | [string, object])[],
  { labelSecret = LABEL.labelSecret, responses = true } = {},
): Promise<Called> {
  const calls = methods.map((one) =>
    typeof one === 'string' ? { method: one } : { method: one[0], params: one[1] },
  )
  const asked = { serial: LABEL.serial, labelSecret: [...labelSecret], calls, responses }
  const called = await page.evaluate(`callDongle(${JSON.stringify(asked)})`)
  // Of its own Chromium tells nothing: the emulated connection ends here.
  await disconnect()
  return called as Called
}

/** Once an attempt may be made again. */
async function callPatiently(methods: Parameters<typeof call>[0], how = {}): Promise<Called> {
  for (;;) {
    const called = await call(methods, how)
    if (called.at(-1)?.refused !== 'too soon') return called
  }
}

describe('a page in Chromium, of a dongle without a site,', () => {
  test('with the secret of the label asks what it is', async () => {
    const results = await call(['info'])
    expect(name).toBe('Wattbeat 100042')
    expect(results).toHaveLength(1)
    expect(results[0].reply?.result).toMatchObject({
      product: 'wattbeat',
      chip: 'esp32c3',
      serial: LABEL.serial,
      state: 'unprovisioned',
    })
  })

  test('with another secret is refused, at once and when it tries again', async () => {
    const labelSecret = new Uint8Array(16)
    expect(await call(['info'], { labelSecret })).toEqual([{ refused: 'wrong secret' }])
    expect(await call(['info'], { labelSecret })).toEqual([{ refused: 'too soon' }])
    expect(dongle.log.slice(-2)).toEqual([
      'radio: refused: wrong secret',
      'radio: refused: too soon',
    ])
  })

  test('hears what is wrong with settings, also if it writes without a response', async () => {
    const { wifi: _, ...incomplete } = SITE
    const results = await callPatiently(
      [
        ['settings.set', { patch: { ...incomplete, qos: 7 } }],
        ['settings.set', { patch: SITE, dryRun: true }],
        'settings.get',
      ],
      { responses: false },
    )
    expect(results[0].reply?.error).toMatchObject({
      code: CODE.wrongParams,
      data: { wrong: [{ field: 'qos', found: '7' }] },
    })
    expect(results[1].reply?.result).toMatchObject({ isChanged: true })
    expect(results[2].reply?.error).toMatchObject({ code: CODE.unprovisioned })
  })

  test('provisions it: the firmware stores the site, restarts without the radio, and joins the Wi-Fi', async () => {
    const results = await call([
      ['settings.set', { patch: SITE }],
      'settings.get',
      // By itself it waits a minute for the phone to come back.
      'restart',
    ])
    expect(results[0].reply?.result).toMatchObject({ isChanged: true })
    const shown = results[1].reply?.result as typeof SITE
    expect(shown.wifi).toEqual({ ssid: 'home', password: true })
    expect(results[2].reply).toMatchObject({ id: 2 })
    expect(results[2].reply?.error).toBeUndefined()
    expect(shown.devices).toHaveLength(SITE.devices.length)
    await until('the site to run', () => dongle.log.includes('join home'))
    expect(dongle.log.filter((line) => !line.startsWith('radio: refused'))).toEqual([
      'radio: Wattbeat 100042',
      'restart: restart by the installer',
      'radio: released',
      'join home',
    ])
  })
})
