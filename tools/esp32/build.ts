/**
 * npm run build -- NAME: the image of a board of boards/; with --flash onto the board at UPLOAD_PORT, or the one found; with
 * --production with what burns fuses at the first start (docs/security.md), and then it is not flashed from here.
 */
import { appendFileSync, existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
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
import { endOf, readPartitions, wrongImage } from './partitions'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    flash: { type: 'boolean', default: false },
    production: { type: 'boolean', default: false },
  },
})
const board = findBoard(positionals[0], listBoards(), (line) => fail(`build: ${line}`))
const { name } = board
if (values.flash && values.production)
  fail('build: --production is not flashed from here: its first start burns fuses for good')
const esp32 = join(ROOT, 'firmware/xs/esp32')
const table = readPartitions(readFileSync(join(esp32, 'partitions.csv'), 'utf8'))
const wrong = wrongBoard(board, endOf(table))
if (wrong.length > 0) fail(wrong.join('\n'))
const sdk = findSdk()
if (!process.env.IDF_PATH) {
  fail(
    'IDF_PATH: expected the path of ESP-IDF v6.0, with its export.sh sourced (see docs/moddable.md)',
  )
}
const project: Project = { sdk, platform: platformOf(board), debug: false }
mcconfig(project)
checkTypes(project)
const image = join(folders(project).bin, 'xs_esp32.bin')
// The SDK's makefile goes on if ESP-IDF fails: only a new image is a success.
rmSync(image, { force: true })
const { tmp } = folders(project)
// mcconfig has merged the other fragments into this by now, and reads no third.
if (values.production)
  appendFileSync(
    join(tmp, `xsProj-${board.chip}/sdkconfig.mc`),
    readFileSync(join(esp32, 'sdkconfig/production.defaults')),
  )
const output = run('make', ['-f', join(tmp, 'makefile'), 'build'], sdk.env)
if (!existsSync(image)) fail(`${output}\n${name}: no image was built`)
const tooLarge = wrongImage(table, statSync(image).size)
if (tooLarge) fail(`${name}: ${tooLarge}`)
console.log(`${name}: ${image}`)
if (values.flash) console.log(mcconfig(project, '-m', '-t', 'deploy'))
