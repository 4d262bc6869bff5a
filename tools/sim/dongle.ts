/** The dongle as a thing: power on, power off, restart. In each life the whole firmware boots on a board of its own. */
import type { MonotonicMs, UnixMs } from '../../firmware/core/time'
import { boot, type Running } from '../../firmware/dongle/boot'
import type { Report } from '../../firmware/dongle/report'
import type { Board } from '../../firmware/ports/board'
import type { Alarm, Clock } from '../../firmware/ports/clock'
import type { Button } from '../../firmware/ports/panel'
import type { LastReset, ResetCause } from '../../firmware/ports/system'
import { TlsLayer } from '../../firmware/tls/layer'
import { nodePrimitives } from '../node/crypto'
import { type Agenda, cancel, type Planned } from './agenda'
import { CableEnd } from './cable'
import { type Flash, flashOf, PowerFailed } from './flash'
import { type Life, lacksMemory } from './life'
import { Rs485Line, type Rs485Options } from './modbus/rs485'
import { type NetworkOptions, SimulatedNetwork } from './network/network'
import { provingLayer } from './plain'
import { SimulatedRadio } from './radio'
import { type Random, random as seeded } from './random'
import { Stall } from './stall'

export interface DongleOptions {
  serial: string
  builtAt: UnixMs
  agenda: Agenda
  random: Random
  flash: Flash
  /** Whether it has one: its turns would change the draws of all lives that were drawn without them. */
  watchdog: boolean
  /** Of the crystal: how much faster than true time it runs. */
  ppm: number
  line: Rs485Options
  network: NetworkOptions
  onReport(report: Report): void
  onBoot(): void
  onRestart(why: string): void
  /** The engine gives up, and the chip starts anew. */
  onMemoryFull(): void
  onSystemTime(utc: UnixMs): void
}

const NEVER = Number.POSITIVE_INFINITY
const POWER_ON: LastReset = { cause: 'power on', words: '' }

/** From power to the firmware's first instruction. */
export const START_MS = 400

export class SimulatedDongle {
  readonly #options: DongleOptions
  #life: Life = { alive: false }
  #running: Running | undefined
  #lastReset: LastReset = POWER_ON
  #fedAt = NEVER
  /** The engine finds no memory when the clock has been read so many times more. */
  #looksLeft = NEVER
  #stall = new Stall(this.#life)
  /** What the factory stored. */
  factoryRecord: Uint8Array | undefined
  /** If somebody is at the other end of its cable it has one. */
  readonly cable: CableEnd
  /** It has a radio and a button, for a test. */
  hasFront = false
  /** Of this life. */
  radio: SimulatedRadio | undefined
  /** Somebody touches the button. */
  press: (isPressed: boolean) => void = () => {}
  line: Rs485Line | undefined
  network: SimulatedNetwork | undefined

  constructor(options: DongleOptions) {
    this.#options = options
    this.cable = new CableEnd(options.agenda)
  }

  get alive(): boolean {
    return this.#life.alive
  }

  /** From power on to power off: another object for each. */
  get life(): Readonly<Life> {
    return this.#life
  }

  get standsStill(): boolean {
    return this.#stall.isOn
  }

  /** How often it has stood still in this life. */
  get stalls(): number {
    return this.#stall.count
  }

  get health(): ReturnType<Running['health']> {
    const left = this.#looksLeft
    this.#looksLeft = NEVER
    const health = this.alive ? this.#running?.health() : undefined
    this.#looksLeft = left
    return health
  }

  /**
   * Until it starts anew lwIP and TLS find no memory now and then, with this probability, and the engine none after so many
   * looks at the clock, which are in the middle of its turns.
   */
  lackMemory(share: number, looks: number): void {
    this.#life.noMemory = share
    this.#looksLeft = looks
  }

  /** How the run before ended. */
  get lastReset(): LastReset {
    return this.#lastReset
  }

  /** How long ago the watchdog was fed; 0 if it has never been in this life. */
  get unfedMs(): number {
    return this.#fedAt === NEVER ? 0 : this.#options.agenda.now - this.#fedAt
  }

  /** The machine of this life stands still. */
  standStill(): { goOn(): void; life: Readonly<Life> } {
    const stall = this.#stall
    let isOn = true
    stall.begin()
    const goOn = (): void => {
      if (isOn) stall.end()
      isOn = false
    }
    return { goOn, life: this.#life }
  }

  powerOn(): void {
    if (this.#life.alive) return
    const life = { alive: true }
    this.#life = life
    this.#options.agenda.after(START_MS, () => {
      if (life.alive) this.#boot(life)
    })
  }

  powerOff(): void {
    this.#life.alive = false
    this.#running = undefined
    this.radio = undefined
    this.press = () => {}
    this.#lastReset = POWER_ON
    this.#fedAt = NEVER
    this.#looksLeft = NEVER
  }

  /** It starts anew by itself: the run ends here and now, and its board knows why. */
  reset(cause: ResetCause, words = ''): void {
    this.powerOff()
    this.#lastReset = { cause, words }
    this.powerOn()
  }

  readonly #button: Button = {
    watch: (onChange) => {
      this.press = onChange
      return false
    },
  }

  #boot(life: Life): void {
    const { line, network, onBoot, onReport } = this.#options
    this.line = new Rs485Line(line, life)
    this.network = new SimulatedNetwork(network, life)
    if (this.hasFront) this.radio = new SimulatedRadio()
    onBoot()
    try {
      const running = boot(this.#board(life, this.line, this.network), (report) => {
        if (life.alive) onReport(report)
      })
      // Its power may have been cut in the middle of that.
      if (life.alive) this.#running = running
    } catch (error) {
      if (life.alive) throw error
    }
  }

  #board(life: Life, serialLine: Rs485Line, network: SimulatedNetwork): Board {
    const { agenda, flash, random, serial, builtAt, ppm, onRestart, onSystemTime } = this.#options
    const { playsTls, conditions } = this.#options.network
    const crystal = new Crystal({ agenda, ppm: ppm + random.next() - 0.5, origin: random.next() })
    // Its own source: what the firmware draws must not change what befalls it.
    const entropy = seeded(random.below(2 ** 32))
    const feedWatchdog = (): void => {
      if (life.alive) this.#fedAt = agenda.now
    }
    const stall = (this.#stall = new Stall(life))
    const secureLayer = playsTls
      ? new TlsLayer({ primitives: nodePrimitives(entropy), entropy, roots: () => [] })
      : provingLayer(this.#options.network.utc, () => network.peer)
    return {
      clock: {
        now: () => {
          if (life.alive && --this.#looksLeft === 0) {
            this.#options.onMemoryFull()
            throw new PowerFailed()
          }
          return crystal.now()
        },
        setSystemTime: (utc) => {
          if (life.alive) onSystemTime(utc)
        },
      } as Clock,
      alarm: new SimulatedAlarm({ agenda, random, crystal, life, stall }),
      serialLine: stall.line(serialLine),
      tcp: stall.tcp(network),
      secureLayer: {
        client(...to) {
          if (lacksMemory(life, random)) throw new RangeError('no memory')
          return secureLayer.client(...to)
        },
      },
      datagrams: (events) => stall.datagrams((passed) => network.datagrams(passed), events),
      network: stall.network(network),
      store: flashOf(life, flash, () => conditions.flash),
      entropy,
      ...(this.cable.onBytes ? { cable: this.cable.of(life, stall) } : {}),
      ...(this.radio ? { radio: this.radio, button: this.#button } : {}),
      ...(this.cable.onBytes || this.radio ? { primitives: nodePrimitives(entropy) } : {}),
      system: {
        serial,
        builtAt,
        factoryRecord: () => this.factoryRecord,
        lastReset: () => this.#lastReset,
        ...(this.#options.watchdog ? { feedWatchdog } : {}),
        restart: (why) => {
          if (!life.alive) return
          this.powerOff()
          onRestart(why)
          this.reset('restart')
        },
      },
    }
  }
}

/** The dongle's own time: it starts anywhere and runs a little too fast or too slow. */
class Crystal {
  readonly #agenda: Agenda
  readonly #rate: number
  readonly #startedAt: number
  readonly #origin: number

  constructor({ agenda, ppm, origin }: { agenda: Agenda; ppm: number; origin: number }) {
    this.#agenda = agenda
    this.#rate = 1 + ppm * 1e-6
    this.#startedAt = agenda.now
    this.#origin = origin * 1e6
  }

  now(): MonotonicMs {
    return (this.#origin + (this.#agenda.now - this.#startedAt) * this.#rate) as MonotonicMs
  }

  /** When it shows `reading`. */
  at(reading: MonotonicMs): number {
    return this.#startedAt + (reading - this.#origin) / this.#rate
  }
}

interface AlarmOptions {
  agenda: Agenda
  random: Random
  crystal: Crystal
  life: Life
  stall: Stall
}

class SimulatedAlarm implements Alarm {
  readonly #options: AlarmOptions
  #planned: Planned | undefined

  constructor(options: AlarmOptions) {
    this.#options = options
  }

  set(due: MonotonicMs, run: () => void): void {
    this.clear()
    const { agenda, random, crystal, life, stall } = this.#options
    // Timers fire late: a little always, and now and then while garbage is collected.
    const lateMs = 0.01 + random.next() + (random.chance(0.01) ? 15 : 0)
    const fire = (): void => {
      try {
        if (life.alive && planned === this.#planned) run()
      } catch (error) {
        if (life.alive || !(error instanceof PowerFailed)) throw error
      }
    }
    const planned = agenda.at(crystal.at(due) + lateMs, () => stall.pass(fire))
    this.#planned = planned
  }

  clear(): void {
    cancel(this.#planned)
    this.#planned = undefined
  }
}
