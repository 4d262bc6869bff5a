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
import { MemoryLine } from '../node/memory-line'
import { AdapterLine } from '../node/serial-line'
import { FileStore } from '../node/store'
import { MeterLine } from '../sim/site/line'
import { isSimulated, SIMULATED_MODELS } from '../sim/site/meters'
import { Platform } from '../sim/site/platform'
import { Site } from '../sim/site/site'
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
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    // A syntax error's own message quotes the text, in which there is a secret.
    const why = error instanceof SyntaxError ? 'is no JSON' : (error as Error).message
    throw new Refusal(`--settings ${file}: ${why}`)
  }
  if (broker !== undefined && typeof json === 'object') {
    json = { ...json, environment: 'custom', broker }
  }
  return validated(json, file)
}

function validated(json: unknown, from: string): Settings {
  const parsed = validateSettings(json, Date.now() as UnixMs)
  if ('settings' in parsed) return parsed.settings
  throw new Refusal(parsed.wrong.map((wrong) => `${from}: ${explain(wrong)}`).join('\n'))
}

/** The site's meters at the units and speed that the settings say. */
function simulatedLine({ devices, line }: Settings): SerialLine {
  const meters = devices.map(({ model, unit }, i) => {
    if (isSimulated(model)) return { model, unit }
    throw new Refusal(
      `devices[${i}].model: there is no simulated ${model}, only ${SIMULATED_MODELS.join(', ')}; read the real one with --serial DEVICE`,
    )
  })
  const startsAt = Date.now() as UnixMs
  const site = new Site({ seed: 1, startsAt, longitudeDeg: longitudeWhereItIsTen(startsAt) })
  const meterLine = new MeterLine({ meters, site, utc: () => Date.now() as UnixMs })
  return new MemoryLine({
    answer: (frame) => meterLine.answer(frame),
    baud: line.baud,
    parity: line.parity,
  })
}

/** So that whoever tries this at night sees the sun at work. */
function longitudeWhereItIsTen(utc: UnixMs): number {
  const hour = (utc / 3_600_000) % 24
  return (10 - hour) * 15
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
