import { expect, test } from '@jest/globals'
import { answeredInWords, askedInWords } from '../../tools/trace/sntp'

const PEER = '127.0.0.1:33597'
/** As a server of stratum 1 sent it: leap, version and mode, stratum; its delay and dispersion; its times. */
const ANSWER =
  '2401000000000000000000424c4f434c0000000000000000a797e9292aa44a55eeb37d8866e978d4eeb37d8866e978d4'

function answer(change: Record<number, number> = {}, length = 48): string {
  const bytes = Uint8Array.from({ length }, (_, i) =>
    Number.parseInt(ANSWER.slice(2 * i, 2 * i + 2), 16),
  )
  for (const at in change) bytes[at] = change[at]
  return answeredInWords(PEER, bytes)
}

const NO_TIME = Object.fromEntries([40, 41, 42, 43, 44, 45, 46, 47].map((at) => [at, 0]))

test.each<[string, string, string]>([
  ['a question', askedInWords(PEER, 50_000), `asks ${PEER} for the time, from port 50000`],
  [
    'an answer',
    answer(),
    `${PEER} says 2026-11-27T03:54:48.402Z: stratum 1, leap 0, root delay 0.0 ms, dispersion 1.0 ms`,
  ],
  ['a kiss', answer({ 1: 0, 12: 82, 13: 65, 14: 84, 15: 69 }), `${PEER} sends kiss code "RATE"`],
  [
    'a server that does not know',
    answer({ 0: 0xe4, 1: 16, ...NO_TIME }),
    `${PEER} says that it does not know: stratum 16, leap 3, root delay 0.0 ms, dispersion 1.0 ms`,
  ],
  ['no answer', answer({}, 47), `47 bytes from ${PEER} that are no answer of a time server`],
  [
    'a question back',
    answer({ 0: 0x23 }),
    `48 bytes from ${PEER} that are no answer of a time server`,
  ],
])('%s', (_, words, expected) => {
  expect(words).toBe(expected)
})
