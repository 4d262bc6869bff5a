/** `wattbeat set, rotate, reset`: what changes a dongle. */
import { CODE } from '../../../../firmware/provisioning/request'
import { parseSettings } from '../../../../firmware/settings/parse'
import { findJsonFault } from '../../../settings/json'
import { type Assignment, assign, pathText, readAssignment, valueFor } from '../assignment'
import { asObject, type Dongle } from '../dongle'
import { Failure } from '../failure'
import type { Session } from '../session'
import { MEMBERS, secretsOf } from '../site'
import { readText } from '../surroundings'
import { inShort } from '../table'
import type { Outcome } from './outcome'
import { isUncertain, readSettings } from './provision'

const PERHAPS = 'Whether it was stored is not known: `wattbeat status`, or the same command again.'
const UNCHANGED = 'Nothing was changed.'
const OLD_IN_FORCE = 'The old credentials are in force'
const BOTH_STORED =
  'The new credentials are stored beside the old ones; the dongle takes them once the broker does.'
const OTHERS_STAGED = `Others are staged beside the old credentials. ${UNCHANGED}`
const DECIDE = '`wattbeat rotate` with those commits them, `wattbeat set staged=null` cancels them.'
/** How long the dongle has to join and connect after its restart. */
const MAX_TAKEN_MS = 120_000

export async function set(
  session: Session,
  words: readonly string[],
  dryRun: boolean,
): Promise<Outcome | Failure> {
  const assignments: Assignment[] = []
  for (const word of words) {
    const assignment = readAssignment(word)
    if (assignment instanceof Failure) return assignment
    assignments.push(assignment)
  }
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  const { dongle } = connected
  const settings = await readSettings(dongle)
  if (settings instanceof Failure) return settings
  const shown = asObject(settings) ?? {}
  const patch: Record<string, unknown> = {}
  const given = new Set<string>()
  for (const { path, field, text } of assignments) {
    const key = pathText(path)
    const value = text === undefined ? await ask(session, key) : valueFor(text, field)
    if (value instanceof Failure) return value
    given.add(key)
    const failure = assign(patch, shown, path, value)
    if (failure) return failure
  }
  const completed = await askForOthers(session, patch, given)
  if (completed instanceof Failure) return completed
  const stored = await dongle.call('settings.set', dryRun ? { patch, dryRun } : { patch })
  if (stored instanceof Failure)
    return stored.with({ stored: isUncertain(stored) && !dryRun ? PERHAPS : UNCHANGED })
  const changed = [...given]
  return {
    json: { dryRun, changed },
    lines: [`${dryRun ? 'would set' : 'set'} ${changed.join(', ')}`],
  }
}

/** A member is replaced whole, and what the dongle shows of its secrets is not what they are. */
async function askForOthers(
  session: Session,
  patch: Record<string, unknown>,
  given: Set<string>,
): Promise<Failure | undefined> {
  for (const name of Object.keys(patch)) {
    for (const key of secretsOf(patch[name], MEMBERS[name], name)) {
      if (given.has(key)) continue
      const secret = await ask(session, key)
      if (secret instanceof Failure) return secret
      assign(patch, {}, key.split('.'), secret)
    }
  }
  return undefined
}

async function ask(session: Session, what: string): Promise<string | Failure> {
  const { prompts } = session.surroundings
  if (prompts) return prompts.secret(what, (text) => (text ? undefined : 'it is empty'))
  return new Failure('usage', `${what} is needed, and nobody can be asked for it`, {
    fix: 'Use a terminal, or put it into the file of `wattbeat provision`.',
  })
}

/** The next credentials: tried by the dongle on a connection of their own before the old ones are forgotten. */
export async function rotate(session: Session, file?: string): Promise<Outcome | Failure> {
  const pair = file === undefined ? await typedPair(session) : pairIn(file)
  if (pair instanceof Failure) return pair
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  const staged = await connected.dongle.call('credentials.stage', pair)
  if (staged instanceof Failure && staged.details.wrong?.some(({ field }) => field === 'staged'))
    return staged.with({ stored: OTHERS_STAGED, fix: DECIDE })
  if (staged instanceof Failure)
    return staged.with({
      stored: isUncertain(staged) ? PERHAPS : `${OLD_IN_FORCE}, and no others are stored.`,
    })
  session.output.note('staged: the dongle tries them')
  const settled = await session.wait(connected.dongle, readSettings, () => true)
  if (settled instanceof Failure) return settled.with({ stored: BOTH_STORED })
  let { dongle } = settled
  const { signal } = session.surroundings
  let committed = await dongle.call('credentials.commit', {}, { signal })
  if (committed instanceof Failure && committed.details.code === CODE.notYet) {
    const waited = await takes(session, dongle)
    if (waited instanceof Failure) committed = waited
    else {
      dongle = waited.dongle
      committed = waited.refused
    }
  }
  if (!(committed instanceof Failure))
    return { json: {}, lines: ['the new credentials are in force'] }
  if (committed.kind !== 'refused') return committed.with({ stored: BOTH_STORED })
  const cancelled = await dongle.call('credentials.cancel')
  return committed.with({
    stored:
      cancelled instanceof Failure ? BOTH_STORED : `${OLD_IN_FORCE}; the new ones are forgotten.`,
  })
}

/** A dongle without the call that commits takes a pair by itself: once the broker has accepted it, it is staged no more. */
async function takes(
  session: Session,
  dongle: Dongle,
): Promise<{ dongle: Dongle; refused: Failure | undefined } | Failure> {
  const look = async (at: Dongle): Promise<Failure | { isStaged: boolean; why: unknown }> => {
    const settings = await readSettings(at)
    if (settings instanceof Failure) return settings
    const status = await at.call('status')
    if (status instanceof Failure) return status
    const credentials = asObject(asObject(status)?.['credentials'])
    const isStaged = asObject(settings)?.['staged'] !== undefined
    return { isStaged, why: credentials?.['stagedRefused'] }
  }
  const waited = await session.wait(
    dongle,
    look,
    ({ isStaged, why }) => !isStaged || !!why,
    MAX_TAKEN_MS,
  )
  if (waited instanceof Failure) return waited
  const { isStaged, why } = waited.value
  if (!waited.isSo)
    return new Failure('unproved', `the broker has not taken them within ${MAX_TAKEN_MS / 1000} s`)
  const refused = isStaged ? new Failure('refused', `the broker: ${inShort(why)}`) : undefined
  return { dongle: waited.dongle, refused }
}

async function typedPair(session: Session): Promise<object | Failure> {
  const key = await ask(session, 'new credentials.key')
  if (key instanceof Failure) return key
  const secret = await ask(session, 'new credentials.secret')
  return secret instanceof Failure ? secret : { key, secret }
}

/** `{"key": …, "secret": …}`, or a whole site's file. */
function pairIn(path: string): object | Failure {
  const text = readText(path, 'the file of the credentials')
  if (text instanceof Failure) return text
  const fault = findJsonFault(text)
  if (fault)
    return new Failure(
      'settings',
      `the file of the credentials: line ${fault.line}, column ${fault.column}: expected ${fault.expected}`,
    )
  const json = asObject(JSON.parse(text)) ?? {}
  const credentials = json['credentials'] ?? json
  const parsed = parseSettings({ credentials })
  const wrong = 'wrong' in parsed ? parsed.wrong : []
  const ofPair = wrong.filter(({ field }) => field.startsWith('credentials'))
  return ofPair.length > 0
    ? new Failure('settings', 'the file of the credentials is wrong', { wrong: ofPair })
    : (credentials as object)
}

export async function reset(session: Session, isSure: boolean): Promise<Outcome | Failure> {
  if (!isSure) {
    const { prompts } = session.surroundings
    if (!prompts)
      return new Failure('usage', 'a reset has to be confirmed, and nobody can be asked', {
        fix: 'Use --yes.',
      })
    const answer = await prompts.confirm("Erase the site's settings in this dongle?")
    if (answer instanceof Failure) return answer
    if (!answer) return new Failure('interrupted', 'not confirmed', { stored: UNCHANGED })
  }
  const connected = await session.connect()
  if (connected instanceof Failure) return connected
  const done = await connected.dongle.call('reset')
  if (done instanceof Failure)
    return done.with({
      stored: isUncertain(done)
        ? 'Whether it was erased is not known: `wattbeat info` tells.'
        : UNCHANGED,
    })
  return { json: {}, lines: ["the site's settings are erased; serial number and label stay"] }
}
