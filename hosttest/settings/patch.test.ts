import { describe, expect, test } from '@jest/globals'
import { applyPatch } from '../../firmware/settings/patch'
import type { Settings } from '../../firmware/settings/schema'
import { patchSettings } from './patched'

const current = {
  environment: 'sandbox',
  site: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
  credentials: { key: 'k', secret: 's' },
  staged: { key: 'k2', secret: 's2' },
  line: { baud: 9600, parity: 'none', stopBits: 1 },
  devices: [{ model: 'eastron-sdm630', unit: 1, role: 'site' }],
  qos: 1,
  timeServers: ['ntp.se'],
} as Settings

const fields = (patch: unknown) => {
  const parsed = patchSettings(current, patch)
  return 'wrong' in parsed ? parsed.wrong.map(({ field }) => field) : parsed.settings
}

describe('a patch', () => {
  test('replaces what it names and keeps the rest', () => {
    expect(fields({ qos: 2 })).toEqual({ ...current, qos: 2 })
  })
  test('removes what it sets to null', () => {
    const { staged, ...rest } = current
    expect(staged).toBeDefined()
    expect(fields({ staged: null })).toEqual(rest)
  })
  test('is refused whole if one field is wrong, with every wrong field', () => {
    expect(fields({ qos: 0, site: 'x', line: { baud: 1 } })).toEqual(['site', 'line.baud', 'qos'])
  })
  test('forgets retired credentials on command', () => {
    const retired = { key: 'k0', secret: 's0', untilS: 2_000_000_000 }
    const parsed = patchSettings({ ...current, retired }, { retired: null })
    expect(parsed).toEqual({ settings: current })
  })
  test('does not let an authority of another broker vouch for the new one', () => {
    const own = {
      ...current,
      environment: 'custom',
      broker: 'mqtts://one',
      ca: 'of one',
    } as Settings
    const { credentials } = current
    const patched = applyPatch(own, { broker: 'mqtts://other', credentials }) as object
    expect(Object.keys(patched)).not.toContain('ca')
    expect(applyPatch(own, { broker: 'mqtts://other', credentials, ca: 'new' })).toMatchObject({
      ca: 'new',
    })
  })
  // The broker had accepted the first, the dongle had not stored that, and a second was put in its place: locked out.
  test('stages no other pair over one that is undecided', () => {
    const other = { key: 'k3', secret: 's3' }
    expect(patchSettings(current, { staged: other })).toEqual({
      wrong: [
        {
          field: 'staged',
          found: 'another pair',
          expected: 'no other while one is staged: commit or cancel that first',
        },
      ],
    })
    expect(fields({ staged: { key: 'k2', secret: 's3' } })).toEqual(['staged'])
    expect(fields({ staged: current.staged })).toEqual(current)
    const { staged, ...decided } = current
    expect(staged).toBeDefined()
    expect(patchSettings(decided as Settings, { staged: other })).toEqual({
      settings: { ...current, staged: other },
    })
  })
  test('stages a pair for another broker, whose predecessor is of no use there', () => {
    const [credentials, staged] = [
      { key: 'p', secret: 'q' },
      { key: 'p2', secret: 'q2' },
    ]
    expect(fields({ environment: 'production', credentials, staged })).toMatchObject({ staged })
  })
  test('has no way round the schema', () => {
    const sly = '{"environment":"production","__proto__":{"credentials":{"key":"p","secret":"q"}}}'
    expect(fields(JSON.parse(sly))).toEqual(['credentials.key', 'credentials.secret', 'settings'])
  })
  test('that is no object is refused', () => {
    expect(fields(null)).toEqual(['settings'])
    expect(fields([1])).toEqual(['settings'])
  })
})

describe('a switch of environment', () => {
  test('never carries credentials over', () => {
    const keys = ['credentials.key', 'credentials.secret']
    expect(fields({ environment: 'production' })).toEqual(keys)
    expect(fields({ environment: 'custom', broker: 'mqtts://other' })).toEqual(keys)
  })
  test('takes new ones with it, and drops what was staged', () => {
    const credentials = { key: 'p', secret: 'q' }
    expect(fields({ environment: 'production', credentials })).toMatchObject({
      environment: 'production',
      credentials,
    })
    expect((fields({ environment: 'production', credentials }) as Settings).staged).toBeUndefined()
  })
  test('to the one in force changes nothing', () => {
    expect(fields({ environment: 'sandbox' })).toEqual(current)
  })
})

/** Whoever has its key can pass for the broker, and is sent the credentials. */
describe('another authority', () => {
  const [ca, other] = ['MAMCAQA=', 'MAMCAQE='].map(
    (base64) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
  )
  const credentials = { key: 'p', secret: 'q' }
  const patched = (from: Settings, patch: unknown) => patchSettings(from, patch)

  test.each([
    ['in place of the built-in ones', current, { ca }],
    ['in place of another', { ...current, ca }, { ca: other }],
    ['in place of one: the built-in ones', { ...current, ca }, { ca: null }],
  ])('%s is not sent the credentials, staged ones neither', (_, from, patch) => {
    const parsed = patched(from, patch)
    expect('wrong' in parsed && parsed.wrong.map(({ field }) => field)).toEqual([
      'credentials.key',
      'credentials.secret',
    ])
    const renewed = patched(from, { ...patch, credentials })
    expect('settings' in renewed && renewed.settings).toMatchObject({ credentials })
    expect('settings' in renewed && 'staged' in renewed.settings).toBe(false)
  })

  test('that is the one in force changes nothing', () => {
    expect(patched({ ...current, ca }, { ca })).toEqual({ settings: { ...current, ca } })
    expect(patched(current, { ca: null })).toEqual({ settings: current })
  })
})
