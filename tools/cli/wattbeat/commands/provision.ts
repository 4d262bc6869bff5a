/** `wattbeat provision`: a site's file into a dongle. It reads, compares, sends what differs, reads again, and tests. */
import { CODE } from '../../../../firmware/provisioning/request'
import { parseSettings } from '../../../../firmware/settings/parse'
import type { Settings } from '../../../../firmware/settings/schema'
import { findJsonFault } from '../../../settings/json'
import { asObject, type Dongle } from '../dongle'
import { Failure } from '../failure'
import type { Session } from '../session'
import { difference } from '../site'
import { readText } from '../surroundings'
import { inShort } from '../table'
import type { Outcome } from './outcome'

/** Without the call `test`: how long the dongle has to begin to stream. */
const MAX_STREAMING_MS = 90_000

const NOTHING_STORED = 'Nothing was stored: the dongle has the settings it had.'
const PERHAPS_STORED =
  'Whether the settings were stored is not known: all of them or none. The same command again sends what is missing.'
const STORED = 'The settings are stored. The same command again tests them.'

export interface ProvisionOptions {
  dryRun?: boolean
  secrets?: boolean
  test?: boolean
}

export function readSite(path: string): Settings | Failure {
  const text = readText(path, 'the file of the settings')
  if (text instanceof Failure) return text
  const fault = findJsonFault(text)
  if (fault)
    return new Failure(
      'settings',
      `the file of the settings: line ${fault.line}, column ${fault.column}: expected ${fault.expected}`,
    )
  const parsed = parseSettings(JSON.parse(text))
  return 'settings' in parsed
    ? parsed.settings
    : new Failure('settings', 'the file of the settings is wrong', {
        wrong: parsed.wrong,
        more: parsed.wrong.more,
      })
}

export async function provision(
  session: Session,
  path: string,
  { dryRun = false, secrets = false, test = true }: ProvisionOptions,
): Promise<Outcome | Failure> {
  const { output } = session
  const desired = readSite(path)
  if (desired instanceof Failure) return desired
  const connected = await session.connect()
  if (connected instanceof Failure) return connected.with({ stored: NOTHING_STORED })
  let { dongle } = connected
  output.note(`dongle  ${inShort(connected.info)}`)
  const shown = await readSettings(dongle)
  if (shown instanceof Failure) return shown.with({ stored: NOTHING_STORED })
  const { patch, kept, unseen } = difference(desired, shown, secrets)
  const changed = Object.keys(patch)
  if (kept.length > 0) output.note(`kept    ${kept.join(', ')}: not in the file`)
  if (unseen.length > 0)
    output.note(`unseen  ${unseen.join(', ')}: set, cannot be compared; --secrets sends them again`)
  const about = { changed, kept, unseen }

  if (changed.length > 0) {
    output.note(`${dryRun ? 'checks ' : 'sends  '} ${changed.join(', ')}`)
    const stored = await dongle.call('settings.set', dryRun ? { patch, dryRun } : { patch })
    if (stored instanceof Failure)
      return stored.with({
        stored: isUncertain(stored) && !dryRun ? PERHAPS_STORED : NOTHING_STORED,
      })
  }
  if (dryRun)
    return {
      json: { dryRun: true, ...about },
      lines: [changed.length > 0 ? `would change ${changed.join(', ')}` : 'would change nothing'],
    }

  if (changed.length > 0) {
    const leftIn = (now: unknown): string[] => Object.keys(difference(desired, now, false).patch)
    const isStored = (now: unknown): boolean => leftIn(now).length === 0
    const again = await session.wait(dongle, readSettings, isStored)
    if (again instanceof Failure) return again.with({ stored: STORED })
    dongle = again.dongle
    if (!again.isSo)
      return new Failure(
        'unproved',
        `read back, and not as sent: ${leftIn(again.value).join(', ')}`,
      )
  }
  const report = [
    changed.length > 0
      ? `stored and read back: ${changed.join(', ')}`
      : 'nothing to change: the dongle has these settings',
  ]
  if (!test) return { json: { ...about, verified: report }, lines: report }
  let proved = await prove(session, dongle)
  if (proved instanceof Failure && proved.kind === 'cable') {
    // Stored settings take effect by a restart, which may come late enough to end the test.
    const again = await session.reconnect()
    proved = again instanceof Failure ? again : await prove(session, again.dongle)
  }
  if (proved instanceof Failure) return proved.with({ stored: STORED })
  const verified = [...report, ...proved]
  return { json: { ...about, verified }, lines: verified }
}

/** Undefined if there are none. */
export async function readSettings(dongle: Dongle): Promise<unknown> {
  const shown = await dongle.call('settings.get')
  if (shown instanceof Failure && shown.details.code === CODE.unprovisioned) return undefined
  return shown
}

/** It has no such call, or streams already, for which it needs all that the test would use. */
const UNTESTABLE: readonly number[] = [CODE.notYet, CODE.unknownMethod, CODE.busy]

/** By the call `test`; otherwise by the state. */
async function prove(session: Session, dongle: Dongle): Promise<string[] | Failure> {
  const { output, surroundings } = session
  const steps: string[] = []
  const onProgress = (value: unknown): void => {
    steps.push(inShort(value))
    output.note(`test    ${inShort(value)}`)
  }
  const tested = await dongle.call('test', {}, { onProgress, signal: surroundings.signal })
  if (!(tested instanceof Failure)) {
    const failed = asObject(tested)?.['ok'] === false
    if (failed) return new Failure('unproved', `the test failed: ${inShort(tested)}`)
    return [
      ...steps.map((step) => `tested: ${step}`),
      ...(tested ? [`tested: ${inShort(tested)}`] : []),
    ]
  }
  const { code } = tested.details
  if (code === CODE.failed) return new Failure('unproved', tested.message, tested.details)
  if (!UNTESTABLE.includes(code ?? 0)) return tested
  return streams(session, dongle)
}

async function streams(session: Session, dongle: Dongle): Promise<string[] | Failure> {
  const { output, surroundings } = session
  let before = ''
  const isStreaming = (status: unknown): boolean => {
    const { state, why } = asObject(status) ?? {}
    const told = inShort({ state, why })
    if (told !== before) output.note(`status  ${told}`)
    before = told
    return state === 'streaming'
  }
  const ask = (at: Dongle): Promise<unknown> =>
    at.call('status', {}, { signal: surroundings.signal })
  const waited = await session.wait(dongle, ask, isStreaming, MAX_STREAMING_MS)
  if (waited instanceof Failure) return waited
  return waited.isSo
    ? ['state: streaming']
    : new Failure('unproved', `not streaming after ${MAX_STREAMING_MS / 1000} s: ${before}`)
}

/** Whether what was asked for may have happened all the same. */
export function isUncertain({ kind }: Failure): boolean {
  return kind === 'cable' || kind === 'late' || kind === 'silent' || kind === 'interrupted'
}
