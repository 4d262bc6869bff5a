import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import {
  lostOptions,
  readOptions,
  unknownOptions,
  wrongFragment,
} from '../../tools/esp32/sdkconfig'

const FOLDER = 'firmware/xs/esp32/sdkconfig'
const names = ['sdkconfig.defaults', 'sdkconfig.defaults.release', 'production.defaults']

test.each(names)('%s gives a reason for each of its options', (name) => {
  expect(wrongFragment(readFileSync(`${FOLDER}/${name}`, 'utf8'))).toEqual([])
})

test('an option without a reason, one that is set twice and one without a value are told', () => {
  const text = '# Why.\nCONFIG_A=y\nCONFIG_B=y\n\nCONFIG_A=n\n# Why.\nCONFIG_C\n'
  expect(wrongFragment(text)).toEqual([
    'CONFIG_A: has no reason beside it',
    'CONFIG_A: is set twice',
    'CONFIG_C: expected CONFIG_NAME=VALUE',
  ])
})

test('what mcconfig made of the SDK’s options and ours has ours', () => {
  const ours = ['# a\nCONFIG_A=y\nCONFIG_OFF=n\n', '# a\nCONFIG_A=n\nCONFIG_SIZE=0x10000\n']
  // As mcconfig writes them: a value in place of the SDK's, an empty one for "n", and appended below "is not set".
  const merged = 'CONFIG_OFF=\n# CONFIG_SIZE is not set\nCONFIG_SIZE=0x10000\nCONFIG_A=n\n'
  expect(lostOptions(merged, ours)).toEqual([])
  expect(lostOptions('CONFIG_A=y\nCONFIG_SIZE=0x8000\n', ours)).toEqual([
    'CONFIG_A: expected n, found y',
    'CONFIG_OFF: expected n, found nothing',
    'CONFIG_SIZE: expected 0x10000, found 0x8000',
  ])
})

test('an option that no Kconfig has is found', () => {
  const kconfig = 'menu "x"\n    config A\n        bool\n\n    menuconfig B\n'
  expect(unknownOptions('# a\nCONFIG_A=y\nCONFIG_B=y\nCONFIG_AB=y\n', kconfig)).toEqual([
    'CONFIG_AB',
  ])
})

test('no build sends a core dump, and no release a panic with its stack', () => {
  const [common, release] = names.map((name) =>
    readOptions(readFileSync(`${FOLDER}/${name}`, 'utf8')),
  )
  expect(common.get('CONFIG_ESP_COREDUMP_ENABLE_TO_UART')).toBe('n')
  expect(release.get('CONFIG_ESP_SYSTEM_PANIC_SILENT_REBOOT')).toBe('y')
})
