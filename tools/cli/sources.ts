/** What the virtual dongle is put together from: a real part where the command line names one, else a simulated one. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clientId } from '../../firmware/core/identity'
import type { UnixMs } from '../../firmware/core/time'
import { validateSettings } from '../../firmware/dongle/validate'
import type { SerialLine } from '../../firmware/ports/bytestream'
import type { Store } from '../../firmware/ports/store'
import { brokerAddress } from '../../firmware/settings/derive'
import { explain } from '../../firmware/settings/parse'
import { saveSettings } from '../../firmware/settings/record'
import type { Settings } from '../../firmware/settings/schema'
import { AdapterLine } from '../node/serial-line'
import { findJsonFault } from '../settings/json'
import { Flash } from '../sim/flash'
import { houseLine } from '../sim/host/house-line'
import { Platform } from '../sim/host/platform'
import { isSimulated, SIMULATED_MODELS } from '../sim/site/registers'
import type { Arguments } from './arguments'
import { Refusal } from './refusal'
import { type Lock, ownSerial, stateFolder, takeLock } from './state'
import { plugIn, type VirtualDongle } from './virtual'

/** Settings have 6000 at most as the device stores them, and may be written with blanks. */
const MAX_SETTINGS_BYTES = 65_536
/** Of wrong fields: nobody reads more. */
const MAX_SHOWN_FIELDS = 20

export interface Sources {
  /** With the settings, if there are any yet. */
  store: Store
  serialLine: SerialLine
  /** What the board has besides. Without it there is no installer, and nothing to start anew for. */
  parts?: VirtualDongle['parts']
  /** The dongle's own, from which its MQTT client id follows. */
  serial: string
  /** What is real and what is not, and which files are written, a line each. */
  about: string[]
  /** How to see the stream as the broker sees it; empty if the broker is not ours. */
  lookOn: string[]
  stop(): Promise<void>
}

export async function gather(asked: Arguments): Promise<Sources> {
  const site = await siteOf(asked)
  const { meters, about } = site
  try {
    const serialLine = asked.serial
      ? await adapterLine(asked.serial, meters)
      : simulatedLine(meters)
    return {
      ...site,
      serialLine,
      about: [`meters  ${asked.serial ?? 'simulated'}`, ...about],
    }
  } catch (error) {
    await site.stop()
    throw error
  }
}

type Meters = Pick<Settings, 'devices' | 'line'>
type SiteAndPlatform = Omit<Sources, 'serialLine'> & { meters: Meters }

function siteOf({ provision, settings, broker }: Arguments): Promise<SiteAndPlatform> {
  if (provision !== undefined) return unprovisionedSite(provision === true ? undefined : provision)
  return settings === undefined ? simulatedSite() : realSite(readSettings(settings, broker))
}

async function unprovisionedSite(folder: string | undefined): Promise<SiteAndPlatform> {
  const { label, store, platform, parts, about, lookOn, stop } = await plugIn(folder)
  return {
    meters: validated(platform.settings, 'the simulated site'),
    store,
    parts,
    serial: label.serial,
    about: [
      `broker  simulated at ${platform.settings.broker}`,
      `time    simulated at ${platform.settings.timeServers.join(', ')}`,
      `client  ${clientId(label.serial)}`,
      ...about,
    ],
    lookOn,
    stop,
  }
}

function storeOf(settings: Settings): Store {
  const store = new Flash()
  saveSettings(store, settings)
  return store
}

async function simulatedSite(): Promise<SiteAndPlatform> {
  const platform = await Platform.start()
  const settings = validated(platform.settings, 'the simulated site')
  const serial = 'simulated'
  const { host, port } = brokerAddress(settings)
  const { key, secret } = platform.settings.credentials
  const folder = mkdtempSync(join(tmpdir(), 'wattbeat-'))
  const authority = join(folder, 'ca.pem')
  writeFileSync(authority, platform.settings.ca)
  return {
    meters: settings,
    store: storeOf(settings),
    serial,
    about: [
      `broker  simulated at ${platform.settings.broker}, user ${key}, password ${secret}`,
      `time    simulated at ${settings.timeServers.join(', ')}`,
      `client  ${clientId(serial)}`,
      `writes  ${authority}: the broker's CA, removed at the end`,
    ],
    lookOn: [
      'To look on, in another terminal (Debian: apt-get install mosquitto-clients):',
      `mosquitto_sub -V 5 -h ${host} -p ${port} --cafile '${authority}' -u ${key} -P ${secret} -t '#' -v`,
    ],
    async stop() {
      rmSync(folder, { recursive: true, force: true })
      await platform.stop()
    },
  }
}

async function realSite(settings: Settings): Promise<SiteAndPlatform> {
  const folder = stateFolder()
  const { serial, lock } = ownIdentity(folder)
  const { environment, broker } = settings
  return {
    meters: settings,
    store: storeOf(settings),
    serial,
    about: [
      `broker  ${environment === 'custom' ? broker : `${environment}, mqtts://${brokerAddress(settings).host}`}`,
      `time    ${settings.timeServers.join(', ')}`,
      `client  ${clientId(serial)}`,
      `writes  ${join(folder, 'serial')}: what the client id is made of, kept for the next run`,
      `writes  ${join(folder, 'lock')}: so that no other run has the same id, removed at the end`,
    ],
    lookOn: [],
    stop: async () => lock.release(),
  }
}

/** Two with one client id would throw each other out at the broker, and each would take what it sends for delivered. */
function ownIdentity(folder: string): { serial: string; lock: Lock & { kind: 'taken' } } {
  const lock = usable(folder, () => takeLock(folder))
  if (lock.kind === 'taken') return { serial: usable(folder, () => ownSerial(folder)), lock }
  const { pid, file } = lock
  throw new Refusal(
    `process ${pid} is a virtual dongle with the same MQTT client id, and a broker lets only one of the two stay; stop it first, or give this one an id of its own: XDG_STATE_HOME=/another/folder npm start …; if process ${pid} is something else, delete ${file}`,
  )
}

function usable<T>(folder: string, use: () => T): T {
  try {
    return use()
  } catch (error) {
    const why = (error as Error).message
    throw new Refusal(`${folder}: ${why}; name a folder that can be written in XDG_STATE_HOME`)
  }
}

async function adapterLine(path: string, { line }: Meters): Promise<SerialLine> {
  const adapter = new AdapterLine(path)
  const why = await adapter.whyUnusable(line)
  if (why === undefined) return adapter
  const short = why.replace('Error: ', '').replace(`, cannot open ${path}`, '')
  throw new Refusal(
    `--serial ${path}: ${short}; is it the adapter's device, such as /dev/ttyUSB0 or COM3, free, and yours to use (Debian: group dialout)?`,
  )
}

/** Throws a Refusal that names the file and every field that is wrong. */
function readSettings(file: string, broker: string | undefined): Settings {
  let json = parseJson(readText(file), file)
  if (broker !== undefined && typeof json === 'object') {
    json = { ...json, environment: 'custom', broker }
  }
  return validated(json, file)
}

function readText(file: string): string {
  const bytes = Buffer.alloc(MAX_SETTINGS_BYTES + 1)
  let length = 0
  try {
    const open = openSync(file, 'r')
    try {
      // Never more than that: it may be a device that has no end.
      for (let more = 1; more > 0; length += more)
        more = readSync(open, bytes, length, bytes.length - length, null)
    } finally {
      closeSync(open)
    }
  } catch (error) {
    throw new Refusal(`--settings ${file}: ${(error as Error).message}`)
  }
  if (length > MAX_SETTINGS_BYTES)
    throw new Refusal(
      `--settings ${file}: is longer than ${MAX_SETTINGS_BYTES} bytes, which no settings are`,
    )
  // Some editors begin a file with a byte order mark, which TextDecoder leaves out.
  return new TextDecoder().decode(bytes.subarray(0, length))
}

function parseJson(text: string, file: string): unknown {
  const fault = findJsonFault(text)
  if (!fault) return JSON.parse(text)
  const { line, column, expected } = fault
  throw new Refusal(
    `--settings ${file}: is no JSON: line ${line}, column ${column}: expected ${expected}`,
  )
}

function validated(json: unknown, from: string): Settings {
  const parsed = validateSettings(json, Date.now() as UnixMs)
  if ('settings' in parsed) return parsed.settings
  const lines = parsed.wrong.slice(0, MAX_SHOWN_FIELDS).map((wrong) => `${from}: ${explain(wrong)}`)
  const more = parsed.wrong.length - lines.length + (parsed.wrong.more ?? 0)
  throw new Refusal([...lines, ...(more > 0 ? [`${from}: and ${more} more`] : [])].join('\n'))
}

/** The site's meters at the units and speed that the settings say. */
function simulatedLine({ devices, line }: Meters): SerialLine {
  const strange = devices.findIndex(({ model }) => !isSimulated(model))
  if (strange >= 0)
    throw new Refusal(
      `devices[${strange}].model: there is no simulated ${devices[strange].model}, only ${SIMULATED_MODELS.join(', ')}; read the real one with --serial DEVICE`,
    )
  return houseLine(devices, line).line
}
