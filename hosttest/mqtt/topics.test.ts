/** Topics are encoded once, are never mistaken for one another, and only a few are kept. */
import { describe, expect, test } from '@jest/globals'
import { utf8 } from '../../firmware/core/bytes'
import { EncodedTopics } from '../../firmware/mqtt/session/topics'

describe('a topic', () => {
  test('is encoded once', () => {
    const topics = new EncodedTopics()
    const first = topics.encode('site/µ/data')
    expect(first).toEqual(utf8('site/µ/data'))
    expect(topics.encode('site/µ/data')).toBe(first)
  })

  test('keeps its own bytes when many come in turn, and the oldest is encoded anew', () => {
    const topics = new EncodedTopics()
    const first = topics.encode('site/0')
    for (let round = 0; round < 3; round++)
      for (let i = 0; i < 40; i++) expect(topics.encode(`site/${i}`)).toEqual(utf8(`site/${i}`))
    expect(topics.encode('site/0') === first).toBe(false)
    expect(topics.encode('site/39')).toBe(topics.encode('site/39'))
  })

  test('is replaced in the order in which it came', () => {
    const topics = new EncodedTopics()
    const encoded = Array.from({ length: 18 }, (_, i) => topics.encode(`site/${i}`))
    expect(topics.encode('site/2')).toBe(encoded[2])
    expect(topics.encode('site/17')).toBe(encoded[17])
    expect(topics.encode('site/1') === encoded[1]).toBe(false)
  })

  test('that is very long is not kept', () => {
    const topics = new EncodedTopics()
    const name = 'x'.repeat(257)
    expect(topics.encode(name)).toEqual(utf8(name))
    const again = topics.encode(name)
    expect(topics.encode(name) === again).toBe(false)
  })

  test('that is invalid is refused each time', () => {
    const topics = new EncodedTopics()
    for (let i = 0; i < 2; i++) {
      expect(topics.encode('site/+')).toBe('the topic has a wildcard')
      expect(topics.encode('')).toBe('the topic is empty')
    }
  })
})
