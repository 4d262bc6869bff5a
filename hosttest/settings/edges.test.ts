/** Planted bugs of the settings that the other suites did not see. */
import { expect, test } from '@jest/globals'
import { parseSettings } from '../../firmware/settings/parse'
import { checkPins } from '../../firmware/settings/pins'

test.each<[object, string[]]>([
  [{ transmit: 4, receive: 4 }, ['line.pins.receive']],
  [{ transmit: 4, receive: 5, direction: 4 }, ['line.pins.direction']],
  [{ transmit: 4, receive: 5, direction: 5 }, ['line.pins.direction']],
  [{ transmit: 4, receive: 5, direction: 6 }, []],
])('no pin has two purposes: %j', (pins, refused) => {
  const fields: string[] = []
  checkPins(pins, { chip: 'esp32c3' }, (field) => fields.push(field))
  expect(fields).toEqual(refused)
})

test.each(['\udc00', '\udc00\udc00', '\ud800', 'a\ud800b'])(
  'half a surrogate pair is no text: %j',
  (key) => {
    const parsed = parseSettings({ credentials: { key, secret: 'x' } })
    expect('wrong' in parsed && parsed.wrong.map(({ field }) => field)).toContain('credentials.key')
  },
)

test('what an object inherits is not given', () => {
  const inherited = Object.create({ site: '3f0c2a6e-6f0b-4c38-9d0f-0d8f6f7a1b11' })
  const parsed = parseSettings(inherited)
  expect('wrong' in parsed && parsed.wrong.map(({ field }) => field)).toContain('site')
})
