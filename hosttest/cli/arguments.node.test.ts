import { describe, expect, test } from '@jest/globals'
import { parseArguments } from '../../tools/cli/arguments'

function parse(line: string) {
  return parseArguments(line.split(' ').filter(Boolean))
}

test('nothing asked: the simulated site, without end', () => {
  expect(parse('')).toEqual({ kind: 'run', arguments: {} })
})

test('everything asked, with either spelling', () => {
  expect(
    parse(
      '--for=60 --messages --trace t.jsonl --serial /dev/ttyUSB0 --settings a.json --broker mqtts://b:1883 --engine node',
    ),
  ).toEqual({
    kind: 'run',
    arguments: {
      forSeconds: 60,
      messages: true,
      trace: 't.jsonl',
      serial: '/dev/ttyUSB0',
      settings: 'a.json',
      broker: 'mqtts://b:1883',
      engine: 'node',
    },
  })
})

test.each<[string, string | true]>([
  ['--trace', true],
  ['--trace --for 5', true],
  ['--trace --messages', true],
  ['--trace a.jsonl --for 5', 'a.jsonl'],
  ['--for 5 --trace=a.jsonl', 'a.jsonl'],
])('the file of --trace may be left out: %s', (line, trace) => {
  expect(parse(line)).toMatchObject({ kind: 'run', arguments: { trace } })
})

test.each<[string, string | true]>([
  ['--provision', true],
  ['--provision --for 5', true],
  ['--provision folder --engine node', 'folder'],
  ['--provision=folder', 'folder'],
  ['--trace --provision folder', 'folder'],
])('the folder of --provision may be left out: %s', (line, provision) => {
  expect(parse(line)).toMatchObject({ kind: 'run', arguments: { provision } })
})

test.each(['--help', '-h', '--for 5 --help'])('%s', (line) => {
  expect(parse(line)).toEqual({ kind: 'help' })
})

describe('what is wrong is one line with the argument and the fix', () => {
  test.each([
    ['--fro 60', ['--fro', '--for']],
    ['60', ['60', '--for']],
    ['--settings a.json --trace ./a.json', ['--trace ./a.json', 'overwrite']],
    ['--for', ['--for', 'such as --for 60']],
    ['--for --serial x', ['--for', 'such as --for 60']],
    ['--for= --serial x', ['--for', 'such as --for 60']],
    ['--for 0', ['--for 0', 'from 1']],
    ['--for soon', ['--for soon', 'such as --for 60']],
    ['--for Infinity', ['--for Infinity', 'from 1']],
    ['--for 5 --for 6', ['--for', 'once']],
    ['--for 5 --toString', ['--toString', 'no such option']],
    ['--trace a b', ['b: no such option']],
    ['--provision a b', ['b: no such option']],
    ['--provision= --for 5', ['--provision', 'needs a folder']],
    ['--provision --settings a.json', ['--provision', 'leave out --settings']],
    ['--provision --broker mqtts://b', ['--broker', 'needs --settings']],
    ['--trace --for 5 a.jsonl', ['a.jsonl: no such option']],
    ['--trace= --for 5', ['--trace', 'needs a file']],
    ['--trace --trace a', ['--trace', 'once']],
    ['--messages=yes', ['--messages', 'no value']],
    ['--messages yes', ['yes: no such option']],
    ['--', ['--: no such option']],
    ['-x', ['-x: no such option']],
    ['--engine v8', ['--engine v8', 'node']],
    ['--broker mqtts://b', ['--broker', '--settings FILE']],
    ['--settings a --broker mqtt://b:1883', ['mqtt://b:1883', 'without TLS', 'mqtts://b:1883']],
    ['--settings a --broker b:8883', ['--broker b:8883', 'mqtts://HOST:PORT']],
    ['--settings a --broker mqtts://b:0', ['--broker', 'mqtts://HOST:PORT']],
  ])('%s', (line, parts) => {
    const asked = parse(line)
    if (asked.kind !== 'wrong') throw new Error(asked.kind)
    for (const part of parts) expect(asked.why).toContain(part)
    expect(asked.why.split('\n')).toHaveLength(1)
  })

  test.each([
    '--settings a --broker mqtts://user:hunter2@b',
    '--settings a mqtts://user:hunter2@b',
    '--settings a --brokr=mqtts://user:hunter2@b',
  ])('credentials in a URL are not repeated: %s', (line) => {
    const asked = parse(line)
    expect(asked.kind).toBe('wrong')
    expect(JSON.stringify(asked)).not.toContain('hunter2')
  })
})
