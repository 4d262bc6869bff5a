/** Settings that the whole firmware can work with: by their fields, the catalogue's devices and the certificates. */
import { readPem } from '../core/pem'
import type { UnixMs } from '../core/time'
import { checkDevice } from '../devices/config'
import { examine, type Parsed, parseSettings, type Wrong } from '../settings/parse'
import type { Settings } from '../settings/schema'
import { readAnchor } from '../tls/x509/anchor'

/**
 * `json`: the value of a settings file, as JSON.parse gives it. Whole or not at all, with every wrong field.
 * `utc`: for the dates of certificates; when the firmware was built, if the time is not known.
 */
export function validateSettings(json: unknown, utc: UnixMs): Parsed {
  const parsed = parseSettings(json)
  const { settings, wrong } = examine(json)
  const told = 'wrong' in parsed ? parsed.wrong : wrong
  const all = [...told, ...wrongDevices(settings, told), ...wrongAnchors(settings, utc)]
  return all.length > 0 ? { wrong: all } : parsed
}

/** Of the devices of which nothing is `told` yet. */
export function wrongDevices({ devices = [] }: Partial<Settings>, told: Wrong[] = []): Wrong[] {
  const wrong: Wrong[] = []
  devices.forEach((device, i) => {
    if (told.some(({ field }) => field.startsWith(`devices[${i}]`))) return
    const fault = checkDevice(device)
    if (!fault) return
    const value = device[fault.field as keyof typeof device]
    const found = value === undefined ? 'nothing' : JSON.stringify(value)
    wrong.push({ field: `devices[${i}].${fault.field}`, found, expected: fault.expected })
  })
  return wrong
}

function wrongAnchors({ ca }: Partial<Settings>, utc: UnixMs): Wrong[] {
  const anchors = ca === undefined ? [] : (readPem(ca) ?? [])
  const wrong: Wrong[] = []
  for (const der of anchors) {
    const anchor = readAnchor(der, utc)
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
