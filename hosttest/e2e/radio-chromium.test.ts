/**
 * Provisioning by radio with the real peer of a phone's page: Debian's Chromium. The page's own code goes through Web Bluetooth
 * to an emulated GATT service, and from there to the firmware's session on XS.
 */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { Chromium, type Page } from '../../tools/peers/chromium'
import { RadioDongle } from '../../tools/radio/dongle'

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
  dongle.onDrop = () => void disconnect()
  page = await chromium.open(bundle.outputFiles[0].text)
})

afterAll(async () => {
  await chromium?.stop()
  await dongle?.stop()
})

interface Called {
  name: string
  results: { reply?: { result?: unknown; error?: unknown }; refused?: string }[]
}

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

describe('a page in Chromium', () => {
  test('with the secret of the label asks the dongle what it is', async () => {
    const { name, results } = await call(['info'])
    expect(name).toBe('Wattbeat 100042')
    expect(results).toHaveLength(1)
    expect(results[0].reply?.result).toMatchObject({
      product: 'wattbeat',
      chip: 'esp32c3',
      serial: LABEL.serial,
      state: 'unprovisioned',
    })
    expect(dongle.log).toEqual(['call info'])
  })

  test.each([true, false])(
    'provisions it, and reads back all but the secrets (responses: %s)',
    async (responses) => {
      const { results } = await call(
        [['settings.set', { patch: SITE }], 'settings.get', ['log', { follow: false }]],
        { responses },
      )
      expect(results[0].reply?.result).toMatchObject({ isChanged: responses })
      const shown = results[1].reply?.result as typeof SITE
      expect(shown.wifi).toEqual({ ssid: 'home', password: true })
      expect(shown.devices).toHaveLength(SITE.devices.length)
      expect(results[2].reply?.result).toEqual([])
    },
  )

  test('with another secret is refused, at once and when it tries again', async () => {
    const labelSecret = new Uint8Array(16)
    expect((await call(['info'], { labelSecret })).results).toEqual([{ refused: 'wrong secret' }])
    expect((await call(['info'], { labelSecret })).results).toEqual([{ refused: 'too soon' }])
    expect(dongle.log.slice(-2)).toEqual(['refused: wrong secret', 'refused: too soon'])
  })
})
