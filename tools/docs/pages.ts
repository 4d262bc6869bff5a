/**
 * The generated parts of docs/: `npx tsx tools/docs/pages.ts` makes them anew, and a test fails if one is out of date.
 * A part begins with a comment `generated: NAME` and ends with `end of NAME`; what is between is replaced.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { TRANSITIONS } from '../../firmware/dongle/state'
import { STEPS } from '../../firmware/tls/states'
import { boardNotes, wiringTable } from '../esp32/wiring'
import { shownExamples } from '../settings/examples'
import { fieldTable, modelTable, pinTable } from '../settings/tables'
import { MQTT_CAUSES } from './causes'
import { errorTable, methodTable } from './dialogue'
import { stateDiagram } from './states'
import { exitTable, toolHelp } from './tool'

/** Of each step, only what may follow. */
const tlsStates = Object.fromEntries(Object.entries(STEPS).map(([from, { next }]) => [from, next]))

export const PAGES: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'docs/architecture.md': {
    'supervisor states': () => stateDiagram(TRANSITIONS),
    'MQTT states': () => stateDiagram(MQTT_CAUSES),
    'TLS states': () => stateDiagram(tlsStates, ['closing', 'closed']),
  },
  'docs/board.md': { wiring: wiringTable, boards: boardNotes },
  'docs/settings.md': { fields: fieldTable, pins: pinTable, examples: shownExamples },
  'docs/devices.md': { models: modelTable },
  'docs/tool.md': { help: toolHelp, 'exit codes': exitTable },
  'docs/provisioning.md': { calls: methodTable, errors: errorTable },
}

/** The page as it has to be. Throws if it lacks one of its parts. */
export function renew(path: string, text: string): string {
  let page = text
  for (const [name, make] of Object.entries(PAGES[path])) {
    const begin = `<!-- generated: ${name} (npx tsx tools/docs/pages.ts) -->\n`
    const end = `<!-- end of ${name} -->`
    const from = page.indexOf(begin)
    const to = page.indexOf(end)
    if (from < 0 || to < from) throw new Error(`${path}: has no ${begin}…${end}`)
    page = page.slice(0, from + begin.length) + make() + page.slice(to)
  }
  return page
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const path of Object.keys(PAGES))
    writeFileSync(path, renew(path, readFileSync(path, 'utf8')))
