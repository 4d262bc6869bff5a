import { describe, expect, test } from '@jest/globals'
import { Backlog, MAX_PAYLOAD_BYTES, readTag } from '../../firmware/telemetry/backlog'
import type { TelemetryOutput } from '../../firmware/telemetry/telemetry'
import { ms, Site } from './scripted'

describe("a publication in the broker's queue", () => {
  test('is lost when its oldest sample is stale, and its fresh samples are published anew', () => {
    const site = new Site()
    site.telemetry.offline()
    site.run(50_000)
    site.log.length = 0
    site.writes = false
    site.telemetry.online(2000)
    site.run(50_000)
    const [array] = site.publications
    expect(readTag(array.tag)).toMatchObject({ stream: 0, samples: 13 })
    site.now = array.deadline
    site.telemetry.lost(array.tag, 'its deadline has passed', array.deadline)
    site.writes = true
    site.log.length = 0
    site.run(site.now)
    expect(site.log.filter(([, kind, stream]) => kind === 'missed' && stream === 0).length).toBe(1)
    const again = site.publications[site.publications.length - 1]
    expect(readTag(again.tag)).toMatchObject({ stream: 0 })
    expect(site.times('site')[0]).toBe(1_700_000_004)
  })

  test('is the only one of its stream, and the next has all that came meanwhile', () => {
    const site = new Site()
    site.writes = false
    site.run(14_000)
    expect(site.publications.map(({ tag }) => readTag(tag).stream)).toEqual([0, 1])
    for (const { tag } of site.publications.slice()) site.sent(tag)
    site.run(14_000)
    expect(site.publications.slice(2).map(({ tag }) => readTag(tag))).toMatchObject([
      { stream: 0, samples: 3 },
      { stream: 1, samples: 3 },
    ])
  })

  // A full queue cost the sample at once.
  test('that the queue refuses waits, and goes with the next sample or the next acknowledgement', () => {
    const site = new Site()
    site.writes = false
    site.run(1000)
    const [site0, battery0] = site.publications
    site.sent(battery0.tag)
    site.telemetry.refused(site0.tag, 'no room')
    site.log.length = 0
    expect(site.run(1000)).toEqual([])
    site.run(6000)
    expect(site.log.filter(([, kind]) => kind === 'missed')).toEqual([])
    const again = site.publications[2]
    expect(readTag(again.tag)).toMatchObject({ stream: 0, samples: 2 })
    site.telemetry.refused(again.tag, 'no room')
    expect(site.telemetry.canPublish(0)).toBe(false)
    site.telemetry.delivered('acknowledged', battery0.tag, ms(6000))
    expect(site.telemetry.canPublish(0)).toBe(true)
    site.run(6000)
    expect(site.publications[site.publications.length - 1].tag).toBe(again.tag)
  })

  test('that is refused for a minute is missed for that reason, each tick once', () => {
    const site = new Site()
    site.writes = false
    let seen = 0
    for (let now = 1000; now <= 101_000; now += 500) {
      site.run(now)
      for (const { tag } of site.publications.slice(seen)) site.telemetry.refused(tag, 'no room')
      seen = site.publications.length
    }
    const missed = site.log.filter(([, kind, stream]) => kind === 'missed' && stream === 0)
    expect(missed.every(([, , , by, why]) => by === 'capacity' && why === 'no room')).toBe(true)
    expect(missed.length).toBeGreaterThanOrEqual(10)
    expect(missed.length).toBeLessThanOrEqual(12)
  })

  // Queued before a reconnect, and too large for the server after it.
  test('that is dropped though it is fresh waits too, and is not published twice in one moment', () => {
    const site = new Site()
    site.writes = false
    site.run(1000)
    const [{ tag }] = site.publications
    site.telemetry.lost(tag, "it is above the server's maximum packet size", ms(1000))
    site.log.length = 0
    expect(site.run(1000)).toEqual([])
    site.run(6000)
    expect(site.log.filter(([, kind]) => kind === 'missed')).toEqual([])
    expect(readTag(site.publications[2].tag)).toMatchObject({ stream: 0, samples: 2 })
  })

  test('leaves each tick counted once, however long it waits', () => {
    const site = new Site()
    site.writes = false
    site.run(100_000)
    const [first] = site.publications
    site.telemetry.lost(first.tag, 'its deadline has passed', ms(100_000))
    site.writes = true
    const log = site.run(200_000).filter(([, , stream]) => stream !== 1)
    const ticks = log.filter(([, kind]) => kind === 'due').length
    const missed = log.filter(([, kind]) => kind === 'missed').length
    const sent = site.publications.slice(1).filter(({ tag }) => readTag(tag).stream === 0)
    const samples = sent.reduce((sum, { tag }) => sum + readTag(tag).samples, 0)
    expect(missed + samples).toBe(ticks)
  })
})

test('a lost publication of several samples is as many missed ticks', () => {
  const site = new Site()
  const outputs: TelemetryOutput[] = []
  site.telemetry.offline()
  site.run(9000)
  site.telemetry.online(2000)
  for (let output = site.telemetry.poll(ms(9000)); output.kind !== 'wait'; ) {
    outputs.push(output)
    output = site.telemetry.poll(ms(9000))
  }
  const [first] = outputs.filter((output) => output.kind === 'publish')
  expect(readTag(first.tag)).toMatchObject({ stream: 0, samples: 3 })
  site.telemetry.delivered('sent', first.tag, ms(9000))
  site.telemetry.lost(first.tag, 'refused', ms(9000))
  expect(site.run(9001).filter(([, kind]) => kind === 'missed').length).toBe(3)
})

test('a publication holds consecutive ticks only: its tag counts them back from the newest', () => {
  const backlog = new Backlog('site/x/data', 3)
  for (const tick of [1, 2, 4]) backlog.push(tick, ms(tick * 4000), tick)
  const next = () => {
    const publication = backlog.publish(new Uint8Array(MAX_PAYLOAD_BYTES), 2000, 0)
    if (!publication) throw new Error('nothing waits')
    const tagged = readTag(publication.tag)
    backlog.sent(tagged.tick)
    return tagged
  }
  expect([next(), next()]).toEqual([
    { stream: 3, tick: 2, samples: 2 },
    { stream: 3, tick: 4, samples: 1 },
  ])
})

test('a tag holds 16 streams: more are an error of our own, not another stream', () => {
  const backlog = new Backlog('site/x/data', 16)
  backlog.push(1, ms(4000), 1)
  expect(() => backlog.publish(new Uint8Array(MAX_PAYLOAD_BYTES), 2000, 0)).toThrow('a tag')
})
