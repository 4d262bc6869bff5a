/** npm run build -- esp32|esp32s3|esp32c3: the image; with --flash onto the board at UPLOAD_PORT, or the one found. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkTypes, fail, findSdk, folders, mcconfig, type Project } from '../moddable/sdk'
import { TARGETS } from './targets'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { flash: { type: 'boolean', default: false } },
})
const [name] = positionals
const known = Object.keys(TARGETS).join('|')
const target = TARGETS[name]
if (!target) fail(`build: expected a target: npm run build -- ${known}`)
const sdk = findSdk()
if (!process.env.IDF_PATH) {
  fail(
    'IDF_PATH: expected the path of ESP-IDF v6.0, with its export.sh sourced (see docs/moddable.md)',
  )
}
const project: Project = { sdk, platform: `esp32/${target.board}`, debug: false }
mcconfig(project)
checkTypes(project)
const image = join(folders(project).bin, 'xs_esp32.bin')
// The SDK's makefile goes on if ESP-IDF fails: only a new image is a success.
rmSync(image, { force: true })
const output = mcconfig(project, '-m', '-t', 'build')
if (!existsSync(image)) fail(`${output}\n${name}: no image was built`)
console.log(`${name}: ${image}`)
if (values.flash) console.log(mcconfig(project, '-m', '-t', 'deploy'))
