/** Anything -> valid settings, or every field that is wrong: what was found, what is expected. */
import { type DeviceSettings, type Field, MOST_RESOURCES, type Settings, schema } from './schema'

export interface Wrong {
  /** Such as `devices[1].unit`. */
  field: string
  found: string
  expected: string
}

export type Parsed = { settings: Settings } | { wrong: Wrong[] }

/** Whole or not at all. `json`: the value of a settings file, as JSON.parse gives it. */
export function parseSettings(json: unknown): Parsed {
  const wrong: Wrong[] = []
  const settings = take(json, schema, '', wrong) as Settings
  if (wrong.length === 0) checkTogether(settings, wrong)
  return wrong.length > 0 ? { wrong } : { settings }
}

/** One line for people; never holds a secret. */
export function explain({ field, found, expected }: Wrong): string {
  return `${field}: expected ${expected}, found ${found}`
}

/** Returns `value` with defaults filled in; what does not fit goes to `wrong`. */
function take(value: unknown, field: Field, path: string, wrong: Wrong[]): unknown {
  const missing = value === undefined
  if (missing && 'default' in field) return field.default
  if (missing && field.optional) return undefined
  const refuse = (expected: string): undefined => {
    wrong.push({ field: path || 'settings', found: describe(value, field), expected })
  }
  switch (field.kind) {
    case 'text': {
      if (typeof value !== 'string' || (value === '' && field.default !== '')) {
        return refuse(field.check?.expected ?? 'a text')
      }
      if (value.length > field.most) return refuse(`at most ${field.most} characters`)
      if (field.check && !field.check.fits(value)) return refuse(field.check.expected)
      return value
    }
    case 'integer':
      if (
        typeof value === 'number' &&
        Number.isInteger(value) &&
        value >= field.least &&
        value <= field.most
      ) {
        return value
      }
      return refuse(`a whole number from ${field.least} to ${field.most}`)
    case 'ratio':
      if (typeof value === 'number' && value > 0 && value <= field.most) return value
      return refuse(`a number above 0, at most ${field.most}`)
    case 'choice':
      if (field.of.includes(value as string)) return value
      return refuse(`one of ${field.of.join(', ')}`)
    case 'list':
      if (!Array.isArray(value) || value.length < field.least || value.length > field.most) {
        return refuse(`a list of ${field.least} to ${field.most}`)
      }
      return value.map((item, i) => take(item, field.of, `${path}[${i}]`, wrong))
    case 'group': {
      // A group whose members all have defaults may be left out.
      const given = missing && !field.optional ? {} : value
      if (typeof given !== 'object' || given === null || Array.isArray(given))
        return refuse('an object')
      return takeMembers(given as Record<string, unknown>, field.of, path, wrong)
    }
  }
}

function takeMembers(
  given: Record<string, unknown>,
  fields: Readonly<Record<string, Field>>,
  path: string,
  wrong: Wrong[],
): Record<string, unknown> {
  const prefix = path ? `${path}.` : ''
  const taken: Record<string, unknown> = {}
  for (const name in fields) {
    const member = take(given[name], fields[name], prefix + name, wrong)
    if (member !== undefined) taken[name] = member
  }
  for (const name of Object.keys(given)) {
    // A misspelt optional field would otherwise be ignored in silence. Its value may be a secret.
    if (!Object.hasOwn(fields, name)) {
      wrong.push({
        field: prefix + name,
        found: 'a field that does not exist',
        expected: `only ${Object.keys(fields).join(', ')}`,
      })
    }
  }
  return taken
}

/** What no field shows alone. */
function checkTogether(settings: Settings, wrong: Wrong[]): void {
  const refuse = (field: string, found: string, expected: string) =>
    wrong.push({ field, found, expected })
  const { environment, broker, devices } = settings
  if (environment === 'custom' && broker === undefined) {
    refuse('broker', 'nothing', 'mqtts://HOST:PORT, because the environment is custom')
  }
  if (environment !== 'custom' && broker !== undefined) {
    refuse(
      'broker',
      `a broker beside the environment ${environment}`,
      'none, or the environment custom',
    )
  }
  const ids: string[] = [settings.site.toLowerCase()]
  devices.forEach((device, i) => {
    const { unit, role, resource } = device
    const path = `devices[${i}]`
    if (devices.slice(0, i).some((other) => clash(other, device))) {
      refuse(`${path}.unit`, `${unit} again`, 'a unit that no other device has')
    }
    if (role === 'site') {
      if (resource !== undefined)
        refuse(`${path}.resource`, 'an id', 'none, because the role is site')
    } else if (resource === undefined) {
      refuse(`${path}.resource`, 'nothing', 'the id of the resource, a UUID')
    } else {
      const id = resource.toLowerCase()
      if (ids.includes(id))
        refuse(`${path}.resource`, 'an id given twice', 'an id that no other stream has')
      ids.push(id)
    }
  })
  if (ids.length - 1 > MOST_RESOURCES) {
    refuse(
      'devices',
      `${ids.length - 1} resources`,
      `at most ${MOST_RESOURCES}, the platform's limit`,
    )
  }
}

/** An inverter may be a meter, a battery and a PV plant under one unit; two devices may not. */
function clash(a: DeviceSettings, b: DeviceSettings): boolean {
  return a.unit === b.unit && (a.model !== b.model || (a.role === b.role && a.part === b.part))
}

function describe(value: unknown, field: Field): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  if (typeof value !== 'string') return String(value)
  // An address may have come with a password in it.
  const secret = (field.kind === 'text' && field.secret) || value.includes('@')
  return secret || value.length > 80
    ? `a text of ${value.length} characters`
    : JSON.stringify(value)
}
