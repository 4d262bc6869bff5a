/** JSON -> valid settings, or every wrong field with what is expected there and what was found. */
import { utf8Length } from '../core/bytes'
import { readPem } from '../core/pem'
import { certificates } from './formats'
import { describeFound, isMisspelt } from './found'
import { checkPins } from './pins'
import { type DeviceSettings, type Field, MAX_RESOURCES, type Settings, schema } from './schema'

/**
 * Of the stored record. NVS on ESP32 has room for 20 KB (24 KB less a page of 4 KB, which it keeps free): two of these,
 * Wi-Fi's own data and the other records. An authority's certificate takes some 2000 bytes, a device 200.
 */
const MAX_RECORD_BYTES = 6000

export interface WrongField {
  /** Such as `devices[1].unit`. */
  field: string
  found: string
  expected: string
}

export type ParsedSettings = { settings: Settings } | { wrong: WrongField[] }

/**
 * Whole or not at all. `json`: the value of a settings file, as JSON.parse gives it. `chip`: whose pins the line has, by
 * ESP-IDF's name; undefined if that is not known.
 */
export function parseSettings(json: unknown, chip?: string): ParsedSettings {
  const { settings, wrong } = examine(json, chip)
  if (settings.ca !== undefined && !readPem(settings.ca))
    wrong.push({ field: 'ca', found: describeFound(settings.ca), expected: certificates.expected })
  const bytes = wrong.length > 0 ? 0 : utf8Length(JSON.stringify(settings))
  if (bytes > MAX_RECORD_BYTES)
    wrong.push({
      field: 'settings',
      found: `${bytes} bytes`,
      expected: `at most ${MAX_RECORD_BYTES} bytes, which is what the flash holds: fewer certificates in ca`,
    })
  return wrong.length > 0 ? { wrong } : { settings }
}

/** Every wrong field, and the settings without these. */
export function examine(json: unknown, chip?: string): { settings: Settings; wrong: WrongField[] } {
  const wrong: WrongField[] = []
  const settings = (take(json, schema, '', wrong) ?? {}) as Settings
  checkTogether(settings, wrong, chip)
  return { settings, wrong }
}

/** One line for people; never holds a secret. */
export function explain({ field, found, expected }: WrongField): string {
  return `${field}: expected ${expected}, found ${found}`
}

/** Returns `value` with defaults filled in; what does not fit goes to `wrong`. */
function take(value: unknown, field: Field, path: string, wrong: WrongField[]): unknown {
  const missing = value === undefined
  if (missing && 'default' in field) return field.default
  if (missing && field.optional) return undefined
  const refuse = (expected: string): undefined => {
    wrong.push({ field: path || 'settings', found: describe(value, field), expected })
  }
  switch (field.kind) {
    case 'text': {
      if (typeof value !== 'string' || (value === '' && field.default !== '')) {
        return refuse(field.format?.expected ?? 'a text')
      }
      if (!isWhole(value)) return refuse('a text of valid characters')
      if (value.length > field.most) return refuse(`at most ${field.most} characters`)
      if (field.format && !field.format.fits(value)) return refuse(field.format.expected)
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
      return takeItems(value, field.of, path, wrong)
    case 'group': {
      // A group whose members all have defaults may be left out.
      const given = missing && !field.optional ? {} : value
      if (typeof given !== 'object' || given === null || Array.isArray(given))
        return refuse('an object')
      return takeMembers(given as Record<string, unknown>, field.of, path, wrong)
    }
  }
}

function takeItems(given: unknown[], field: Field, path: string, wrong: WrongField[]): unknown[] {
  return given.map((item, i) => {
    const place = `${path}[${i}]`
    if (typeof item !== 'object' && given.indexOf(item) < i)
      wrong.push({ field: place, found: `${describe(item, field)} again`, expected: 'each once' })
    return take(item, field, place, wrong)
  })
}

function takeMembers(
  given: Record<string, unknown>,
  fields: Readonly<Record<string, Field>>,
  path: string,
  wrong: WrongField[],
): Record<string, unknown> {
  const prefix = path ? `${path}.` : ''
  const taken: Record<string, unknown> = {}
  for (const name in fields) {
    const own = Object.hasOwn(given, name) ? given[name] : undefined
    const member = take(own, fields[name], prefix + name, wrong)
    if (member !== undefined) taken[name] = member
  }
  const names = Object.keys(given)
  for (let i = 0; i < names.length; i++) {
    const name = names[i]
    // A misspelt optional field would otherwise be ignored in silence.
    if (!Object.hasOwn(fields, name)) wrong.push(unknownField(path, name, Object.keys(fields)))
  }
  return taken
}

/** A name may be a secret as well as a value may: one that is like none of the `known` is not shown. */
function unknownField(path: string, name: string, known: readonly string[]): WrongField {
  const shown = known.some((one) => isMisspelt(name, one)) ? name : ''
  return {
    field: [path, shown].filter((part) => part).join('.') || 'settings',
    found: 'a field that does not exist',
    expected: `only ${known.join(', ')}`,
  }
}

/** Holds fields against each other. One that is wrong by itself is not refused a second time. */
function checkTogether(
  settings: Partial<Settings>,
  wrong: WrongField[],
  chip: string | undefined,
): void {
  const told = wrong.map(({ field }) => field)
  const refuse = (field: string, found: string, expected: string) => {
    if (!told.includes(field)) wrong.push({ field, found, expected })
  }
  const { environment, broker, line, site = '', devices = [] } = settings
  if (environment === 'custom' && broker === undefined) {
    refuse('broker', 'nothing', 'mqtts://HOST:PORT, because the environment is custom')
  }
  if (environment !== undefined && environment !== 'custom' && broker !== undefined) {
    refuse(
      'broker',
      `a broker beside the environment ${environment}`,
      'none, or the environment custom',
    )
  }
  if (line?.pins) checkPins(line.pins, chip, refuse)
  const ids: string[] = [site.toLowerCase()]
  devices.forEach((device, i) => {
    if (!device) return
    const { unit, role, resource } = device
    const path = `devices[${i}]`
    if (unit !== undefined && devices.slice(0, i).some((other) => other && clash(other, device))) {
      refuse(`${path}.unit`, `${unit} again`, 'a unit that no other device has')
    }
    if (role === 'site') {
      if (resource !== undefined)
        refuse(`${path}.resource`, 'an id', 'none, because the role is site')
    } else if (resource === undefined) {
      if (role) refuse(`${path}.resource`, 'nothing', 'the id of the resource, a UUID')
    } else {
      const id = resource.toLowerCase()
      if (ids.includes(id))
        refuse(`${path}.resource`, 'an id given twice', 'an id that no other stream has')
      ids.push(id)
    }
  })
  if (ids.length - 1 > MAX_RESOURCES) {
    refuse(
      'devices',
      `${ids.length - 1} resources`,
      `at most ${MAX_RESOURCES}, the platform's limit`,
    )
  }
}

/** An inverter may be a meter, a battery and a PV plant under one unit; two devices may not. */
function clash(a: DeviceSettings, b: DeviceSettings): boolean {
  return a.unit === b.unit && (a.model !== b.model || (a.role === b.role && a.part === b.part))
}

/** Even a short number may be a secret if it stands in the place of a text, a list or a group. */
function describe(value: unknown, { kind }: Field): string {
  const isShown = kind === 'integer' || kind === 'ratio' || kind === 'choice'
  return isShown || typeof value !== 'number' ? describeFound(value) : 'a number'
}

/**
 * Neither U+0000 nor half a surrogate pair goes over MQTT (5.0, 1.5.4). By a regular expression: XS walks the text once for
 * it, and not for every character.
 */
function isWhole(text: string): boolean {
  return !/[\0\ud800-\udfff]/u.test(text)
}
