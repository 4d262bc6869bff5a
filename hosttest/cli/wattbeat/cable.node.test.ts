/** The whole tool, as npx starts it, over a real pair of pseudo-terminals. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { EXIT, Failure } from '../../../tools/cli/wattbeat/failure'
import { openPort } from '../../../tools/cli/wattbeat/surroundings'
import { SerialCable } from '../../../tools/peers/socat'
import { FakeDongle, LABEL_TEXT, SECRET_TEXT } from './fake'

const folder = mkdtempSync(join(tmpdir(), 'wattbeat-'))
let cable: SerialCable
let dongle: FakeDongle

beforeAll(async () => {
  cable = await SerialCable.start()
  const stream = await openPort(cable.ends[0])
  if (stream instanceof Failure) throw new Error(stream.message)
  dongle = new FakeDongle().plug(stream)
})

afterAll(async () => {
  dongle?.unplug()
  dongle?.stop()
  await cable?.stop()
  rmSync(folder, { recursive: true })
})

function run(...words: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = spawn('npx', ['--no', 'wattbeat', ...words], {
      env: { ...process.env, WATTBEAT_LABEL: LABEL_TEXT, WATTBEAT_PORT: cable.ends[1] },
    })
    const told = { out: '', err: '' }
    child.stdout.on('data', (text) => void (told.out += text))
    child.stderr.on('data', (text) => void (told.err += text))
    child.on('close', (code) => resolve({ code, ...told }))
  })
}

test('npx wattbeat provisions over a pseudo-terminal, and twice changes nothing', async () => {
  const path = join(folder, 'site.json')
  writeFileSync(
    path,
    JSON.stringify({
      environment: 'sandbox',
      site: '00000000-0000-0000-0000-000000000001',
      credentials: { key: 'the-key', secret: 'hunter2-of-the-site' },
      devices: [{ model: 'eastron-sdm630', unit: 1, role: 'site' }],
    }),
  )
  const first = await run('provision', path)
  expect([first.code, first.out]).toEqual([
    EXIT.done,
    expect.stringMatching(/^stored and read back: .*\nstate: streaming\n$/),
  ])
  expect(dongle.settings?.credentials.secret).toBe('hunter2-of-the-site')
  const stored = structuredClone(dongle.settings)
  const second = await run('provision', path, '--json')
  expect([second.code, JSON.parse(second.out)]).toMatchObject([
    EXIT.done,
    { ok: true, changed: [] },
  ])
  expect(dongle.settings).toEqual(stored)
  for (const { out, err } of [first, second])
    for (const secret of ['hunter2', SECRET_TEXT]) expect(out + err).not.toContain(secret)
})

test('a port that is not there is an exit code', async () => {
  const told = await run('info', '--port', join(folder, 'none'))
  expect([told.code, told.err]).toEqual([EXIT.port, expect.stringContaining('no such file')])
})

test('a port that is given up is free again at once', async () => {
  const second = await SerialCable.start()
  for (let i = 0; i < 2; i++) {
    const port = await openPort(second.ends[0])
    if (port instanceof Failure) throw new Error(port.message)
    await new Promise<void>((resolve) => {
      port.once('close', () => resolve())
      port.end(() => port.destroy())
    })
  }
  await second.stop()
})
