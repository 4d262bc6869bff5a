/** The tables of docs/provisioning.md: what the firmware checks by (provisioning/methods.ts), with words for people. */
import { METHODS, type MethodName } from '../../firmware/provisioning/methods'
import { CODE } from '../../firmware/provisioning/request'
import type { Field } from '../../firmware/settings/schema'
import { bounds, table } from '../settings/tables'

/** What each call does and is answered with. Not in the firmware: flash is for what it needs. */
const WORDS: Readonly<Record<MethodName, string>> = {
  info: 'product, version, chip, serial number, state',
  status: 'all of health, once, or each time as progress',
  'settings.get': 'the settings; in the place of a secret `true` if it is set, `false` if not',
  'settings.set':
    'validates the settings with the patch as a whole and stores them before it answers, or changes nothing and lists every wrong field. If `environment`, `broker` or `ca` changes, the credentials have to be given anew',
  'wifi.scan': 'networks with their strength, and whether they are open',
  'bus.scan':
    'how many were found; progress: the share that is done, and each device found with its evidence (below)',
  'device.read':
    'a device as it would be set up: power, volts, amperes, phases, state of charge (below); each reading as progress if it is followed',
  identify: 'shows by the LED which dongle this is',
  'credentials.stage':
    'the next pair: tried on a fresh connection, in force once accepted; refused while another one is staged',
  'credentials.commit':
    'answers once the staged pair is in force and the one before forgotten, or with what the broker said against it',
  'credentials.cancel': 'forgets the staged pair',
  test: 'whether the running dongle has its network, the time and the broker, and an answer of each device; each step as progress, with its reason if it failed',
  log: 'the newest lines; if it is followed, each further one as progress',
  restart: 'answers, then restarts',
  reset: "answers, then erases the site's data; the identity stays",
  update: 'its place only: an error until there are updates',
  cancel: 'whether that call was open; it ends with an error. It may be a notification',
}

/** What each parameter means. */
const ABOUT: { readonly [M in MethodName]?: Readonly<Record<string, string>> } = {
  status: { everyS: 'Again and again, so many seconds apart' },
  'settings.set': {
    patch: 'Members of the settings; null removes one',
    dryRun: 'Only say what is wrong',
  },
  'bus.scan': {
    units: 'Only these; by default those that are usual',
    thorough: 'Ask for what any model has, not only for what most have',
    line: 'Only with these line settings; by default those of the site, or all usual ones if there is none',
  },
  'device.read': {
    device: 'One meter or battery',
    line: 'By default that of the site; if there is none, as the model is shipped',
    seconds: 'Twice a second for so long; once if left out',
  },
  identify: { seconds: 'How long; 10 if left out' },
  'credentials.stage': { key: 'The MQTT user name', secret: 'The MQTT password' },
  log: { follow: 'Each further line as well' },
  cancel: { id: 'Of the call' },
}

const ERRORS: Readonly<Record<keyof typeof CODE, string>> = {
  noJson: 'no JSON',
  noRequest: 'no request: a list of them, too large, a wrong member, an id that is open',
  unknownMethod: 'no such method',
  wrongParams: 'wrong parameters or settings',
  internal: 'the answer is too long for one message',
  busy: 'too many calls are open, or what the call needs is in use',
  timedOut: 'the call took longer than it may',
  cancelled: 'it was cancelled',
  notYet: 'not in this version',
  unprovisioned: 'there are no settings yet',
  failed: 'it was tried and did not work: the words say why',
}

export function methodTable(): string {
  return table(
    ['call', 'parameters', 'does, or is answered with', 'ends within'],
    Object.entries(METHODS).map(([name, { params, maxMs }]) => [
      `\`${name}\``,
      parameters(name as MethodName, params),
      WORDS[name as MethodName],
      maxMs < 60_000 ? `${maxMs / 1000} s` : `${maxMs / 60_000} min`,
    ]),
  )
}

export function errorTable(): string {
  return table(
    ['code', 'means'],
    Object.entries(CODE).map(([name, code]) => [`${code}`, ERRORS[name as keyof typeof CODE]]),
  )
}

function parameters(method: MethodName, params: Readonly<Record<string, Field>>): string {
  return Object.entries(params)
    .map(([name, field]) => {
      const about = ABOUT[method]?.[name]
      if (!about) throw new Error(`${method}.${name}: no words in tools/docs/dialogue.ts`)
      return `\`${name}\`${isOptional(field) ? '?' : ''}: ${what(name, field)}. ${about}`
    })
    .join('<br>')
}

function isOptional(field: Field): boolean {
  return field.optional === true || ('default' in field && field.default !== undefined)
}

/** The fields of a group are those of the settings. */
function what(name: string, field: Field): string {
  const where = name === 'device' ? 'devices[]' : name
  return field.kind === 'group' ? `as \`${where}\` of the settings` : bounds(field)
}
