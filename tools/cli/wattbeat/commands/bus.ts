/** `wattbeat scan, read, identify`: what is on the line and in the air, and which dongle this is. */
import { readAssignment, valueFor } from '../assignment'
import { asObject } from '../dongle'
import { Failure } from '../failure'
import type { Session } from '../session'
import { describe, inShort, tableOf } from '../table'
import type { Outcome } from './outcome'
import { readSettings } from './provision'

export async function scanWifi(session: Session): Promise<Outcome | Failure> {
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  const networks = await connected.dongle.call('wifi.scan')
  if (networks instanceof Failure) return networks
  return {
    json: { networks },
    lines: Array.isArray(networks) ? tableOf(networks) : describe(networks),
  }
}

export interface BusScanOptions {
  units?: readonly number[]
  thorough?: boolean
}

export async function scanBus(
  session: Session,
  { units, thorough }: BusScanOptions,
): Promise<Outcome | Failure> {
  const { output, surroundings } = session
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  const found: unknown[] = []
  const onProgress = (value: unknown): void => {
    const { done, ...more } = asObject(value) ?? {}
    if (typeof done === 'number') output.bar(done)
    if (Object.keys(more).length === 0) return
    found.push(more)
    output.event({ found: more }, [inShort(more, true)])
  }
  const params = { ...(units && { units }), ...(thorough && { thorough }) }
  const { signal } = surroundings
  const result = await connected.dongle.call('bus.scan', params, { onProgress, signal })
  if (result instanceof Failure) return result
  return {
    json: { found, result },
    lines: result === null ? [`found ${found.length}`] : describe(result),
  }
}

export interface ReadOptions {
  model?: string
  unit?: number
  seconds?: number
}

/** The devices of the settings, or one that is none of them yet. */
export async function read(
  session: Session,
  words: readonly string[],
  { model, unit, seconds }: ReadOptions,
): Promise<Outcome | Failure> {
  const more = words.map(deviceMember)
  const wrong = more.find((member) => member instanceof Failure)
  if (wrong instanceof Failure) return wrong
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  const { dongle } = connected
  let devices: unknown[]
  if (model !== undefined || unit !== undefined || more.length > 0)
    devices = [
      { model: model ?? 'auto', unit: unit ?? 1, role: 'site', ...Object.assign({}, ...more) },
    ]
  else {
    const settings = await readSettings(dongle)
    if (settings instanceof Failure) return settings
    const listed = asObject(settings)?.['devices']
    if (!Array.isArray(listed))
      return new Failure('usage', 'the dongle has no devices yet', {
        fix: 'Name one: wattbeat read --model auto --unit 1',
      })
    devices = listed
  }
  const readings: unknown[] = []
  const { signal } = session.surroundings
  for (const device of devices) {
    const { model: name, unit: number } = asObject(device) ?? {}
    const title = `${inShort(name)}@${inShort(number)}`
    const onProgress = (value: unknown): void =>
      session.output.event({ device: title, reading: value }, [`${title}  ${inShort(value, true)}`])
    const params = { device, ...(seconds === undefined ? {} : { seconds }) }
    const reading = await dongle.call('device.read', params, { onProgress, signal })
    if (reading instanceof Failure) return reading
    readings.push({ device: title, reading })
  }
  return { json: { readings }, lines: tableOf(readings) }
}

/** `ctRatio=40`: as `devices[0].ctRatio=40` of the settings. */
function deviceMember(word: string): object | Failure {
  const assignment = readAssignment(`devices[0].${word}`)
  if (assignment instanceof Failure) return assignment
  const { path, field, text = '' } = assignment
  return { [path[2]]: valueFor(text, field) }
}

export async function identify(session: Session, seconds?: number): Promise<Outcome | Failure> {
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  const done = await connected.dongle.call('identify', seconds === undefined ? {} : { seconds })
  if (done instanceof Failure) return done
  return { json: { seconds: seconds ?? 10 }, lines: [`its LED blinks for ${seconds ?? 10} s`] }
}
