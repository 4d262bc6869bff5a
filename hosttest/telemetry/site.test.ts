import { expect, test } from '@jest/globals'
import { streams } from '../../firmware/telemetry/site'

test('the site comes first, whichever device it is, and devices with the same id are one stream', () => {
  expect(
    streams('S', [
      { role: 'resource', resource: 'A' },
      { role: 'site' },
      { role: 'resource', resource: 'B' },
      { role: 'resource', resource: 'A' },
    ]),
  ).toEqual([
    { topic: 'site/S/data', devices: [1] },
    { topic: 'resource/A/data', devices: [0, 3] },
    { topic: 'resource/B/data', devices: [2] },
  ])
})
