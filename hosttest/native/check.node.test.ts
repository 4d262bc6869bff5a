import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'

test('without a C compiler check:native fails and says what to install', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'tools/native/check.ts'],
    { env: { ...process.env, PATH: '/nowhere' }, encoding: 'utf8' },
  )
  expect([status, stderr]).toEqual([
    1,
    'check:native: gcc is missing: sudo apt-get install -y gcc\n',
  ])
})
