/** One identity, one virtual dongle: what is kept between runs, and the lock on it. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from '@jest/globals'
import { type Lock, ownSerial, takeLock } from '../../tools/cli/state'
import { scratchForEachTest } from '../support/scratch'

const scratch = scratchForEachTest()
let folder: string

beforeEach(() => {
  folder = join(scratch.path, 'wattbeat')
})

function taken(lock: Lock): Lock & { kind: 'taken' } {
  if (lock.kind !== 'taken') throw new Error(`held by ${lock.pid}`)
  return lock
}

/** The id of a process that has ended. */
async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await new Promise((resolve) => child.once('close', resolve))
  return child.pid as number
}

test('the serial number is made once, and readable by its owner alone', () => {
  const serial = ownSerial(folder)
  expect(serial).toMatch(/^[0-9a-f]{12}$/)
  expect(ownSerial(folder)).toBe(serial)
  expect(statSync(join(folder, 'serial')).mode & 0o777).toBe(0o600)
})

describe('the lock', () => {
  test('is held by one process, and by the next once it is released', async () => {
    const first = taken(takeLock(folder))
    // Process 1 always lives.
    expect(takeLock(folder, 1)).toEqual({
      kind: 'held',
      pid: process.pid,
      file: join(folder, 'lock'),
    })
    first.release()
    expect(readdirSync(folder)).toEqual([])
    taken(takeLock(folder, 1))
    expect(takeLock(folder)).toMatchObject({ kind: 'held', pid: 1 })
    expect(readdirSync(folder)).toEqual(['lock'])
  })

  test('of a process that has died is taken over', async () => {
    taken(takeLock(folder, await endedProcess()))
    taken(takeLock(folder))
    expect(readFileSync(join(folder, 'lock'), 'utf8')).toBe(`${process.pid}\n`)
    expect(readdirSync(folder)).toEqual(['lock'])
  })

  test('of a dead process that had the id of this one is taken over', () => {
    taken(takeLock(folder)).release()
    writeFileSync(join(folder, 'lock'), `${process.pid}\n`)
    taken(takeLock(folder)).release()
    expect(readdirSync(folder)).toEqual([])
  })

  test.each(['', 'garbage', '0', '-1'])('that says %j is taken over', (text) => {
    taken(takeLock(folder)).release()
    writeFileSync(join(folder, 'lock'), text)
    taken(takeLock(folder))
    expect(readdirSync(folder)).toEqual(['lock'])
  })

  test('that another process has taken over meanwhile is not released', () => {
    const { release } = taken(takeLock(folder))
    writeFileSync(join(folder, 'lock'), '1\n')
    release()
    expect(takeLock(folder)).toMatchObject({ kind: 'held', pid: 1 })
  })
})
