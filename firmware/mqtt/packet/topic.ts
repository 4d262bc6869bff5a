/** Text, topic names and topic filters: what MQTT 5.0, 1.5.4, 4.7 and 4.8.2 allow in them. */
import { utf8Length } from '../../core/bytes'
import { MAX_FIELD_BYTES } from './writer'

/** What is wrong with a topic to publish to, in words; undefined if nothing is. */
export function topicNameFault(name: string): string | undefined {
  if (hasWildcard(name)) return 'the topic has a wildcard'
  if (name === '') return 'the topic is empty'
  return textFault(name, 'the topic')
}

/** What is wrong with a filter to subscribe to; undefined if nothing is. */
export function topicFilterFault(filter: string): string | undefined {
  if (filter === '') return 'the topic filter is empty'
  const levels = filter.split('/')
  if (levels[0] === '$share') {
    if (levels.length < 3 || levels[1] === '' || hasWildcard(levels[1]))
      return 'the shared subscription has no valid share name'
    if (levels.length === 3 && levels[2] === '') return 'the shared subscription has no filter'
  }
  for (let i = 0; i < levels.length; i++) {
    const level = levels[i]
    if (level.length > 1 && hasWildcard(level)) return 'a wildcard is not a level of its own'
    if (level === '#' && i < levels.length - 1) return '# is not the last level'
  }
  return textFault(filter, 'the topic filter')
}

export function isShared(filter: string): boolean {
  return filter.startsWith('$share/')
}

/** Of a text that is one already. */
export function isTopicName(text: string): boolean {
  return text !== '' && !hasWildcard(text)
}

export function hasWildcard(text: string): boolean {
  return text.includes('+') || text.includes('#')
}

/** What keeps a text from being a UTF-8 Encoded String. */
export function textFault(text: string, name: string): string | undefined {
  if (text.includes('\0')) return `${name} has a U+0000`
  if (hasLoneSurrogate(text)) return `${name} has a lone surrogate`
  if (3 * text.length > MAX_FIELD_BYTES && utf8Length(text) > MAX_FIELD_BYTES)
    return `${name} is longer than ${MAX_FIELD_BYTES} bytes`
  return undefined
}

function hasLoneSurrogate(text: string): boolean {
  const { length } = text
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0xd800 || unit > 0xdfff) continue
    const next = text.charCodeAt(i + 1)
    if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return true
    i++
  }
  return false
}
