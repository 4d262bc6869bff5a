/**
 * The walk through a SunSpec map: from its marker along the models, each as long as it says, to a device whose registers
 * have the addresses of this map. SunSpec Device Information Model Specification, 4 and 5.
 */

import { u16, u32 } from '../../core/bytes'
import { READ_HOLDING_REGISTERS } from '../../modbus/codes'
import type { Device, Flow, Quantity, Register } from '../model'
import { type ReadRequest, type ReadSequence, searchRead } from '../query'
import { decodeText, widthOf } from '../value'

/** Where a map may begin, the usual address first. */
const MAP_ADDRESSES = [40_000, 50_000, 0]
/** "SunS", which a map begins with. */
const MARKER = 0x53756e53
/** The id behind the last model. */
const END_MODEL = 0xffff
/** No device has more; a chain that does not end is no map. */
const MAX_MODELS = 48
/** Its first registers are the maker's name. */
const COMMON_MODEL = 1
const NAME_LENGTH = 16

interface Point {
  readonly what: Quantity
  /** Counted from the model's id. */
  readonly at: number
  readonly type: 's16' | 'u16' | 'f32'
  readonly factor?: number
  readonly phase?: number
}

type Part = 'power' | 'battery' | 'inverter' | 'energy' | 'storage'

interface Model {
  readonly ids: readonly number[]
  readonly part: Part
  readonly points: readonly Point[]
}

/** Offsets from github.com/sunspec/models; other models are passed over. */
const MODELS: readonly Model[] = [
  {
    ids: [101, 102, 103],
    part: 'inverter',
    points: [{ what: 'pvPower', at: 14, type: 's16', factor: 15 }],
  },
  { ids: [111, 112, 113], part: 'inverter', points: [{ what: 'pvPower', at: 22, type: 'f32' }] },
  {
    ids: [701],
    part: 'inverter',
    points: [{ what: 'pvPower', at: 10, type: 's16', factor: 116 }],
  },
  {
    ids: [201, 202, 203, 204],
    part: 'power',
    points: [
      { what: 'power', at: 18, type: 's16', factor: 22 },
      { what: 'phasePower', at: 19, type: 's16', factor: 22, phase: 1 },
      { what: 'phasePower', at: 20, type: 's16', factor: 22, phase: 2 },
      { what: 'phasePower', at: 21, type: 's16', factor: 22, phase: 3 },
    ],
  },
  {
    ids: [211, 212, 213, 214],
    part: 'power',
    points: [
      { what: 'power', at: 28, type: 'f32' },
      { what: 'phasePower', at: 30, type: 'f32', phase: 1 },
      { what: 'phasePower', at: 32, type: 'f32', phase: 2 },
      { what: 'phasePower', at: 34, type: 'f32', phase: 3 },
    ],
  },
  {
    ids: [802],
    part: 'battery',
    points: [
      { what: 'fullEnergy', at: 3, type: 'u16', factor: 53 },
      { what: 'stateOfCharge', at: 11, type: 'u16', factor: 56 },
      { what: 'batteryPower', at: 47, type: 's16', factor: 63 },
      // For the gates: they lie within the same read.
      { what: 'batteryVoltage', at: 34, type: 'u16', factor: 59 },
      { what: 'batteryCurrent', at: 44, type: 's16', factor: 61 },
    ],
  },
  {
    ids: [713],
    part: 'energy',
    points: [
      { what: 'remainingEnergy', at: 3, type: 'u16', factor: 7 },
      { what: 'stateOfCharge', at: 4, type: 'u16', factor: 8 },
    ],
  },
  // Basic storage controls: the only charge that a Fronius GEN24 gives of its battery.
  {
    ids: [124],
    part: 'storage',
    points: [{ what: 'stateOfCharge', at: 8, type: 'u16', factor: 22 }],
  },
]
/** Several inputs: ten registers, then a block for each input. */
const INPUTS_MODEL = 160
const INPUTS_HEAD = 10
const INPUT_LENGTH = 20
/** Of an input's power in its block, and of the scale factor in the model. */
const INPUT_POWER = 11
const INPUT_FACTOR = 4

type State =
  /** \`start\`: index in MAP_ADDRESSES. */
  | { kind: 'marker'; start: number }
  | { kind: 'model'; at: number }
  | { kind: 'name'; at: number; next: number }
  | { kind: 'found'; device: Device }
  | { kind: 'failed'; why: string }

export class SunSpecWalk implements ReadSequence {
  readonly #template: Device
  #state: State = { kind: 'marker', start: 0 }
  #models = 0
  #maker = ''
  #parts: Part[] = []
  #registers: Register[] = []

  constructor(template: Device) {
    this.#template = template
  }

  /** A walk that the round was too short for goes on in the next. */
  begin(): void {
    if (!this.request) this.#restart(0)
  }

  #restart(start: number): void {
    this.#state = { kind: 'marker', start }
    this.#models = 0
    this.#maker = ''
    this.#parts = []
    this.#registers = []
  }

  get request(): ReadRequest | undefined {
    switch (this.#state.kind) {
      case 'marker':
        return walkRead(MAP_ADDRESSES[this.#state.start], 2)
      case 'model':
        return walkRead(this.#state.at, 2)
      case 'name':
        return walkRead(this.#state.at, NAME_LENGTH)
      default:
        return undefined
    }
  }

  /** With the registers of its map, once no read is due. */
  get device(): Device | undefined {
    return this.#state.kind === 'found' ? this.#state.device : undefined
  }

  /** In words, why there is no map. */
  get why(): string {
    return this.#state.kind === 'failed' ? this.#state.why : 'its SunSpec map is being read'
  }

  take(bytes: Uint8Array, start: number): void {
    const state = this.#state
    switch (state.kind) {
      case 'marker':
        if (u32(bytes, start) !== MARKER) return this.skip()
        this.#state = { kind: 'model', at: MAP_ADDRESSES[state.start] + 2 }
        return
      case 'model':
        return this.#takeModel(state.at, u16(bytes, start), u16(bytes, start + 2))
      case 'name':
        this.#maker = decodeText(bytes, start, NAME_LENGTH)
        this.#state = { kind: 'model', at: state.next }
    }
  }

  skip(): void {
    const state = this.#state
    if (state.kind === 'marker' && state.start + 1 < MAP_ADDRESSES.length)
      this.#state = { kind: 'marker', start: state.start + 1 }
    else this.#state = { kind: 'failed', why: 'no SunSpec map' }
  }

  /** It was silent for a round: it may be another device by now, and some are silent where they have no map. */
  miss(): void {
    const state = this.#state
    this.#restart(state.kind === 'marker' ? (state.start + 1) % MAP_ADDRESSES.length : 0)
  }

  split(): boolean {
    return false
  }

  #takeModel(at: number, id: number, length: number): void {
    const next = at + 2 + length
    if (id === END_MODEL) return this.#finish()
    if (++this.#models > MAX_MODELS || length === 0 || next > 0xfffe) {
      this.#state = { kind: 'failed', why: 'a SunSpec map without end' }
      return
    }
    if (id === INPUTS_MODEL) this.#addInputs(at, length)
    const model = MODELS.find(({ ids }) => ids.includes(id))
    // The first of each part counts: a second meter is a device of its own.
    if (model && !this.#parts.includes(model.part)) {
      this.#parts.push(model.part)
      for (let i = 0; i < model.points.length; i++) this.#add(at, length, model.points[i])
    }
    this.#state =
      id === COMMON_MODEL && length >= NAME_LENGTH
        ? { kind: 'name', at: at + 2, next }
        : { kind: 'model', at: next }
  }

  /** Fronius GEN24 has two strings, then the battery's charge and its discharge. */
  #addInputs(at: number, length: number): void {
    const inputs = Math.floor((length + 2 - INPUTS_HEAD) / INPUT_LENGTH)
    if (inputs !== 4 || !isMaker(this.#maker, 'fronius')) return
    const input = (i: number, what: Quantity): void =>
      this.#add(at, length, {
        what,
        at: INPUTS_HEAD + i * INPUT_LENGTH + INPUT_POWER,
        type: 'u16',
        factor: INPUT_FACTOR,
      })
    input(2, 'chargePower')
    input(3, 'dischargePower')
  }

  #add(at: number, length: number, { what, at: offset, type, factor, phase = 0 }: Point): void {
    // Older makers leave out what the standard has at the end.
    if (Math.max(offset + widthOf(type), (factor ?? 0) + 1) > length + 2) return
    if (this.#registers.some((other) => other.what === what && other.phase === phase)) return
    this.#registers.push({
      what,
      phase,
      at: at + offset,
      code: READ_HOLDING_REGISTERS,
      type,
      order: 'msw',
      exponent: 0,
      offset: 0,
      mask: undefined,
      sentinels: undefined,
      fixed: false,
      ...(factor !== undefined && { factorAt: at + factor }),
    })
  }

  #finish(): void {
    const has = (what: Quantity): boolean =>
      this.#registers.some((register) => register.what === what)
    // By the standard and at Fronius import is positive, at SolarEdge export (github.com/evcc-io/evcc, templates).
    const turned = isMaker(this.#maker, 'solaredge')
    const grid = flow(turned ? [] : ['power'], turned ? ['power'] : [], 'phasePower')
    const output = flow([], ['pvPower'])
    // Model 701 does not give a battery's power: a hybrid inverter counts its solar panels there too.
    const battery = has('batteryPower')
      ? flow([], ['batteryPower'])
      : has('chargePower')
        ? flow(['chargePower'], ['dischargePower'])
        : undefined
    this.#state = {
      kind: 'found',
      device: {
        ...this.#template,
        registers: this.#registers,
        power: has('power') ? grid : undefined,
        battery,
        pv: has('pvPower') ? output : undefined,
      },
    }
  }
}

/** No late reply to another one may be taken for its own: every reading would come from wrong registers. */
function walkRead(address: number, count: number): ReadRequest {
  return { ...searchRead(READ_HOLDING_REGISTERS, address, count), awaitsClear: true }
}

function flow(plus: Quantity[], minus: Quantity[], phases?: Quantity): Flow {
  return { plus, minus, times: [], phases, sign: undefined, unsigned: false }
}

function isMaker(text: string, maker: string): boolean {
  return text.slice(0, maker.length).toLowerCase() === maker
}
