import { expect, test } from '@jest/globals'
import { readComponents, shownComponents } from '../../tools/esp32/components'

/**
 * Some archives of the example in ESP-IDF's documentation of `idf.py size-components`, in the form that esp-idf-size gives
 * its CSV; not recorded from an image of this project.
 * https://docs.espressif.com/projects/esp-idf/en/release-v6.0/esp32/api-guides/tools/idf-size.html
 * https://github.com/espressif/esp-idf-size/blob/master/esp_idf_size/format_csv.py
 */
const CSV = `"Archive File","Total Size","DRAM",".bss",".data","IRAM",".text",".vectors","Flash Code",".text","Flash Data",".rodata",".appdesc","RTC SLOW",".rtc_slow_reserved"
"liblwip.a","85394","2470","2458","12","0","0","0","79486","79486","3438","3438","0","0","0"
"libnet80211.a","116712","9454","8393","1061","5310","5310","0","89698","89698","12250","12250","0","0","0"
"libesp_hw_support.a","15147","256","96","160","5654","5654","0","8264","8264","949","949","0","24","24"
"libxtensa.a","3412","1044","0","1044","2213","1789","424","119","119","36","36","0","0","0"
`

test('archives by kind of memory, the largest first, and their sum', () => {
  const components = readComponents(CSV)!
  expect(components.kinds).toEqual(['DRAM', 'IRAM', 'Flash Code', 'Flash Data', 'RTC SLOW'])
  expect(components.sizes[0]).toEqual({
    archive: 'libnet80211.a',
    bytes: 116712,
    byKind: [9454, 5310, 89698, 12250, 0],
  })
  expect(shownComponents(components)).toBe(
    `component             bytes   DRAM   IRAM  Flash Code  Flash Data  RTC SLOW
libnet80211.a        116712   9454   5310       89698       12250         0
liblwip.a             85394   2470      0       79486        3438         0
libesp_hw_support.a   15147    256   5654        8264         949        24
libxtensa.a            3412   1044   2213         119          36         0
all                  220665  13224  13177      177567       16673        24`,
  )
})

test('in each archive the kinds of memory are all of it', () => {
  for (const { bytes, byKind } of readComponents(CSV)!.sizes)
    expect(byKind.reduce((sum, one) => sum + one, 0)).toBe(bytes)
})

test('on a chip whose memories have other names those are taken', () => {
  const c3 = `"Archive File","Total Size","DIRAM",".text",".bss","Flash Code",".text"\r
"libphy.a","44360","10151","8922","1229","34209","34209"\r
`
  expect(readComponents(c3)).toEqual({
    kinds: ['DIRAM', 'Flash Code'],
    sizes: [{ archive: 'libphy.a', bytes: 44360, byKind: [10151, 34209] }],
  })
})

test('what the tool says before its table is passed over', () => {
  expect(readComponents(`Warning: "no" ELF\n\n${CSV}\n`)).toEqual(readComponents(CSV))
})

test('beyond the largest twenty, the others are one line', () => {
  const row = (i: number) => `"lib${i}.a","${i}","${i}"`
  const csv = [
    '"Archive File","Total Size","IRAM"',
    ...Array.from({ length: 25 }, (_, i) => row(i)),
  ]
  const lines = shownComponents(readComponents(csv.join('\n'))!).split('\n')
  expect(lines.length).toBe(1 + 20 + 2)
  expect(lines.slice(-3)).toEqual([
    'lib5.a         5     5',
    '5 others      10    10',
    'all          300   300',
  ])
})

test.each<[string, string]>([
  ['nothing', ''],
  ['the table for people', '┃ Archive File ┃ Total Size ┃\n│ liblwip.a │ 85394 │'],
  ['another report', '"Memory Type/Section","Used [bytes]"\n"IRAM","51711"'],
  ['a table without archives', CSV.slice(0, CSV.indexOf('\n') + 1)],
  ['a size that is no number', CSV.replace('"85394"', '"85k"')],
])('%s is not read as sizes', (_, text) => {
  expect(readComponents(text)).toBeUndefined()
})
