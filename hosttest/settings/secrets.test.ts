import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { validateSettings } from '../../firmware/dongle/validate'
import { explain } from '../../firmware/settings/parse'
import { type Field, schema } from '../../firmware/settings/schema'

const NOW = Date.UTC(2026, 0) as UnixMs
const SECRET = 'hunter2'

/** Every optional field is there. `qos` is wrong, so that these settings are refused in any case. */
function refused(): Record<string, unknown> {
  return {
    environment: 'custom',
    broker: 'mqtts://broker:8883',
    ca: '-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n',
    site: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11',
    credentials: { key: 'k', secret: 's' },
    staged: { key: 'k', secret: 's' },
    retired: { key: 'k', secret: 's', untilS: 2_000_000_000 },
    wifi: { ssid: 'house', password: '' },
    line: { baud: 9600, parity: 'none', stopBits: 1, pins: { transmit: 4, receive: 5 } },
    devices: [{ model: 'eastron-sdm630', unit: 1, role: 'site', phases: [1] }],
    qos: 0,
    timeServers: ['ntp.se'],
  }
}

type Path = readonly (string | number)[]

/** The path of every field, a list's first item among them. */
function paths(field: Field, path: Path = []): Path[] {
  if (field.kind === 'list') return [path, ...paths(field.of, [...path, 0])]
  if (field.kind !== 'group') return [path]
  const members = Object.entries(field.of)
  return [path, ...members.flatMap(([name, member]) => paths(member, [...path, name]))]
}

/** `value` with `put` at `path`, or with a member named `put` there if it is an object. */
function replaced(value: unknown, [first, ...rest]: Path, put: unknown): unknown {
  if (first === undefined) return put
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) }
  const members = copy as Record<string | number, unknown>
  members[first] = replaced(members[first], rest, put)
  return copy
}

function refusal(json: unknown): string {
  const parsed = validateSettings(json, NOW)
  if (!('wrong' in parsed)) throw new Error('accepted')
  return parsed.wrong.map(explain).join('\n')
}

const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----\n${SECRET}\n-----END PRIVATE KEY-----\n`

test.each(paths(schema).map((path) => [path.join('.') || 'settings', path] as const))(
  'no refusal shows a secret that was put into %s',
  (_, path) => {
    for (const put of [
      SECRET,
      `mqtts://user:${SECRET}@host`,
      PRIVATE_KEY,
      { [SECRET]: 1 },
      { key: SECRET, secret: { [SECRET]: SECRET } },
      [SECRET, SECRET],
    ])
      expect(refusal(replaced(refused(), path, put))).not.toContain(SECRET)
    expect(refusal(replaced(refused(), path, 87_654_321))).not.toContain('87654321')
    expect(refusal(replaced(refused(), [...path, SECRET], 1))).not.toContain(SECRET)
  },
)

describe('a refusal says what was found', () => {
  test.each([
    ['qos', 0, '0'],
    ['qos', true, 'true'],
    ['qos', 1.0000001, 'a number'],
    ['qos', '1', 'a text of 1 characters'],
    ['site', 1234, 'a number'],
    ['credentials', 1234, 'a number'],
    ['devices', {}, 'an object'],
    ['devices', null, 'null'],
    ['timeServers', [], 'a list of 0'],
    ['ca', PRIVATE_KEY, 'a text with a private key in it'],
  ])('%s: %j', (name, value, found) => {
    const lines = refusal({ ...refused(), [name]: value }).split('\n')
    const [line, more] = lines.filter((one) => one.startsWith(`${name}: `))
    expect([line.slice(line.indexOf(', found ')), more]).toEqual([`, found ${found}`, undefined])
  })

  test('and names a field that is misspelt, not one that is like none', () => {
    const shown = (name: string) => refusal({ ...refused(), [name]: 1 }).includes(name)
    expect(
      ['lines', 'Site', 'timeServer', 'enviroment', 'siet'].filter((one) => !shown(one)),
    ).toEqual([])
    expect(['correct', 'horse', 'sites-secret'].filter(shown)).toEqual([])
  })
})

test.each(['', 'RSA ', 'EC ', 'ENCRYPTED '])(
  "certificates beside a %sprivate key are refused: it is its owner's alone",
  (kind) => {
    const { ca } = refused()
    const key = PRIVATE_KEY.replaceAll('PRIVATE', `${kind}PRIVATE`)
    expect(refusal({ ...refused(), ca: `${ca}${key}` })).toContain(
      'ca: expected certificates in PEM (-----BEGIN CERTIFICATE-----) and no private key, found a text with a private key in it',
    )
  },
)
