/** `npm run check:imports`, its second half: nothing lies in flash that nothing uses (unused.ts). */
import { KEPT } from './kept'
import { readSources } from './mentions'
import { deviceModules, PLATFORMS } from './preload'
import { complaints, unused } from './unused'

const ROOT = '.'
const MAIN = 'firmware/main.ts'
/** The seam between platforms: docs/moddable.md. */
const SEAM = 'xs/platform/'

const modules = deviceModules(ROOT)
/** Under a name of the SDK's own, where its modules find them. */
const standIns = modules.filter(
  ({ name, path }) => !name.startsWith(SEAM) && path !== `firmware/${name}.ts`,
)
const findings = unused({
  sources: readSources(ROOT, ['firmware']),
  roots: [MAIN, ...standIns.map(({ path }) => path)],
  modules: modules.map(({ path }) => path),
  aliases: (name) =>
    name.startsWith(SEAM)
      ? PLATFORMS.map((platform) => `firmware/xs/${platform}/${name.slice(SEAM.length)}.ts`)
      : [],
})
const lines = complaints(findings, KEPT)
for (const line of lines) console.error(line)
if (lines.length > 0) process.exit(1)
console.log(`flash: ${modules.length} modules, all of them used`)
