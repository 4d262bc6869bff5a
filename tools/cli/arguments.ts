/** What `npm start` is asked to do: its command line, checked. */
import { hostAndPort } from '../../firmware/settings/formats'

export const HELP = `npm start -- [options]      the virtual dongle: the firmware on this computer

Without options it streams a simulated site (meters, battery, broker, time server) until Ctrl-C.

  --for SECONDS      end after so long, with a summary; exit code 0 only when no sample was missed
  --serial DEVICE    read the meters on a real RS-485 adapter, such as /dev/ttyUSB0
  --settings FILE    a real site: its ids, credentials, devices and broker (JSON, see docs/settings.md)
  --broker URL       with --settings: another broker, mqtts://HOST or mqtts://HOST:PORT
  --engine NAME      what runs the firmware: xs, the device's engine, or node, to debug; xs where it could be built
  --help             this text`

export const ENGINES = ['xs', 'node'] as const
export type EngineName = (typeof ENGINES)[number]

export interface Arguments {
  forSeconds?: number
  serial?: string
  settings?: string
  broker?: string
  engine?: EngineName
}

export type Asked =
  | { kind: 'run'; arguments: Arguments }
  | { kind: 'help' }
  /** One line: which argument, and what to write instead. */
  | { kind: 'wrong'; why: string }

const OPTIONS = ['--for', '--serial', '--settings', '--broker', '--engine']
const MAX_SECONDS = 7 * 24 * 3600

export function parseArguments(words: readonly string[]): Asked {
  const given = new Map<string, string>()
  for (let i = 0; i < words.length; i++) {
    const [name, attached] = split(words[i])
    if (name === '--help' || name === '-h') return { kind: 'help' }
    if (!OPTIONS.includes(name)) {
      return wrong(`${name}: no such option; there are ${OPTIONS.join(', ')} and --help`)
    }
    if (given.has(name)) return wrong(`${name}: given twice; give it once`)
    const value = attached ?? words[++i]
    if (!value || (attached === undefined && value.startsWith('--'))) {
      return wrong(`${name}: needs a value, such as ${EXAMPLES[name]}`)
    }
    given.set(name, value)
  }
  return check(given)
}

const EXAMPLES: Readonly<Record<string, string>> = {
  '--for': '--for 60',
  '--serial': '--serial /dev/ttyUSB0',
  '--settings': '--settings site.json',
  '--broker': '--broker mqtts://mqtt.sandbox.powernaut.io:8883',
  '--engine': '--engine node',
}

function check(given: ReadonlyMap<string, string>): Asked {
  const seconds = given.get('--for')
  const forSeconds = seconds === undefined ? undefined : Number(seconds)
  if (forSeconds !== undefined && !(forSeconds >= 1 && forSeconds <= MAX_SECONDS)) {
    return wrong(`--for ${seconds}: expected seconds from 1 to ${MAX_SECONDS}, such as --for 60`)
  }
  const engine = given.get('--engine')
  if (engine !== undefined && !isEngine(engine))
    return wrong(`--engine ${engine}: expected ${ENGINES.join(' or ')}`)
  const settings = given.get('--settings')
  const broker = given.get('--broker')
  const whyNot = broker === undefined ? undefined : refuseBroker(broker, settings !== undefined)
  if (whyNot) return wrong(whyNot)
  return {
    kind: 'run',
    arguments: { forSeconds, serial: given.get('--serial'), settings, broker, engine },
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

function split(word: string): [name: string, attached: string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)]
}

function isEngine(name: string): name is EngineName {
  return (ENGINES as readonly string[]).includes(name)
}

function wrong(why: string): Asked {
  return { kind: 'wrong', why }
}
