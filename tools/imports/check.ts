/** npm run check:imports: who may import whom (rules.cjs), and that nothing lies in flash that nothing uses (unused.ts). */
import { createRequire } from 'node:module'
import { deviceModules, PLATFORMS } from '../moddable/preload'
import { type Rule, violations } from './directions'
import { readSources } from './graph'
import { KEPT } from './kept'
import { complaints, unused } from './unused'

const ROOT = '.'
const MAIN = 'firmware/main.ts'
/** The seam between platforms: docs/moddable.md. */
const SEAM = 'xs/platform/'

const rules: Rule[] = createRequire(import.meta.url)('./rules.cjs')
const sources = readSources(ROOT, ['firmware', 'hosttest', 'tools'])
const modules = deviceModules(ROOT)
/** Under a name of the SDK's own, where its modules find them. */
const standIns = modules.filter(
  ({ name, path }) => !name.startsWith(SEAM) && path !== `firmware/${name}.ts`,
)
const findings = unused({
  sources,
  roots: [MAIN, ...standIns.map(({ path }) => path)],
  modules: modules.map(({ path }) => path),
  aliases: (name) =>
    name.startsWith(SEAM)
      ? PLATFORMS.map((platform) => `firmware/xs/${platform}/${name.slice(SEAM.length)}.ts`)
      : [],
})
const lines = [...violations(rules, sources), ...complaints(findings, KEPT)]
for (const line of lines) console.error(line)
if (lines.length > 0) process.exit(1)
const edges = sources.reduce((count, { imports }) => count + imports.length, 0)
console.log(
  `imports: ${sources.length} files, ${edges} imports, ${modules.length} modules in flash`,
)
