import { expect, test } from '@jest/globals'
import { fuzzDialogue, fuzzGatt, fuzzImprov, fuzzLine, fuzzRecords } from './fuzzing'

const BYTES = 100_000

test('the line understands what it can of 100,000 bytes: seed 11', () => {
  const { text, improv, frame, ...rest } = fuzzLine(11, BYTES)
  expect(Math.min(text, improv, frame)).toBeGreaterThan(50)
  expect(rest['found again']).toBeGreaterThan(0)
})

test('frames come of what they can of 100,000 bytes over the radio: seed 15', () => {
  const { whole, altered, more, repeated, ...wrong } = fuzzGatt(15, BYTES)
  expect(Math.min(whole, altered, more)).toBeGreaterThan(10)
  expect(Math.min(repeated, wrong.length, wrong.number, wrong.order)).toBeGreaterThan(0)
})

test('messages come of what they can of 100,000 bytes of records: seed 14', () => {
  const { message, wrong, more } = fuzzRecords(14, BYTES)
  expect(Math.min(message, wrong, more)).toBeGreaterThan(10)
})

test('an Improv session answers what it can of 100,000 bytes: seed 12', () => {
  const { send, scan, join, ...rest } = fuzzImprov(12, BYTES)
  expect(send).toBeGreaterThan(1000)
  expect(Math.min(scan, join)).toBeGreaterThan(50)
  expect(rest['give up']).toBeGreaterThan(0)
})

test('a dialogue answers what it can of 100,000 bytes: seed 13', () => {
  const { call, send, cancel, progress, ...errors } = fuzzDialogue(13, BYTES)
  expect(Math.min(call, send, cancel, progress)).toBeGreaterThan(20)
  for (const code of [-32700, -32600, -32601, -32602, -32000, -32001, -32002, -32003])
    expect([code, errors[`error ${code}`] > 0]).toEqual([code, true])
})
