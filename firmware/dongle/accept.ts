/** Settings that the whole firmware can work with: valid by their fields, and by what the catalogue's devices can do. */
import { checkDevice } from '../devices/setup'
import { type Parsed, parseSettings, type Wrong } from '../settings/parse'
import type { Settings } from '../settings/schema'

/** `json`: the value of a settings file, as JSON.parse gives it. Whole or not at all, with every wrong field. */
export function acceptSettings(json: unknown): Parsed {
  const parsed = parseSettings(json)
  if ('wrong' in parsed) return parsed
  const wrong = wrongDevices(parsed.settings)
  return wrong.length > 0 ? { wrong } : parsed
}

export function wrongDevices({ devices }: Settings): Wrong[] {
  const wrong: Wrong[] = []
  devices.forEach((device, i) => {
    const fault = checkDevice(device)
    if (!fault) return
    const value = device[fault.field as keyof typeof device]
    const found = value === undefined ? 'nothing' : JSON.stringify(value)
    wrong.push({ field: `devices[${i}].${fault.field}`, found, expected: fault.expected })
  })
  return wrong
}
