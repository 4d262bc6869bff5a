/** Settings that the whole firmware can work with: by their fields, the catalogue's devices and the certificates. */
import { readPem } from '../core/pem'
import type { UnixMs } from '../core/time'
import { checkDevice } from '../devices/config'
import type { LineSettings } from '../ports/bytestream'
import { describeFound } from '../settings/found'
import {
  examine,
  MAX_WRONG_FIELDS,
  type ParsedSettings,
  parseSettings,
  type WrongField,
  type WrongFields,
} from '../settings/parse'
import { checkPins, type Hardware } from '../settings/pins'
import type { DeviceSettings, Settings } from '../settings/schema'
import { readAnchor } from '../tls/x509/anchor'

/**
 * `json`, `hardware`: as for parseSettings(). Whole or not at all, with every wrong field.
 * `utc`: for the dates of certificates. `isFloor`: the time is not known, but it is no earlier.
 */
export function validateSettings(
  json: unknown,
  utc: UnixMs,
  hardware?: Hardware,
  isFloor = false,
): ParsedSettings {
  const parsed = parseSettings(json, hardware)
  const { settings, wrong } = examine(json, hardware)
  const told = 'wrong' in parsed ? parsed.wrong : wrong
  const all = told.concat(wrongDevices(settings, told), wrongAnchors(settings, utc, isFloor))
  if (all.length === 0) return parsed
  const first: WrongFields = all.slice(0, MAX_WRONG_FIELDS)
  const more = all.length - first.length + (told.more ?? 0)
  if (more > 0) first.more = more
  return { wrong: first }
}

/** Of a device of which something is `told` already, only its model can be checked. */
export function wrongDevices(
  { devices = [] }: Partial<Settings>,
  told: WrongField[] = [],
): WrongField[] {
  const wrong: WrongField[] = []
  devices.forEach((device, i) => {
    // The schema has told of a device without a model.
    const fault = device?.model === undefined ? undefined : checkDevice(device)
    if (!fault) return
    const path = `devices[${i}]`
    const isModel = fault.field === 'model'
    if (!isModel && told.some(({ field }) => field.startsWith(path))) return
    const value = device[fault.field as keyof typeof device]
    // A model may be any text, and that a secret; the other texts are choices, which the schema has checked.
    const isChoice = typeof value === 'string' && !isModel
    const found = isChoice ? JSON.stringify(value) : describeFound(value)
    wrong.push({ field: `${path}.${fault.field}`, found, expected: fault.expected })
  })
  return wrong
}

/**
 * The parameters of bus.scan and device.read, beyond their fields. `site`: the line that a site is read by, which no call
 * can have otherwise.
 */
export function wrongBusCall(
  { device, line }: { device?: DeviceSettings; line?: LineSettings },
  site: LineSettings | undefined,
  hardware: Hardware,
): WrongField[] {
  const wrong: WrongField[] = []
  const refuse = (field: string, found: string, expected: string): void => {
    wrong.push({ field: `params.${field}`, found, expected })
  }
  for (const { field, found, expected } of wrongDevices(device ? { devices: [device] } : {}))
    refuse(`device${field.slice('devices[0]'.length)}`, found, expected)
  if (line?.pins) checkPins(line.pins, hardware, refuse)
  if (!line || !site) return wrong
  // Both are as the schema has them, member by member.
  if (JSON.stringify({ ...line, pins: line.pins ?? site.pins }) !== JSON.stringify(site))
    refuse('line', 'another line', 'none, or that by which the site is read')
  return wrong
}

function wrongAnchors({ ca }: Partial<Settings>, utc: UnixMs, isFloor: boolean): WrongField[] {
  const anchors = ca === undefined ? [] : (readPem(ca) ?? [])
  const wrong: WrongField[] = []
  for (let i = 0; i < anchors.length; i++) {
    const anchor = readAnchor(anchors[i], utc, isFloor)
    if (anchor.kind === 'refused') {
      wrong.push({
        field: 'ca',
        found: anchor.why,
        expected: 'certificates of authorities, in force',
      })
    }
  }
  return wrong
}
