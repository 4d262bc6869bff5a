import { describe, expect, test } from '@jest/globals'
import type { UnixMs } from '../../firmware/core/time'
import { type CredentialsChange, Keyring } from '../../firmware/dongle/credentials'

const OLD = { key: 'old', secret: '1' }
const NEW = { key: 'new', secret: '2' }
const NOW = 1_800_000_000_000 as UnixMs
const later = (ms: number) => (NOW + ms) as UnixMs
const DAY_MS = 86_400_000

/** What a power cut right after the change would leave. */
const restarted = (change: CredentialsChange | undefined) =>
  new Keyring(change as CredentialsChange)

describe('a staged pair', () => {
  test('is tried first, and once it is accepted it is the active one while the old is kept', () => {
    const change = new Keyring({ credentials: OLD, staged: NEW }).accepted(NOW)
    expect(change).toEqual({
      credentials: NEW,
      staged: undefined,
      retired: { ...OLD, untilS: (NOW + DAY_MS) / 1000 },
    })
    expect(restarted(change).next).toEqual(NEW)
  })

  test('that is refused gives way to the active one, and is dropped once the broker accepts that', () => {
    const keyring = new Keyring({ credentials: OLD, staged: NEW })
    expect(keyring.next).toEqual(NEW)
    keyring.refused()
    expect(keyring.next).toEqual(OLD)
    const change = keyring.accepted(NOW)
    expect(change).toEqual({ credentials: OLD, staged: undefined, retired: undefined })
    expect(keyring.next).toEqual(OLD)
    expect(restarted(change).next).toEqual(OLD)
  })

  // It was dropped, and if the rotation was completed meanwhile no pair was left that worked.
  test('is not dropped when a broker refuses everybody for a while', () => {
    const keyring = new Keyring({ credentials: OLD, staged: NEW })
    const tried: string[] = []
    for (let i = 0; i < 5; i++) {
      tried.push(keyring.next.key)
      keyring.refused()
    }
    expect(tried).toEqual(['new', 'old', 'new', 'old', 'new'])
    keyring.refused()
    expect(keyring.accepted(NOW)).toMatchObject({ credentials: NEW, staged: undefined })
  })

  test('and the two others are tried in turn if all are refused, and the one that is accepted decides', () => {
    const untilS = (NOW + DAY_MS) / 1000
    const older = { key: 'older', secret: '0', untilS }
    const keyring = new Keyring({ credentials: OLD, staged: NEW, retired: older })
    keyring.refused()
    keyring.refused()
    expect(keyring.next).toMatchObject({ key: 'older' })
    expect(keyring.accepted(NOW)).toEqual({
      credentials: { key: 'older', secret: '0' },
      staged: undefined,
      retired: undefined,
    })
  })

  test('is tried again after a power cut before the broker answered', () => {
    const settings = { credentials: OLD, staged: NEW }
    expect(new Keyring(settings).next).toEqual(NEW)
    expect(new Keyring(settings).next).toEqual(NEW)
  })

  test('waits for a sure clock before it replaces the old one, and stays in use meanwhile', () => {
    const keyring = new Keyring({ credentials: OLD, staged: NEW })
    expect(keyring.accepted(undefined)).toBeUndefined()
    expect(keyring.next).toEqual(NEW)
    expect(keyring.accepted(NOW)).toMatchObject({ credentials: NEW })
  })
})

describe('the old pair', () => {
  const rotated = () => restarted(new Keyring({ credentials: OLD, staged: NEW }).accepted(NOW))

  test('is forgotten after a day, once', () => {
    const keyring = rotated()
    expect(keyring.accepted(later(DAY_MS - 1000))).toBeUndefined()
    expect(keyring.accepted(later(DAY_MS))).toEqual({
      credentials: NEW,
      staged: undefined,
      retired: undefined,
    })
    expect(keyring.accepted(later(2 * DAY_MS))).toBeUndefined()
  })

  test('is due to be forgotten a day later, also if no connection is made', () => {
    expect(new Keyring({ credentials: OLD }).dueAt).toBeUndefined()
    expect(new Keyring({ credentials: OLD, staged: NEW }).dueAt).toBe(0)
    expect(rotated().dueAt).toBe(later(DAY_MS))
  })

  test('is used again when the platform cancelled the rotation', () => {
    const keyring = rotated()
    keyring.refused()
    expect(keyring.next).toMatchObject(OLD)
    // Accepted while the clock is not sure: that it is the active one again is still to be stored.
    expect(keyring.accepted(undefined)).toBeUndefined()
    expect(keyring.dueAt).toBe(0)
    expect(keyring.accepted(NOW)).toEqual({
      credentials: OLD,
      staged: undefined,
      retired: undefined,
    })
  })

  test('and the new one are tried in turn if the broker refuses everybody, and neither is forgotten', () => {
    const keyring = rotated()
    const tried: string[] = []
    for (let i = 0; i < 5; i++) {
      tried.push(keyring.next.key)
      keyring.refused()
    }
    expect(tried).toEqual(['new', 'old', 'new', 'old', 'new'])
    keyring.refused()
    expect(keyring.accepted(NOW)).toBeUndefined()
    expect(keyring.next).toEqual(NEW)
  })
})

test('the only pair there is stays, however often it is refused', () => {
  const keyring = new Keyring({ credentials: OLD })
  keyring.refused()
  expect(keyring.accepted(NOW)).toBeUndefined()
  expect(keyring.next).toEqual(OLD)
})
