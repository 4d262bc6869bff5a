/**
 * npm run build -- NAME: the image of a board of boards/, as parts and as one, with its size by component; with --flash onto
 * the board at UPLOAD_PORT, or the one found; with --production with what burns fuses at the first start (docs/security.md),
 * and then it is neither merged nor flashed from here, because it has to be signed first.
 */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  BUILD,
  checkTypes,
  fail,
  findSdk,
  folders,
  mcconfig,
  type Project,
  ROOT,
  run,
} from '../moddable/sdk'
import { findBoard, listBoards, platformOf, wrongBoard } from './boards'
import { readComponents, shownComponents } from './components'
import { endOf, readPartitions, wrongImage } from './partitions'
import { hex, mergeParts, readParts } from './parts'

const IMAGE = 'xs_esp32.bin'
const MERGED = 'merged.bin'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    flash: { type: 'boolean', default: false },
    production: { type: 'boolean', default: false },
  },
})
const board = findBoard(positionals[0], listBoards(), (line) => fail(`build: ${line}`))
const { name, chip } = board
if (values.flash && values.production)
  fail('build: --production is not flashed from here: its first start burns fuses for good')
const esp32 = join(ROOT, 'firmware/xs/esp32')
const table = readPartitions(readFileSync(join(esp32, 'partitions.csv'), 'utf8'))
const wrong = wrongBoard(board, endOf(table))
if (wrong.length > 0) fail(wrong.join('\n'))
const idf = findIdf()
const sdk = findSdk()
const project: Project = { sdk, platform: platformOf(board), debug: false }
mcconfig(project)
checkTypes(project)
const { bin, tmp } = folders(project)
const image = join(bin, IMAGE)
// The SDK's makefile goes on if ESP-IDF fails: only a new image is a success.
rmSync(image, { force: true })
const idfProject = join(tmp, `xsProj-${chip}`)
// mcconfig has merged the other fragments into this by now, and reads no third.
if (values.production)
  appendFileSync(
    join(idfProject, 'sdkconfig.mc'),
    readFileSync(join(esp32, 'sdkconfig/production.defaults')),
  )
// check:esp32 leaves an empty one, and make would take that for ESP-IDF's: an image with none of our options.
const options = join(idfProject, 'build/config/sdkconfig.h')
if (existsSync(options) && statSync(options).size === 0) rmSync(options)
const output = run('make', ['-f', join(tmp, 'makefile'), 'build'], sdk.env)
if (!existsSync(image)) fail(`${output}\n${name}: no image was built`)
const imageBytes = statSync(image).size
const tooLarge = wrongImage(table, imageBytes)
tellComponents()
if (tooLarge) fail(`${name}: ${tooLarge}`)
console.log(`${name}: ${imageBytes} bytes, which leave a tenth of their slot free`)
writeParts()
if (values.flash) console.log(mcconfig(project, '-m', '-t', 'deploy'))

/** Ends the process with one line if it is missing. */
function findIdf(): string {
  const home = process.env.IDF_PATH
  if (!home)
    fail(
      'IDF_PATH: is not set; expected the path of ESP-IDF v6.0, which its export.sh sets: . ~/esp/esp-idf/export.sh',
    )
  if (!existsSync(join(home, 'tools/idf.py')))
    fail(`IDF_PATH: expected the path of ESP-IDF v6.0, found no tools/idf.py in ${home}`)
  return home
}

function tellComponents(): void {
  const size = join(idf, 'tools/idf_size.py')
  const map = join(bin, 'xs_esp32.map')
  const csv = run('python', [size, '--archives', '--format', 'csv', map], sdk.env)
  const components = readComponents(csv)
  console.log(components ? shownComponents(components) : `${csv}\n${size}: no table of archives`)
}

/** Into build/boards/NAME, with flash_args, which esptool reads: write-flash @flash_args. */
function writeParts(): void {
  const build = join(idfProject, 'build')
  const folder = join(BUILD, 'boards', name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const parts = readParts(readFileSync(join(build, 'flasher_args.json'), 'utf8'))
  for (const { path } of parts) copyFileSync(join(build, path), join(folder, basename(path)))
  const lines = parts.map(({ offset, path }) => `${hex(offset)} ${basename(path)}\n`).join('')
  writeFileSync(join(folder, 'flash_args'), lines)
  console.log(`${folder}:\n${lines.trim()}`)
  if (values.production) return
  const merged = mergeParts(
    parts.map(({ offset, path }) => ({ offset, bytes: readFileSync(join(build, path)) })),
  )
  writeFileSync(join(folder, MERGED), merged)
  console.log(`0x0 ${MERGED}, all of these; it erases settings and identity`)
}
