/** SunSpec. */
import type { Entry } from './entry'

export const sunspec: readonly Entry[] = [
  {
    id: 'sunspec',
    name: 'Any SunSpec device',
    kind: 'sunspec',
    line: { unit: 1 },
    code: 3,
    order: 'msw',
    maxRegisters: 125,
    // SolarEdge common L=65, no pad: use L, never fixed offsets.
    // Scale factors change at runtime: read them in the same block.
    // Fronius answers 0x0B for wrong unit id.
    registers: [],
    sign: '203/213 W: Fronius raw + = import, SolarEdge raw + = export (evcc scale -1). 802 W: evcc takes + = discharge',
    identification: [
      { code: 3, at: 40000, length: 2, ranges: [[0x53756e53, 0x53756e53]] },
      { code: 3, at: 50000, length: 2, ranges: [[0x53756e53, 0x53756e53]] },
      { code: 3, at: 0, length: 2, ranges: [[0x53756e53, 0x53756e53]] },
    ],
    confidence: 'high',
    sources: [
      'https://github.com/sunspec/models',
      'https://github.com/sunspec/pysunspec2',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/sunspec-hybrid.yaml',
      'https://github.com/evcc-io/evcc/blob/master/templates/definition/meter/solaredge-hybrid.yaml',
    ],
  },
]
