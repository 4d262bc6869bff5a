import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { afterAll, describe, expect, test } from '@jest/globals'
import { readFactoryData } from '../../../firmware/settings/factory'
import { EXIT } from '../../../tools/cli/wattbeat/failure'
import { labelSvg, labelsPdf } from '../../../tools/cli/wattbeat/sheet'
import { readLabel } from '../../../tools/factory/label'
import { sealFactoryData } from '../../../tools/factory/seal'
import { LABEL, SECRET_TEXT, wattbeat } from './fake'

const folder = mkdtempSync(join(tmpdir(), 'wattbeat-'))
afterAll(() => rmSync(folder, { recursive: true }))

const mode = (path: string) => statSync(path).mode & 0o777

describe('label', () => {
  test('is drawn as SVG and PDF, for the owner alone, and says nothing of the secret', async () => {
    const told = await wattbeat(`label --out ${folder}`)
    expect(told).toMatchObject({ code: EXIT.done })
    expect(told.out + told.err).not.toContain(SECRET_TEXT)
    const svg = readFileSync(join(folder, 'label-WB0001.svg'), 'utf8')
    expect(svg).toContain('>WB0001<')
    expect(svg).toContain('>0024H-36H2N-CSVRH<')
    expect(svg).toContain('>6DAQF-6DVVQ-Z<')
    expect(readFileSync(join(folder, 'label-WB0001.pdf'), 'latin1')).toMatch(/^%PDF-/)
    for (const name of ['label-WB0001.svg', 'label-WB0001.pdf'])
      expect(mode(join(folder, name))).toBe(0o600)
  })

  test('is not written over one that is there', async () => {
    expect(await wattbeat(`label --out ${folder}`)).toMatchObject({
      code: EXIT.file,
      err: expect.stringContaining('is not overwritten'),
    })
    expect((await wattbeat(`label --out ${join(folder, 'none')}`)).code).toBe(EXIT.file)
  })

  test('has a code of 25 by 25 modules with a finder pattern in three corners', () => {
    const path = /d="([^"]*)"/.exec(labelSvg(LABEL))![1]
    const dark = new Set([...path.matchAll(/M(\d+) (\d+)/g)].map(([, x, y]) => `${x} ${y}`))
    const [size] = [...dark].map((at) => Number(at.split(' ')[0]) + 1).sort((a, b) => b - a)
    expect(size).toBe(25)
    const isFinder = (x: number, y: number) =>
      Array.from(
        { length: 7 },
        (_, i) => dark.has(`${x + i} ${y}`) && dark.has(`${x} ${y + i}`),
      ).every(Boolean)
    const far = size - 7
    expect([isFinder(0, 0), isFinder(far, 0), isFinder(0, far), isFinder(far, far)]).toEqual([
      true,
      true,
      true,
      false,
    ])
  })
})

test('the code in a PDF is filled squares, as many as in SVG, and no outlines', async () => {
  const pdf = Buffer.from(await labelsPdf([LABEL])).toString('latin1')
  const streams = [...pdf.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)].map(([, bytes]) =>
    inflateSync(Buffer.from(bytes, 'latin1')).toString('latin1'),
  )
  const page = streams.find((text) => text.includes(' Tj'))!
  expect(page.match(/ m\n/g)?.length).toBe(labelSvg(LABEL).match(/M\d/g)?.length)
  expect([/^f$/m.test(page), /^[SB]$/m.test(page)]).toEqual([true, false])
})

describe('factory make', () => {
  const out = join(folder, 'batch')

  test('makes a list, and for each an identity image and a label that agree', async () => {
    const told = await wattbeat(`factory make --count 3 --prefix T --from 41 --out ${out}`)
    expect(told.code).toBe(EXIT.done)
    const [head, ...rows] = readFileSync(join(out, 'batch.csv'), 'utf8').trim().split('\n')
    expect(head).toBe('serial,secret,label')
    expect(rows).toHaveLength(3)
    const secrets = new Set<string>()
    for (const [i, row] of rows.entries()) {
      const [serial, secret, text] = row.split(',')
      expect([serial, text]).toEqual([`T004${i + 1}`, `WB1:${serial}:${secret}`])
      const image = readFileSync(join(out, `${serial}.bin`))
      expect(image).toHaveLength(0x3000)
      const read = readLabel(text)
      const { length } = sealFactoryData({ serial, labelSecret: new Uint8Array(16) })
      const record = Uint8Array.from(image.subarray(0, length))
      expect({ kind: 'label', label: readFactoryData(record) }).toEqual(read)
      expect(readFileSync(join(out, `${serial}.svg`), 'utf8')).toBe(
        read.kind === 'label' ? labelSvg(read.label) : '',
      )
      expect(told.out + told.err).not.toContain(secret)
      secrets.add(secret)
    }
    expect(secrets.size).toBe(3)
    expect([...new Set(readdirSync(out).map((name) => mode(join(out, name))))]).toEqual([0o600])
    expect(mode(out)).toBe(0o700)
    expect(told.out).toContain('All of them hold secrets')
  })

  test('never twice into one folder', async () => {
    const before = readFileSync(join(out, 'batch.csv'), 'utf8')
    expect((await wattbeat(`factory make --out ${out}`)).code).toBe(EXIT.file)
    expect(readFileSync(join(out, 'batch.csv'), 'utf8')).toBe(before)
  })

  test.each(['--prefix WB-', '--prefix ABCDEFGHIJKLMNO', '--count 0', '--count x', '--from -1'])(
    'refuses %s',
    async (option) => {
      expect((await wattbeat(`factory make --out ${join(folder, 'no')} ${option}`)).code).toBe(
        EXIT.usage,
      )
    },
  )
})

describe('factory write', () => {
  const out = join(folder, 'batch')
  const bin = join(folder, 'bin')
  mkdirSync(bin)

  test('refuses without esptool, and says what to run', async () => {
    const env = { PATH: bin, WATTBEAT_PORT: '/dev/ttyACM0' }
    const told = await wattbeat(`factory write T0041 --dir ${out}`, { env })
    expect([told.code, told.err]).toEqual([
      EXIT.refused,
      expect.stringContaining(
        `esptool --chip esp32c3 --port /dev/ttyACM0 --baud 115200 write_flash 0x1b000 ${join(out, 'T0041.bin')}`,
      ),
    ])
    expect(told.err).toContain('nothing was written')
  })

  test('runs esptool, and takes its exit code', async () => {
    const log = join(folder, 'ran')
    const program = join(bin, 'esptool')
    writeFileSync(program, `#!/bin/sh\n[ "$1" = version ] || echo "$@" >${log}\n`)
    chmodSync(program, 0o755)
    const env = { PATH: bin, WATTBEAT_PORT: '/dev/ttyACM0' }
    const dry = await wattbeat(`factory write T0041 --dir ${out} --dry-run`, { env })
    expect([dry.code, dry.out]).toEqual([
      EXIT.done,
      expect.stringMatching(/^esptool --chip esp32c3/),
    ])
    expect((await wattbeat(`factory write T0041 --chip esp32s3 --dir ${out}`, { env })).code).toBe(
      EXIT.done,
    )
    expect(readFileSync(log, 'utf8')).toBe(
      `--chip esp32s3 --port /dev/ttyACM0 --baud 115200 write_flash 0x1b000 ${join(out, 'T0041.bin')}\n`,
    )
    writeFileSync(program, '#!/bin/sh\n[ "$1" = version ]\n')
    expect((await wattbeat(`factory write T0041 --dir ${out}`, { env })).code).toBe(EXIT.refused)
  })

  test('wants a serial number of the batch', async () => {
    for (const serial of ['T0099', 'WB1:x'])
      expect([EXIT.file, EXIT.usage]).toContain(
        (await wattbeat(`factory write ${serial} --dir ${out}`)).code,
      )
  })
})
