/** JSON -> valid settings, or every wrong field with what is expected there and what was found. */
import { utf8Length } from '../core/bytes'
import { readPem } from '../core/pem'
import { certificates } from './formats'
import { describeFound, isMisspelt } from './found'
import { checkPins, type Hardware } from './pins'
import { type DeviceSettings, type Field, MAX_RESOURCES, type Settings, schema } from './schema'

/**
 * Of the stored record. NVS on ESP32 has room for 20 KB (24 KB less a page of 4 KB, which it keeps free): two of these,
 * Wi-Fi's own data and the other records. An authority's certificate takes some 2000 bytes, a device 200.
 */
const MAX_RECORD_BYTES = 6000
/** More are not told before these are mended: whoever sends them must not fill the memory, and the answer is one message. */
export const MAX_WRONG_FIELDS = 24

export interface WrongField {
  /** Such as `devices[1].unit`. */
  field: string
  found: string
  expected: string
}

/** At most MAX_WRONG_FIELDS; `more`: how many there are besides. */
export interface WrongFields extends Array<WrongField> {
  more?: number
}

export type ParsedSettings = { settings: Settings } | { wrong: WrongFields }

/**
 * Whole or not at all. `json`: the value of a settings file, as JSON.parse gives it. `hardware`: whose pins the line has;
 * left out if that is not known.
 */
export function parseSettings(json: unknown, hardware?: Hardware): ParsedSettings {
  const { settings, wrong } = examine(json, hardware)
  if (settings.ca !== undefined && !readPem(settings.ca))
    tell(wrong, 'ca', describeFound(settings.ca), certificates.expected)
  const bytes = wrong.length > 0 ? 0 : utf8Length(JSON.stringify(settings))
  if (bytes > MAX_RECORD_BYTES)
    tell(
      wrong,
      'settings',
      `${bytes} bytes`,
      `at most ${MAX_RECORD_BYTES} bytes, which is what the flash holds: fewer certificates in ca`,
    )
  return wrong.length > 0 ? { wrong } : { settings }
}

/** Every wrong field, and the settings without these. */
export function examine(
  json: unknown,
  hardware: Hardware = {},
): { settings: Settings; wrong: WrongFields } {
  const wrong: WrongFields = []
  const settings = (takeField(json, schema, '', wrong) ?? {}) as Settings
  checkTogether(settings, wrong, hardware)
  return { settings, wrong }
}

/** One line for people; never holds a secret. */
export function explain({ field, found, expected }: WrongField): string {
  return `${field}: expected ${expected}, found ${found}`
}

/** Returns `value` with defaults filled in; what does not fit goes to `wrong`. */
export function takeField(
  value: unknown,
  field: Field,
  path: string,
  wrong: WrongField[],
): unknown {
  if (value === undefined) {
    if ('default' in field) return field.default
    if (field.optional) return undefined
    // A group whose members all have defaults may be left out.
    if (field.kind === 'group') return takeMembers({}, field.of, path, wrong)
  }
  const expected = misfit(value, field)
  if (expected) return tell(wrong, path || 'settings', describe(value, field), expected)
  if (field.kind === 'list') return takeItems(value as unknown[], field.of, path, wrong)
  if (field.kind !== 'group') return value
  return takeMembers(value as Record<string, unknown>, field.of, path, wrong)
}

/** What is expected in place of `value`; undefined if it fits. What is in a list or an object is not looked at. */
function misfit(value: unknown, field: Field): string | undefined {
  switch (field.kind) {
    case 'text': {
      const format = field.format
      if (typeof value !== 'string' || (value === '' && field.default !== ''))
        return format?.expected ?? 'a text'
      if (!isWhole(value)) return 'a text of valid characters'
      if (value.length > field.most) return `at most ${field.most} characters`
      return format && !format.fits(value) ? format.expected : undefined
    }
    case 'integer':
      return typeof value === 'number' &&
        Number.isInteger(value) &&
        value >= field.least &&
        value <= field.most
        ? undefined
        : `a whole number from ${field.least} to ${field.most}`
    case 'ratio':
      return typeof value === 'number' && value > 0 && value <= field.most
        ? undefined
        : `a number above 0, at most ${field.most}`
    case 'choice':
      return field.of.includes(value as string) ? undefined : `one of ${field.of.join(', ')}`
    case 'list':
      return Array.isArray(value) && value.length >= field.least && value.length <= field.most
        ? undefined
        : `a list of ${field.least} to ${field.most}`
    case 'object':
    case 'group':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? undefined
        : 'an object'
  }
}

function takeItems(given: unknown[], field: Field, path: string, wrong: WrongField[]): unknown[] {
  return given.map((item, i) => {
    const place = `${path}[${i}]`
    if (typeof item !== 'object' && given.indexOf(item) < i)
      tell(wrong, place, `${describe(item, field)} again`, 'each once')
    return takeField(item, field, place, wrong)
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
    const member = takeField(own, fields[name], prefix + name, wrong)
    if (member !== undefined) taken[name] = member
  }
  const names = Object.keys(given)
  for (let i = 0; i < names.length; i++) {
    const name = names[i]
    // A misspelt optional field would otherwise be ignored in silence.
    if (!Object.hasOwn(fields, name)) tellUnknown(wrong, path, name, Object.keys(fields))
  }
  return taken
}

/** A name may be a secret as well as a value may: one that is like none of the `known` is not shown. */
function tellUnknown(
  wrong: WrongField[],
  path: string,
  name: string,
  known: readonly string[],
): void {
  const shown = known.some((one) => isMisspelt(name, one)) ? name : ''
  const field = [path, shown].filter((part) => part).join('.') || 'settings'
  tell(wrong, field, 'a field that does not exist', `only ${known.join(', ')}`)
}

function tell(wrong: WrongFields, field: string, found: string, expected: string): undefined {
  if (wrong.length < MAX_WRONG_FIELDS) wrong.push({ field, found, expected })
  else wrong.more = (wrong.more ?? 0) + 1
}

/** Holds fields against each other. One that is wrong by itself is not refused a second time. */
function checkTogether(settings: Partial<Settings>, wrong: WrongField[], hardware: Hardware): void {
  const told = wrong.map(({ field }) => field)
  const refuse = (field: string, found: string, expected: string) => {
    if (!told.includes(field)) tell(wrong, field, found, expected)
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
  if (line?.pins) checkPins(line.pins, hardware, refuse)
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
