/** What `npm start` is asked to do: its command line, checked. */
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { hostAndPort } from '../../firmware/settings/formats'

export const HELP = `npm start -- [options]      the virtual dongle: the firmware on this computer

Without options it streams a simulated site (meters, battery, broker, time server) until Ctrl-C.

  --for SECONDS      end after so long, with a summary; exit code 0 only when no sample was missed
  --messages         print the JSON of each message that is sent to the broker
  --trace            print every Modbus frame, NTP datagram and MQTT packet in words, secrets masked
  --trace FILE       write them to FILE instead, a JSON object per line
  --serial DEVICE    read the meters on a real RS-485 adapter, such as /dev/ttyUSB0
  --settings FILE    a real site: its ids, credentials, devices and broker (JSON, see docs/settings.md)
  --broker URL       with --settings: another broker, mqtts://HOST or mqtts://HOST:PORT
  --provision [FOLDER]
                     begin without settings, with a cable for npx wattbeat; FOLDER keeps what the dongle is told
  --engine NAME      what runs the firmware: xs, the device's engine, or node, to debug; xs if it could be built
  --help             this text`

export const ENGINES = ['xs', 'node'] as const
export type EngineName = (typeof ENGINES)[number]

export interface Arguments {
  forSeconds?: number
  messages?: boolean
  /** A file's path, or true for the terminal. */
  trace?: string | true
  serial?: string
  settings?: string
  broker?: string
  /** A folder's path, or true for the usual one. */
  provision?: string | true
  engine?: EngineName
}

export type ParsedCommandLine =
  | { kind: 'run'; arguments: Arguments }
  | { kind: 'help' }
  /** One line: which argument, and what to write instead. */
  | { kind: 'wrong'; why: string }

const MAX_SECONDS = 7 * 24 * 3600

const OPTIONS = {
  for: { type: 'string' },
  messages: { type: 'boolean' },
  trace: { type: 'boolean' },
  provision: { type: 'boolean' },
  serial: { type: 'string' },
  settings: { type: 'string' },
  broker: { type: 'string' },
  engine: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Of these the value may be left out, which parseArgs does not know: it comes as a positional. */
const OPTIONAL_VALUES: Readonly<Partial<Record<OptionName, string>>> = {
  trace: 'file',
  provision: 'folder',
}

type OptionName = keyof typeof OPTIONS

const EXAMPLES: Readonly<Partial<Record<OptionName, string>>> = {
  for: '--for 60',
  serial: '--serial /dev/ttyUSB0',
  settings: '--settings site.json',
  broker: '--broker mqtts://mqtt.sandbox.powernaut.io:8883',
  engine: '--engine node',
}

export function parseArguments(words: readonly string[]): ParsedCommandLine {
  // Not strict: its errors name no fix, and do not end with ours.
  const { tokens } = parseArgs({
    args: [...words],
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = new Map<OptionName, string | true>()
  let last: OptionName | undefined
  for (const token of tokens) {
    if (
      token.kind === 'positional' &&
      last &&
      last in OPTIONAL_VALUES &&
      given.get(last) === true
    ) {
      given.set(last, token.value)
      continue
    }
    if (token.kind !== 'option') return wrong(noSuchOption(words[token.index]))
    const { name, value, inlineValue } = token
    if (!isOption(name)) return wrong(noSuchOption(token.rawName))
    if (name === 'help') return { kind: 'help' }
    if (given.has(name)) return wrong(`--${name}: given twice; give it once`)
    if (OPTIONS[name].type === 'boolean') {
      const what = OPTIONAL_VALUES[name]
      if (value !== undefined && !what) return wrong(`--${name}: takes no value`)
      if (value === '') return wrong(`--${name}: needs a ${what} behind the =, or nothing at all`)
    } else if (!value || (!inlineValue && value.startsWith('--'))) {
      return wrong(`--${name}: needs a value, such as ${EXAMPLES[name]}`)
    }
    given.set(name, value ?? true)
    last = name
  }
  return check(given)
}

function check(given: ReadonlyMap<OptionName, string | true>): ParsedCommandLine {
  const text = (name: OptionName) => given.get(name) as string | undefined
  const seconds = text('for')
  const forSeconds = seconds === undefined ? undefined : Number(seconds)
  if (forSeconds !== undefined && !(forSeconds >= 1 && forSeconds <= MAX_SECONDS)) {
    return wrong(`--for ${seconds}: expected seconds from 1 to ${MAX_SECONDS}, such as --for 60`)
  }
  const engine = text('engine')
  if (engine !== undefined && !isEngine(engine))
    return wrong(`--engine ${engine}: expected ${ENGINES.join(' or ')}`)
  const settings = text('settings')
  const trace = given.get('trace')
  if (typeof trace === 'string' && settings !== undefined && resolve(trace) === resolve(settings))
    return wrong(`--trace ${trace}: would overwrite the file of --settings; name another`)
  if (given.has('provision') && settings !== undefined)
    return wrong(
      '--provision: begins without settings; leave out --settings, and give its file to npx wattbeat provision',
    )
  const broker = text('broker')
  const whyNot = broker === undefined ? undefined : refuseBroker(broker, settings !== undefined)
  if (whyNot) return wrong(whyNot)
  return {
    kind: 'run',
    arguments: {
      forSeconds,
      messages: given.has('messages') || undefined,
      trace,
      serial: text('serial'),
      settings,
      broker,
      provision: given.get('provision'),
      engine,
    },
  }
}

function refuseBroker(url: string, withSettings: boolean): string | undefined {
  // Shown back to nobody: a password could be in it.
  if (url.includes('@')) {
    return '--broker: holds credentials; put them into the file of --settings, as credentials.key and .secret'
  }
  if (url.startsWith('mqtt://')) {
    return `--broker ${url}: is MQTT without TLS, which would show the credentials to everybody on the way; use mqtts://${url.slice(7)}`
  }
  if (!url.startsWith('mqtts://') || !hostAndPort(url.slice(8), 8883)) {
    return `--broker ${url}: expected mqtts://HOST or mqtts://HOST:PORT`
  }
  if (!withSettings) {
    return '--broker: needs --settings FILE, for the ids and credentials of the site'
  }
  return undefined
}

function noSuchOption(word: string): string {
  const names = Object.keys(OPTIONS).map((name) => `--${name}`)
  // A URL in the wrong place may hold a password.
  const shown = word.includes('@') ? 'what holds an @' : word
  return `${shown}: no such option; there are ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name)
}

function isEngine(name: string): name is EngineName {
  return (ENGINES as readonly string[]).includes(name)
}

function wrong(why: string): ParsedCommandLine {
  return { kind: 'wrong', why }
}
