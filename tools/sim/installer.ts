/**
 * Somebody with a tool at the dongle's cable, now and then: looks, asks, sets the same again, sets something else, rotates the
 * credentials; and sends noise, tries a wrong secret, or pulls the cable at any byte. What comes of each call the observer is
 * told (observer/provisioning.ts). docs/provisioning.md
 */
import type { MonotonicMs } from '../../firmware/core/time'
import { COMMAND, encodePacket, PACKET } from '../../firmware/provisioning/improv'
import { METHODS, type MethodName } from '../../firmware/provisioning/methods'
import { CODE } from '../../firmware/provisioning/request'
import type { Settings } from '../../firmware/settings/schema'
import { encodeSecret } from '../factory/label'
import { sealFactoryData } from '../factory/seal'
import { nodePrimitives } from '../node/crypto'
import { cancel, type Planned } from './agenda'
import type { Reply } from './channel-end'
import type { Patch, Provisioning } from './observer/provisioning'
import { type Random, random as seeded } from './random'
import { SECRET } from './site/drawn'
import { isNamed } from './site/site'
import { ToolEnd } from './tool-end'
import { MINUTE, type World } from './world'

const SECOND = 1000
const MEAN_GAP_MS = 25 * MINUTE
/** 115,200 baud, 8N1, and what a UART's buffer gives at once. */
const BYTES_PER_MS = 11.52
const CHUNK_BYTES = 64
/** For a request and its reply on the line. */
const LINE_MS = 2000
/** A tool gives up a hello that is not answered (firmware/provisioning/frames.ts). */
const HELLO_MS = 10 * SECOND
const MAX_TRIES = 6
/** The first call of a tool, which opens the channel. */
const INFO_ID = 1
/** The reply has three seconds to leave (firmware/dongle/cablepump.ts). */
const RESTART_MS = 5 * SECOND
/** In which a part of an Improv packet swallows what follows (docs/provisioning.md, "The line"). */
const IMPROV_MS = 150
/** Settings are stored twice; of new ones a restart may follow, and a staged pair is stored again once it is in force. */
const WRITES: { readonly [M in MethodName]?: number } = {
  'settings.set': 4,
  'credentials.stage': 4,
  'credentials.commit': 2,
  'credentials.cancel': 2,
}
const MISTYPED = 'mistyped'
/** After each refusal the broker is left alone for 30 s, and two of these are longer than samples last. */
const MISTYPED_APART_MS = 3 * MINUTE

/** In virtual time: each yields how long it waits at most, and goes on earlier if something comes. */
type Steps<T = void> = Generator<number, T, void>

/** What has to stay as it is for a reply to be owed. */
interface Moment {
  life: object
  stalls: number
  plugged: number
  isWorking: boolean
}

/** About a third of all lives have one. Apart from all other draws. */
export function hasInstaller(seed: number): boolean {
  return seeded(seed ^ 0x1457a11).chance(0.35)
}

export class Installer {
  readonly #world: World
  readonly #random: Random
  readonly #label: { serial: string; labelSecret: Uint8Array }
  readonly #primitives: ReturnType<typeof nodePrimitives>
  /** At the dongle's end is USB, which is heard only while somebody reads, and not a UART. */
  readonly #isUsb: boolean
  #tool: ToolEnd | undefined
  readonly #replies = new Map<number, Reply>()
  #progress: number[] = []
  /** How often the cable was plugged in; 0 while it is not. */
  #plugged = 0
  #plugs = 0
  /** Until it is pulled. */
  #bytesLeft = Number.POSITIVE_INFINITY
  #lineFreeAt = 0
  /** The life of the dongle that heard the hello: the next one knows nothing of the channel. */
  #helloIn: object | undefined
  /** Noise for the middle of the next frame. */
  #inserted: Uint8Array | undefined
  /** A frame was damaged: the channel may end. */
  #isSpoilt = false
  #planned: Planned | undefined
  #step: () => void = () => {}
  /** One that is neither completed nor cancelled. */
  #rotation: { key: string; before: string } | undefined
  #rotations = 0
  #mistypedAt = 0
  #passwords = 0
  readonly counts = { visits: 0, channels: 0, calls: 0, patches: 0, restarts: 0, rotations: 0 }

  constructor(world: World, seed: number) {
    const { dongle, site, observer } = world
    this.#world = world
    const random = (this.#random = seeded(seed ^ 0xca_b1e))
    const labelSecret = new Uint8Array(16)
    random.fill(labelSecret)
    this.#label = { serial: site.serial, labelSecret }
    this.#primitives = nodePrimitives(random)
    this.#isUsb = random.chance(0.5)
    dongle.factoryRecord = sealFactoryData(this.#label)
    dongle.cable.onBytes = (bytes) => this.#receive(bytes)
    dongle.cable.takes = !this.#isUsb
    observer.provisioning.hide([
      SECRET,
      encodeSecret(labelSecret),
      Buffer.from(labelSecret).toString('hex'),
      Buffer.from(labelSecret).toString('base64'),
      Buffer.from(labelSecret).toString('latin1'),
    ])
    this.#planVisit()
  }

  get #provisioning(): Provisioning {
    return this.#world.observer.provisioning
  }

  get #now(): MonotonicMs {
    return this.#world.agenda.now as MonotonicMs
  }

  #planVisit(): void {
    const { agenda } = this.#world
    const gapMs = -Math.log(1 - this.#random.next()) * MEAN_GAP_MS
    agenda.after(gapMs, () => {
      const visit = this.#visit()
      this.#step = () => {
        cancel(this.#planned)
        const { done, value } = visit.next()
        if (!done) this.#planned = agenda.after(value, this.#step)
        else {
          this.#step = () => {}
          this.#planVisit()
        }
      }
      this.#step()
    })
  }

  *#visit(): Steps {
    const random = this.#random
    this.counts.visits++
    this.#plugIn()
    if (random.chance(0.3)) this.#bytesLeft = random.below(6000)
    if (random.chance(0.2)) yield* this.#tryWrongSecrets()
    if (random.chance(0.2)) yield* this.#noise()
    for (let left = 2 + random.below(5); left > 0 && this.#plugged; left--) {
      if (!(yield* this.#isOpenOrOpens())) break
      yield* this.#act()
      yield* this.#pause(100 + 3000 * random.next())
    }
    if (this.#rotation && this.#tool?.isOpen) yield* this.#settleRotation()
    if (random.chance(0.7)) this.#unplug()
    else this.#bytesLeft = Number.POSITIVE_INFINITY
  }

  *#act(): Steps {
    const random = this.#random
    const acts: (() => Steps<unknown>)[] = [
      () => this.#followStatus(),
      () => this.#call('log'),
      () => this.#call('status'),
      () => this.#test(),
      () => this.#get(),
      () => this.#callFour(),
      () => this.#setSame(),
      () => this.#setWrong(),
      () => this.#setWifi(random.chance(0.3)),
      () => this.#setWifi(false),
      () => this.#setRatedPower(),
      () => this.#rotate(),
      () => this.#rotate(),
      () => this.#noise(),
      () => this.#damage(),
    ]
    yield* acts[random.below(acts.length)]()
  }

  // --- the cable

  #plugIn(): void {
    this.#plugged = ++this.#plugs
    this.#bytesLeft = Number.POSITIVE_INFINITY
    this.#world.dongle.cable.takes = true
    this.#tool = undefined
  }

  #unplug(): void {
    this.#plugged = 0
    this.#tool = undefined
    this.#world.dongle.cable.takes = !this.#isUsb
  }

  #send(bytes: Uint8Array): void {
    const { agenda, dongle } = this.#world
    const plugged = this.#plugged
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      const chunk = bytes.slice(at, at + CHUNK_BYTES)
      this.#lineFreeAt = Math.max(agenda.now, this.#lineFreeAt) + chunk.length / BYTES_PER_MS
      agenda.at(this.#lineFreeAt, () => {
        if (this.#plugged === plugged) this.#pass(chunk, (part) => dongle.cable.heard(part))
      })
      const inserted = this.#inserted
      this.#inserted = undefined
      if (inserted) this.#send(inserted)
    }
  }

  #receive(bytes: Uint8Array): void {
    this.#provisioning.told(String.fromCharCode(...bytes))
    if (!this.#plugged) return
    this.#pass(bytes, (part) => this.#take(part))
    this.#step()
  }

  #take(bytes: Uint8Array): void {
    const tool = this.#tool
    if (!tool) return
    tool.receive(bytes, this.#now)
    // Its texts have been looked at.
    tool.heard.length = 0
    for (const reply of tool.replies.splice(0)) {
      this.#provisioning.told(JSON.stringify(reply))
      if (reply.method) this.#progress.push(reply.params?.id ?? 0)
      else this.#replies.set(reply.id ?? 0, reply)
    }
  }

  /** As many as pass before the cable is pulled. */
  #pass(bytes: Uint8Array, take: (bytes: Uint8Array) => void): void {
    const part = bytes.subarray(0, this.#bytesLeft)
    this.#bytesLeft -= part.length
    take(part)
    if (this.#bytesLeft === 0) this.#unplug()
  }

  // --- waiting

  *#until(isSo: () => boolean, ms: number): Steps<boolean> {
    const end = this.#now + ms
    while (!isSo()) {
      const left = end - this.#now
      if (left <= 0) return false
      yield Math.min(left, SECOND)
    }
    return true
  }

  *#pause(ms: number): Steps {
    yield* this.#until(() => !this.#plugged, ms)
  }

  get #moment(): Moment {
    const { dongle } = this.#world
    const { life, stalls, standsStill, health } = dongle
    return { life, stalls, plugged: this.#plugged, isWorking: health !== undefined && !standsStill }
  }

  /** Neither cable nor dongle gave a reason not to answer. */
  #isAsAt({ life, stalls, plugged, isWorking }: Moment): boolean {
    const now = this.#moment
    const isSame =
      now.life === life &&
      this.#helloIn === life &&
      now.stalls === stalls &&
      now.plugged === plugged
    return isSame && plugged > 0 && isWorking && now.isWorking && !this.#isSpoilt
  }

  // --- the channel

  #attach(labelSecret = this.#label.labelSecret): ToolEnd {
    const options = { primitives: this.#primitives, entropy: this.#random }
    const label = { ...this.#label, labelSecret }
    this.#helloIn = this.#world.dongle.life
    const tool = new ToolEnd({ ...options, label, transport: 'cable' }, (bytes) =>
      this.#send(bytes),
    )
    this.#tool = tool
    this.#replies.clear()
    this.#progress = []
    this.#isSpoilt = false
    return tool
  }

  /** Sends a hello, and answers once something came back. */
  *#hello(labelSecret?: Uint8Array): Steps<ToolEnd> {
    const tool = this.#attach(labelSecret)
    tool.open(this.#now)
    yield* this.#until(() => !this.#plugged || tool.channel.length > 0, HELLO_MS)
    return tool
  }

  *#isOpenOrOpens(): Steps<boolean> {
    if (this.#tool?.isOpen) return true
    for (let tries = 0; tries < MAX_TRIES && this.#plugged; tries++) {
      const since = this.#moment
      const tool = yield* this.#hello()
      const [said] = tool.channel
      if (said === 'open') {
        this.counts.channels++
        this.#provisioning.opened(this.#now)
        const info = yield* this.#reply(INFO_ID, 'info', since)
        const { serial } = (info?.result ?? {}) as { serial?: string }
        if (info && serial !== this.#label.serial) this.#broken(`info tells serial ${serial}`)
        return tool.isOpen
      }
      // An attempt that was cut off counts as well, and each has its wait.
      const mayBe = ['refused: too soon', 'refused: too late']
      const isOwed = this.#isAsAt(since)
      if (isOwed && !mayBe.includes(said)) this.#broken(`a hello was answered by ${said}`)
      if (isOwed && tries > 2) this.#broken(`no channel after ${tries + 1} hellos: ${said}`)
      yield* this.#pause(tool.waitMs + 50)
    }
    return false
  }

  *#tryWrongSecrets(): Steps {
    const { conditions } = this.#world
    for (let left = 1 + this.#random.below(4); left > 0 && this.#plugged; left--) {
      const wrong = this.#label.labelSecret.slice()
      wrong[this.#random.below(16)] ^= 1 << this.#random.below(8)
      const since = this.#moment
      this.#world.observer.asksToWrite(1)
      const tool = yield* this.#hello(wrong)
      const [said] = tool.channel
      if (conditions.flash.isFull || conditions.flash.unreadable) this.#provisioning.flashFailed()
      if (said === 'open') this.#broken('a channel was opened with a wrong secret')
      else if (said === 'refused: wrong secret')
        this.#provisioning.wrongSecret(tool.waitMs, this.#now)
      else if (said === undefined && this.#isAsAt(since))
        this.#broken('a hello with a wrong secret was not answered')
      // Now and then too soon.
      yield* this.#pause(this.#random.chance(0.5) ? tool.waitMs + 50 : 300)
    }
  }

  // --- calls

  *#call(method: MethodName, params?: object): Steps<Reply | undefined> {
    const since = this.#moment
    const id = this.#ask(method, params)
    return id === undefined ? undefined : yield* this.#reply(id, method, since)
  }

  #ask(method: MethodName, params?: object): number | undefined {
    const tool = this.#tool
    if (!tool?.isOpen) return undefined
    this.counts.calls++
    this.#world.observer.asksToWrite(WRITES[method] ?? 0)
    return tool.call(method, params, this.#now)
  }

  *#reply(id: number, method: MethodName, since: Moment): Steps<Reply | undefined> {
    const tool = this.#tool
    const { dongle } = this.#world
    const isOver = (): boolean =>
      this.#replies.has(id) || !this.#plugged || !tool?.isOpen || dongle.life !== since.life
    yield* this.#until(isOver, METHODS[method].maxMs + LINE_MS)
    const reply = this.#replies.get(id)
    this.#replies.delete(id)
    if (!reply && this.#isAsAt(since)) this.#broken(`no reply to ${method}: ${tool?.channel}`)
    if (reply?.error) this.#checkError(method, reply.error)
    return reply
  }

  #checkError(method: MethodName, { code, message }: NonNullable<Reply['error']>): void {
    const { dongle, conditions } = this.#world
    const { flash } = conditions
    const isCommit = method === 'credentials.commit'
    const mayBe =
      (code === CODE.unprovisioned && dongle.health === undefined) ||
      (isCommit && code === CODE.timedOut) ||
      (isCommit && /^(the broker: |no credentials are staged$)/.test(message)) ||
      (message.startsWith('not stored: ') && (flash.isFull || flash.unreadable !== undefined)) ||
      // Patches are checked by who sends them.
      (method === 'settings.set' && code === CODE.wrongParams) ||
      code === CODE.cancelled
    if (!mayBe) this.#broken(`${method}: ${code} ${message}`)
  }

  *#followStatus(): Steps {
    const since = this.#moment
    const id = this.#ask('status', { everyS: 1 })
    if (id === undefined) return
    const seconds = 3 + this.#random.below(6)
    yield* this.#pause(seconds * SECOND)
    const told = this.#progress.filter((of) => of === id).length
    if (told < seconds - 1 && this.#isAsAt(since))
      this.#broken(`status was told ${told} times in ${seconds} s`)
    const cancelled = yield* this.#call('cancel', { id })
    if (!cancelled) return
    if (cancelled.result !== true) this.#broken('a call that goes on was not there to cancel')
    yield* this.#reply(id, 'status', since)
  }

  *#test(): Steps {
    const { site, observer } = this.#world
    const { continuity } = observer
    // A device that has to say itself what it is may not be known.
    const mayFail = ![...site.streams.values()].every(isNamed)
    const { healthySince } = continuity
    const reply = yield* this.#call('test')
    const { ok } = (reply?.result ?? {}) as { ok?: boolean }
    if (ok !== false || mayFail || healthySince === undefined) return
    if (continuity.healthySince === healthySince) this.#broken('a test fails, and all is well')
  }

  *#callFour(): Steps {
    const since = this.#moment
    const methods = (['log', 'info', 'status', 'settings.get'] as const).slice()
    const ids = methods.map((method) => this.#ask(method))
    for (const [i, method] of methods.entries()) {
      const id = ids[i]
      if (id !== undefined) yield* this.#reply(id, method, since)
    }
  }

  *#get(): Steps<Settings | undefined> {
    const reply = yield* this.#call('settings.get')
    if (reply?.result) this.#provisioning.shown(reply.result)
    return reply?.result as Settings | undefined
  }

  // --- settings

  *#setSame(): Steps {
    const { possible } = this.#provisioning
    // Nobody knows what is in force.
    if (possible.length > 1) return
    const { wifi, line, devices, qos, timeServers } = possible[0]
    yield* this.#set({ wifi, line, devices, qos, timeServers } as Patch)
  }

  /** `effect`: what it takes to be in force. */
  *#set(patch: Patch, effect: 'none' | 'connection' | 'restart' = 'none'): Steps {
    const { dongle } = this.#world
    const provisioning = this.#provisioning
    const { life } = dongle
    provisioning.asks(patch)
    if (effect === 'restart') provisioning.awaitsRestart()
    const isDone = effect === 'connection' ? this.#tellOther('other Wi-Fi') : () => {}
    const since = this.#moment
    const reply = yield* this.#call('settings.set', { patch })
    isDone()
    if (!reply) return
    const { isChanged } = (reply.result ?? {}) as { isChanged?: boolean }
    provisioning.answered(patch, reply.error === undefined, isChanged)
    this.#look('after settings.set')
    const code = reply.error?.code
    if (code === CODE.wrongParams && since.isWorking) this.#broken('settings.set refused a patch')
    if (!isChanged) return
    this.counts.patches++
    if (effect !== 'restart') return
    this.counts.restarts++
    yield* this.#until(() => dongle.life !== life, RESTART_MS)
    if (this.#isAsAt(since)) this.#broken('it was not restarted for settings that call for it')
  }

  *#setWifi(isDryRun: boolean): Steps {
    const wifi = { ssid: 'house', password: `${SECRET} ${++this.#passwords}` }
    if (!isDryRun) return yield* this.#set({ wifi }, 'connection')
    yield* this.#call('settings.set', { patch: { wifi }, dryRun: true })
    this.#look('after a dry run')
  }

  *#setRatedPower(): Steps {
    const [{ devices }] = this.#provisioning.possible
    const ratedW = 30_000 + 1000 * this.#random.below(30)
    const index = devices.findIndex(({ model }) => model.startsWith('eastron-sdm'))
    if (index < 0) return
    const others = devices.map((device, i) => (i === index ? { ...device, ratedW } : device))
    const isSame = devices[index].ratedW === ratedW
    yield* this.#set({ devices: others }, isSame ? 'none' : 'restart')
  }

  *#setWrong(): Steps {
    const patches = [
      { line: { baud: 1 } },
      { site: 'nowhere' },
      { devices: [] },
      { wifi: { ssid: '', password: SECRET } },
      { environment: 'production' },
      { [SECRET]: SECRET },
    ]
    const patch = patches[this.#random.below(patches.length)]
    const reply = yield* this.#call('settings.set', { patch })
    if (reply && reply.error?.code !== CODE.wrongParams) this.#broken('a wrong patch was taken')
    this.#look('after a wrong patch')
  }

  /** The connection to the broker is made anew, which is a matter of seconds and costs no sample. Answers what ends it. */
  #tellOther(kind: string): () => void {
    const world = this.#world
    const { continuity } = world.observer
    continuity.faultBegins(world.utc, kind)
    return () => continuity.faultEnds(world.utc, kind)
  }

  /** What is stored, once a call was answered. */
  #look(when: string): void {
    this.#provisioning.holds(this.#world.loaded, when, false)
  }

  get #stored(): Settings | undefined {
    const { loaded } = this.#world
    return loaded && 'settings' in loaded ? loaded.settings : undefined
  }

  // --- credentials (docs/platform.md, "Credentials")

  *#rotate(): Steps {
    if (this.#rotation) return yield* this.#settleRotation()
    const before = this.#stored?.credentials.key
    if (before === undefined) return
    const world = this.#world
    const isMistyped = this.#random.chance(0.25) && this.#now > this.#mistypedAt + MISTYPED_APART_MS
    if (isMistyped) this.#mistypedAt = this.#now
    const key = `key ${++this.#rotations}${isMistyped ? MISTYPED : ''}`
    if (isMistyped) world.mistyped.add(key)
    else world.addCredentials(key)
    this.#rotation = { key, before }
    this.#provisioning.key(key, true)
    const isDone = this.#tellOther('credentials staged')
    const reply = yield* this.#call('credentials.stage', { key, secret: SECRET })
    isDone()
    if (!reply) return
    const stored = this.#stored
    if (reply.error) return this.#cancelled()
    if (stored && stored.staged?.key !== key && stored.credentials.key !== key)
      this.#broken('staged credentials are not stored')
    yield* this.#pause(4000 * this.#random.next())
    yield* this.#random.chance(0.8) ? this.#commit() : this.#cancel()
  }

  /** One that was begun at an earlier time, or whose calls were not answered. */
  *#settleRotation(): Steps {
    const { key } = this.#rotation!
    const settings = yield* this.#get()
    if (!settings) return
    if (settings.credentials.key === key) yield* this.#commit()
    else if (settings.staged) yield* this.#random.chance(0.5) ? this.#commit() : this.#cancel()
    else this.#cancelled()
  }

  *#commit(): Steps {
    const { key, before } = this.#rotation!
    const reply = yield* this.#call('credentials.commit')
    if (!reply) return
    // Not stored in time: it is asked again another time.
    if (reply.error?.code === CODE.timedOut) return
    if (reply.error) {
      // It may have been answered before, and nobody heard it.
      const shown = yield* this.#get()
      if (!shown) return
      const isInForce = shown.credentials.key === key && !shown.staged && !shown.retired
      if (!isInForce) return yield* this.#cancel()
    } else if (this.#stored?.credentials.key !== key)
      this.#broken('credentials are said to be in force, and others are stored')
    // The platform completes the rotation.
    this.#provisioning.key(before, false)
    this.#world.deleteCredentials(before)
    this.#rotation = undefined
    this.counts.rotations++
    this.#look('after credentials.commit')
  }

  *#cancel(): Steps {
    const { key } = this.#rotation!
    const isDone = this.#tellOther('credentials cancelled')
    const reply = yield* this.#call('credentials.cancel')
    isDone()
    if (!reply || reply.error) return
    if (this.#stored?.staged) this.#broken('cancelled credentials are still staged')
    // Too late if the broker has accepted them: what is left is to commit, at another time.
    if (this.#stored?.credentials.key !== key) this.#cancelled()
  }

  /** The platform cancels the rotation. */
  #cancelled(): void {
    const { key } = this.#rotation!
    this.#provisioning.key(key, false)
    this.#world.deleteCredentials(key)
    this.#rotation = undefined
    this.#look('after a rotation was cancelled')
  }

  // --- noise

  /** Between frames: bytes of any kind, begun frames and packets, and Wi-Fi by Improv, which is not for this dongle. */
  *#noise(): Steps {
    const random = this.#random
    const noise = new Uint8Array(1 + random.below(200))
    random.fill(noise)
    const begun = ['', 'WB1:', '\nIMPROV\x01', '\nIMPROV\x01\x03\xff', '\nWB1:BwAABWhlbGxv\n']
    this.#send(latin1(begun[random.below(begun.length)]))
    if (random.chance(0.7)) this.#send(noise)
    else if (this.#world.dongle.health) this.#send(IMPROV_WIFI)
    yield* this.#pause(IMPROV_MS + 2 * (noise.length / BYTES_PER_MS))
  }

  /** The channel may end by it, and another one works. */
  *#damage(): Steps {
    const tool = this.#tool
    if (!tool?.isOpen) return
    this.#isSpoilt = true
    const noise = new Uint8Array(1 + this.#random.below(20))
    this.#random.fill(noise)
    if (this.#random.chance(0.5)) this.#inserted = noise
    else tool.alter = (frame) => frame.fill(noise[0], frame.length - 1)
    this.#ask('status')
    this.#ask('info')
    yield* this.#pause(2 * SECOND)
    this.#tool = undefined
  }

  get #broken(): (what: string) => void {
    return this.#provisioning.broken
  }
}

const WIFI = ['elsewhere', SECRET]
/** "Set Wi-Fi" of Improv. */
const IMPROV_WIFI = encodePacket(PACKET.rpc, improvWifi())

function improvWifi(): Uint8Array {
  const texts = WIFI.flatMap((text) => [text.length, ...latin1(text)])
  return Uint8Array.from([COMMAND.setWifi, texts.length, ...texts])
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}
