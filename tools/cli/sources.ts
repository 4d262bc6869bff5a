/** What the virtual dongle is put together from: a real part where the command line names one, else a simulated one. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { toHex } from '../../firmware/core/bytes'
import type { UnixMs } from '../../firmware/core/time'
import { validateSettings } from '../../firmware/dongle/validate'
import type { SerialLine } from '../../firmware/ports/bytestream'
import { explain } from '../../firmware/settings/parse'
import type { Settings } from '../../firmware/settings/schema'
import { AdapterLine } from '../node/serial-line'
import { FileStore } from '../node/store'
import { findJsonFault } from '../settings/json'
import { houseLine } from '../sim/host/house-line'
import { Platform } from '../sim/host/platform'
import { isSimulated, SIMULATED_MODELS } from '../sim/site/registers'
import type { Arguments } from './arguments'

/** The installer's error, in lines that say what to change. */
export class Refusal extends Error {}

export interface Sources {
  settings: Settings
  serialLine: SerialLine
  /** The dongle's own, from which its MQTT client id follows. */
  serial: string
  /** What is real and what is not, a line each. */
  about: string[]
  stop(): Promise<void>
}

export async function gather(asked: Arguments): Promise<Sources> {
  const real = asked.settings === undefined ? undefined : readSettings(asked.settings, asked.broker)
  const platform = real ? undefined : await Platform.start()
  const settings = real ?? validated(platform?.settings, 'the simulated site')
  const broker = platform ? `simulated at ${platform.settings.broker}` : settings.broker
  return {
    settings,
    serialLine: asked.serial ? new AdapterLine(asked.serial) : simulatedLine(settings),
    serial: real ? ownSerial() : 'simulated',
    about: [
      `meters  ${asked.serial ?? 'simulated'}`,
      `broker  ${broker ?? settings.environment}`,
      `time    ${platform ? 'simulated at ' : ''}${settings.timeServers.join(', ')}`,
    ],
    stop: async () => platform?.stop(),
  }
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
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new Refusal(`--settings ${file}: ${(error as Error).message}`)
  }
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
  throw new Refusal(parsed.wrong.map((wrong) => `${from}: ${explain(wrong)}`).join('\n'))
}

/** The site's meters at the units and speed that the settings say. */
function simulatedLine({ devices, line }: Settings): SerialLine {
  const strange = devices.findIndex(({ model }) => !isSimulated(model))
  if (strange >= 0)
    throw new Refusal(
      `devices[${strange}].model: there is no simulated ${devices[strange].model}, only ${SIMULATED_MODELS.join(', ')}; read the real one with --serial DEVICE`,
    )
  return houseLine(devices, line).line
}

/** Made once and kept: a broker knows this virtual dongle by it from then on. */
function ownSerial(): string {
  const state = process.env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state')
  const store = new FileStore(join(state, 'wattbeat'))
  const known = store.read('serial')
  if (known) return Buffer.from(known).toString()
  const serial = toHex(randomBytes(6))
  store.write('serial', Buffer.from(serial))
  return serial
}
