import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, jest, test } from '@jest/globals'
import type { Call } from '../../../firmware/provisioning/methods'
import { CODE } from '../../../firmware/provisioning/request'
import { EXIT, Failure } from '../../../tools/cli/wattbeat/failure'
import { build, family } from '../../../tools/cli/wattbeat/program'
import { cable, FakeDongle, LABEL_TEXT, playOut, SECRET_TEXT, wattbeat } from './fake'

const folder = mkdtempSync(join(tmpdir(), 'wattbeat-'))
afterEach(() => void jest.useRealTimers())
afterAll(() => rmSync(folder, { recursive: true }))

const SITE = join(folder, 'site.json')
writeFileSync(
  SITE,
  JSON.stringify({
    environment: 'sandbox',
    site: '00000000-0000-0000-0000-000000000001',
    credentials: { key: 'the-key', secret: 'hunter2-of-the-site' },
    devices: [{ model: 'eastron-sdm630', unit: 1, role: 'site' }],
  }),
)
const OTHER = LABEL_TEXT.replace(/.$/, '0')

function answering(answers: FakeDongle['answers']): FakeDongle {
  const dongle = new FakeDongle()
  Object.assign(dongle.answers, answers)
  return dongle
}

const refusing = (code: number) => () => ({ error: { code, message: 'no' } })

describe('exit codes', () => {
  test('usage: arguments that are wrong, and questions that nobody can answer', async () => {
    for (const line of [
      'frobnicate',
      'info --frob',
      'info x',
      'provision',
      'watch --every 99',
      'watch --every',
    ])
      expect([line, (await wattbeat(line)).code]).toEqual([line, EXIT.usage])
    expect((await wattbeat('info', { env: {} })).code).toBe(EXIT.usage)
    expect((await wattbeat('')).code).toBe(EXIT.usage)
  })

  test('label: what is in the environment or the file is none', async () => {
    const path = join(folder, 'label')
    writeFileSync(path, `\n${LABEL_TEXT.slice(0, -1)}\n`)
    expect(await wattbeat(`info --label-file ${path}`)).toMatchObject({
      code: EXIT.label,
      err: 'wattbeat: the secret: expected 26 characters, found 25\n',
    })
    writeFileSync(path, `\n${LABEL_TEXT}\n`)
    const env = { WATTBEAT_PORT: 'fake' }
    const told = await wattbeat(`info --label-file ${path}`, { env, dongle: new FakeDongle() })
    expect(told.code).toBe(EXIT.done)
  })

  test('port: none, several, or one that cannot be opened', async () => {
    const env = { WATTBEAT_LABEL: LABEL_TEXT }
    expect(await wattbeat('info', { env })).toMatchObject({
      code: EXIT.port,
      err: expect.stringContaining('there is no serial port'),
    })
    const ports = ['/dev/a', '/dev/b'].map((path) => ({ path, about: '', isLikely: true }))
    expect((await wattbeat('info', { env, ports })).err).toContain('there are /dev/a, /dev/b')
    const openPort = async () => new Failure('port', 'cannot')
    expect((await wattbeat('info', { openPort })).code).toBe(EXIT.port)
  })

  test('silent: nobody answers', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] })
    const running = wattbeat('info')
    await jest.advanceTimersByTimeAsync(19_999)
    const isOver = jest.fn()
    void running.then(isOver)
    await jest.advanceTimersByTimeAsync(0)
    expect(isOver).not.toHaveBeenCalled()
    await jest.advanceTimersByTimeAsync(1)
    expect(await running).toMatchObject({
      code: EXIT.silent,
      err: expect.stringContaining('Nobody answered 2 times for 10 s'),
    })
  })

  test('secret: it is wrong, and when the next try is possible', async () => {
    const dongle = new FakeDongle()
    const env = { WATTBEAT_LABEL: OTHER, WATTBEAT_PORT: 'fake' }
    const told = await wattbeat('info', { dongle, env })
    expect(told.code).toBe(EXIT.secret)
    expect(told.err).toContain("the secret or the serial number is not this dongle's")
    expect(told.err).toContain('The next try is possible in 1 s.')
    // Too soon, which is waited for once; then it is wrong again, and the wait is longer.
    const again = await wattbeat('info --json', { dongle, env })
    expect(JSON.parse(again.out)).toMatchObject({
      ok: false,
      error: { kind: 'secret', exitCode: EXIT.secret, retryS: 2 },
    })
    expect((await wattbeat('info', { dongle })).code).toBe(EXIT.done)
  })

  test.each<[Call['method'], string]>([
    ['settings.get', 'Nothing was stored'],
    ['settings.set', 'Whether the settings were stored is not known'],
  ])('cable: pulled during %s, and what is stored', async (method, told) => {
    const dongle = new FakeDongle()
    dongle.answers[method] = () => {
      dongle.unplug()
      return undefined
    }
    const { code, err } = await wattbeat(`provision ${SITE}`, { dongle })
    expect([code, err]).toEqual([EXIT.cable, expect.stringContaining(told)])
  })

  test('cable: pulled for good while it is tested, and the settings are stored', async () => {
    const dongle = new FakeDongle()
    dongle.answers.test = () => {
      dongle.unplug()
      return undefined
    }
    let opened = 0
    const openPort = async () => {
      if (opened++ > 0) return new Failure('usage', 'gone')
      const [tool, end] = cable()
      dongle.plug(end)
      return tool
    }
    const { err } = await wattbeat(`provision ${SITE}`, { dongle, openPort })
    expect(err).toContain('The settings are stored.')
  })

  test('cable: the dongle was restarted, and has no channel any more', async () => {
    const dongle = new FakeDongle()
    dongle.answers.info = () => {
      setImmediate(() => dongle.restart())
      return { result: {} }
    }
    const told = await wattbeat('status', { dongle })
    expect([told.code, told.err]).toEqual([EXIT.cable, expect.stringContaining('it was restarted')])
  })

  test('unproved: stored, and still not streaming after 90 s', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] })
    const status = () => ({ result: { state: 'joining', why: 'no such network' } })
    const told = await playOut(wattbeat(`provision ${SITE}`, { dongle: answering({ status }) }))
    expect(told.code).toBe(EXIT.unproved)
    expect(told.err).toContain('not streaming after 90 s: state joining  why no such network')
  })

  test('late: the dongle never answers a call', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] })
    const dongle = answering({ identify: () => undefined })
    expect((await playOut(wattbeat('identify', { dongle }))).code).toBe(EXIT.late)
  })

  test('settings, refused, unproved, late, file, interrupted', async () => {
    const cases: [string, FakeDongle['answers'], number][] = [
      [`provision ${SITE}`, { 'settings.set': refusing(CODE.wrongParams) }, EXIT.settings],
      ['identify', { identify: refusing(CODE.busy) }, EXIT.refused],
      ['identify', { identify: refusing(CODE.notYet) }, EXIT.refused],
      [`provision ${SITE}`, { test: refusing(CODE.failed) }, EXIT.unproved],
      ['scan wifi', { 'wifi.scan': refusing(CODE.timedOut) }, EXIT.late],
      [`provision ${join(folder, 'none.json')}`, {}, EXIT.file],
    ]
    for (const [line, answers, code] of cases) {
      const told = await wattbeat(line, { dongle: answering(answers) })
      expect([line, told.code]).toEqual([line, code])
      expect(told.err).toMatch(/^(dongle .*\n.*\n)?.*wattbeat: /s)
    }
    const interruption = new AbortController()
    setImmediate(() => interruption.abort())
    expect((await wattbeat('info', { interruption })).code).toBe(EXIT.interrupted)
  })

  test('settings: of more wrong fields than are told the number is', async () => {
    const wrong = [{ field: 'site', found: 'nothing', expected: 'a UUID' }]
    const error = { code: CODE.wrongParams, message: 'wrong settings', data: { wrong, more: 7 } }
    const told = await wattbeat(`provision ${SITE}`, {
      dongle: answering({ 'settings.set': () => ({ error }) }),
    })
    expect(told.err).toContain('  site: expected a UUID, found nothing\n  and 7 more\n')
  })

  test('bug: what was thrown is placed, and its words are not shown', async () => {
    const openPort = () => Promise.reject(new Error('hunter2'))
    const told = await wattbeat('info', { openPort })
    expect(told.code).toBe(EXIT.bug)
    expect(told.err).toContain('failures.node.test')
    expect(told.err).not.toContain('hunter2')
  })
})

describe('a secret that was put into the wrong place is not repeated', () => {
  const commands = family(build()).filter(({ commands }) => commands.length === 0)
  const lines = commands.flatMap((command) => {
    const path = command.parent?.parent ? [command.parent.name(), command.name()] : [command.name()]
    const options = [...command.options, ...build().options].map(({ long }) => long!)
    const arguments_ = command.registeredArguments.length > 0
    const places = options.flatMap((option) => [[option, 'SECRET'], [`${option}=SECRET`]])
    return [['SECRET'], ['--SECRET'], ['-SECRET'], ...places].map((words) => [
      ...path,
      ...(arguments_ && words[0] !== 'SECRET' ? ['SECRET'] : []),
      ...words,
    ])
  })

  test.each([LABEL_TEXT, SECRET_TEXT, 'hunter2hunter2'])(
    'of any command or option: %#',
    async (secret) => {
      expect(lines.length).toBeGreaterThan(100)
      for (const line of lines) {
        const words = line.map((word) => word.replace('SECRET', secret))
        const interruption = new AbortController()
        const openPort = async () => new Failure('port', 'the serial port cannot be opened')
        const env = { WATTBEAT_LABEL: LABEL_TEXT }
        const told = await wattbeat(
          // Of those that write files, only the words are tried.
          /^(label|factory)/.test(words[0]) ? [...words, '--frobnicate'] : words,
          { env, openPort, interruption },
        )
        expect([line, (told.out + told.err).includes(secret)]).toEqual([line, false])
      }
    },
  )

  test('of the environment, or in what the dongle says of itself', async () => {
    const env = { WATTBEAT_LABEL: `${SECRET_TEXT}${LABEL_TEXT}`, WATTBEAT_PORT: SECRET_TEXT }
    const told = await wattbeat('info', { env, dongle: new FakeDongle() })
    expect([told.code, (told.out + told.err).includes(SECRET_TEXT)]).toEqual([EXIT.label, false])
    const dongle = answering({ info: () => ({ result: { name: LABEL_TEXT, other: SECRET_TEXT } }) })
    const { out } = await wattbeat('info', { dongle })
    expect(out).toBe('name   (hidden)\nother  (hidden)\n')
  })
})

describe('help', () => {
  const paths = family(build()).map((command) => {
    const names: string[] = []
    for (let at: typeof command | null = command; at?.parent; at = at.parent)
      names.unshift(at.name())
    return names.join(' ')
  })
  test.each(paths)('of %j fits a screen of 80 by 24', async (path) => {
    const { code, out } = await wattbeat(`${path} --help`)
    const lines = out.trimEnd().split('\n')
    expect(code).toBe(EXIT.done)
    expect(lines.length).toBeLessThanOrEqual(23)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80)
  })

  test('names each command', async () => {
    const { out } = await wattbeat('--help')
    for (const name of 'ports info provision status watch scan read identify set rotate log reset label factory'.split(
      ' ',
    ))
      expect(out).toContain(`\n  ${name} `)
  })
})
