import { describe, expect, test } from '@jest/globals'
import {
  decodeSecret,
  encodeSecret,
  groupedSecret,
  labelText,
  readLabel,
} from '../../../tools/factory/label'
import { random } from '../../../tools/sim/random'

const SECRET = Uint8Array.from({ length: 16 }, (_, i) => 17 * i)
/** By hand: 0x00112233445566778899aabbccddeeff in digits of five bits. */
const TEXT = '0024H36H2NCSVRH6DAQF6DVVQZ'
const LABEL = `WB1:WB0001:${TEXT}`

const why = (text: string) => {
  const read = readLabel(text)
  return read.kind === 'wrong' ? read.why : 'read'
}

test('128 bits are 26 characters, and back', () => {
  expect(encodeSecret(SECRET)).toBe(TEXT)
  expect(decodeSecret(TEXT)).toEqual(SECRET)
  expect(groupedSecret(SECRET)).toBe('0024H-36H2N-CSVRH-6DAQF-6DVVQ-Z')
  expect(encodeSecret(new Uint8Array(16).fill(255))).toBe('7ZZZZZZZZZZZZZZZZZZZZZZZZZ')
})

test('every secret comes back', () => {
  const seed = Number(process.env['SEED'] ?? 1)
  const { fill } = random(seed)
  for (let i = 0; i < 1000; i++) {
    const secret = new Uint8Array(16)
    fill(secret)
    if (i === 0) secret.fill(0)
    const text = encodeSecret(secret)
    expect([seed, decodeSecret(text)]).toEqual([seed, secret])
  }
})

describe('a label that is typed', () => {
  test.each([
    ['as it is', LABEL],
    ['in lower case', LABEL.toLowerCase().replace('wb0001', 'WB0001')],
    ['with O for 0', LABEL.replace('0024', 'Oo24')],
    ['in groups', 'WB1:WB0001:0024H-36H2N-CSVRH-6DAQF-6DVVQ-Z'],
    ['with spaces and the end of a line', ` WB1:WB0001:${TEXT.replace('36', ' 36 ')}\r\n`],
  ])('%s is read', (_name, text) => {
    expect(readLabel(text)).toEqual({
      kind: 'label',
      label: { serial: 'WB0001', labelSecret: SECRET },
    })
  })

  test('with I and L for 1 is read', () => {
    expect(decodeSecret(`${'0'.repeat(24)}iL`)).toEqual(decodeSecret(`${'0'.repeat(24)}11`))
  })

  test.each([
    ['', 'the label: expected WB1:serial:secret'],
    [TEXT, 'the label: expected WB1:serial:secret'],
    [`WB2:WB0001:${TEXT}`, 'the label: expected WB1:serial:secret'],
    [`WB1:WB-1:${TEXT}`, 'the label: expected a serial number of 1 to 15 letters and digits'],
    ['WB1:WB0001:0024U', 'character 5 of the secret: expected a digit or a letter other than U'],
    ['WB1:WB0001:0024ß', 'character 5 of the secret: expected a digit or a letter other than U'],
    ['WB1:WB0001:8', 'character 1 of the secret: expected 0 to 7'],
    [LABEL.slice(0, -1), 'the secret: expected 26 characters, found 25'],
    [`${LABEL}0`, 'character 27 of the secret: expected its end after 26'],
  ])('%j is refused with its place, and not repeated', (text, told) => {
    expect(why(text)).toBe(told)
  })
})

test('a label is written as it is read', () => {
  expect(labelText({ serial: 'WB0001', labelSecret: SECRET })).toBe(LABEL)
})
