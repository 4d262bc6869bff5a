/**
 * One device as it would be set up, read by itself: its power as a round of the site brings it, and what an installer
 * compares with the device's own display. A guest of a bus.
 */
import { FOREVER, type MonotonicMs } from '../../core/time'
import { ILLEGAL_DATA_VALUE, ILLEGAL_FUNCTION } from '../../modbus/codes'
import type { Answer, Ask } from '../../modbus/exchange'
import type { Master } from '../../modbus/master'
import { findDevice } from '../catalogue/find'
import { AUTO, chooseFlow, type DeviceConfig } from '../config'
import { listFingerprints } from '../identify/fingerprint'
import type { Device, Flow, Quantity } from '../model'
import type { BusGuest, MeasuredReport } from '../query'
import { scale } from '../value'
import { newAsk, PolledDevice } from './device'
import { ReadPlan } from './reads'
import { requiredRegisters } from './required'
import { costOf, quietMsOf, type Stage } from './stage'

/** As of a device alone in its stream. */
const MAX_SPAN_MS = 2000

export interface LiveReading {
  /** Undefined if the settings name it. */
  model?: string
  /** Import, consumption and charging positive. */
  powerW: number
  stateOfChargeWh?: number
  /** In per cent. */
  stateOfCharge?: number
  /** As the device shows them, by phase. */
  volts?: number[]
  amperes?: number[]
  /** Corrected as the power is. */
  phasesW?: number[]
  note?: string
}

export type LiveOutcome = LiveReading | { why: string }

type Reading = Stage & { kind: 'reading' }

export class LiveDevice implements BusGuest {
  readonly #config: DeviceConfig
  readonly #master: Master
  readonly #device: PolledDevice
  /** Of that the reads below are made. */
  #known: Reading['device'] | undefined
  /** What is shown and does not come with the power; undefined if all does, or if the device is silent on it. */
  #beside: ReadPlan | undefined
  /** While what is beside it is read. */
  #measured: MeasuredReport | undefined
  #outcome: LiveOutcome | undefined

  /** Throws if checkDevice() would have found a fault. */
  constructor(config: DeviceConfig, master: Master) {
    const isKnown = config.model !== AUTO
    this.#config = config
    this.#master = master
    this.#device = new PolledDevice({
      index: -1,
      config,
      device: isKnown ? findDevice(config.model) : undefined,
      fingerprints: isKnown ? [] : listFingerprints(),
      master,
      movement: { count: 0 },
      ask: newAsk(),
      retriesAtOnce: false,
      maxSpanMs: MAX_SPAN_MS,
    })
  }

  /** Whether it had not said yet what it is when the last round began: the next may bring more. */
  isSought = false

  /** Whether a round is under way. */
  get isBusy(): boolean {
    return this.#device.isAsking || this.#measured !== undefined
  }

  begin(now: MonotonicMs): void {
    this.isSought = this.#device.model === AUTO
    this.#device.begin(now)
    this.#conclude()
  }

  /** What the round has come to, once. */
  poll(): LiveOutcome | undefined {
    const outcome = this.#outcome
    this.#outcome = undefined
    return outcome
  }

  get notBefore(): MonotonicMs {
    if (this.#device.isAsking) return this.#device.notBefore
    const request = this.#measured && this.#beside?.request
    if (!request) return FOREVER
    const { code, count } = request
    return this.#master.late.clearAt(this.#config.unit, code, count, 0)
  }

  ask(): Ask {
    const request = this.#measured && this.#beside?.request
    const { stage } = this.#device
    if (!request || !stage) return this.#device.ask()
    const { code, address, count } = request
    return {
      request: { unit: this.#config.unit, code, address, count },
      timeoutMs: this.#device.availability.latency.timeoutMs,
      quietMs: quietMsOf(stage),
    }
  }

  take(answer: Answer, now: MonotonicMs): void {
    if (this.#measured) this.#takeBeside(answer)
    else this.#device.take(answer, now)
    this.#conclude()
  }

  #takeBeside({ result, sentAt, receivedAt }: Answer): void {
    const beside = this.#beside
    if (result.kind === 'data') beside?.take(result.bytes, result.start, sentAt, receivedAt)
    else if (result.kind === 'exception' && result.code <= ILLEGAL_DATA_VALUE) {
      if (result.code === ILLEGAL_FUNCTION || !beside?.split(false)) beside?.skip('refused')
    } else if (result.kind === 'silent') this.#beside = undefined
    else beside?.skip('unclear')
  }

  #conclude(): void {
    const report = this.#device.report()
    if (report?.kind === 'failed') this.#outcome = { why: report.why }
    const { stage } = this.#device
    if (report?.kind === 'measured' && stage) {
      this.#measured = report
      if (this.#known !== stage.device) {
        this.#known = stage.device
        this.#beside = planBeside(stage, this.#config, this.#master)
      }
      this.#beside?.begin()
    }
    if (!this.#measured || this.#beside?.request) return
    const measured = this.#measured
    this.#measured = undefined
    if (!stage) return
    const reading = liveReading(stage, this.#config, measured, this.#beside)
    if (this.#config.model === AUTO) reading.model = stage.device.id
    if (measured.note) reading.note = measured.note
    this.#outcome = reading
  }
}

/** Of a round of a device. `beside`: what has been read of what does not come with the power. */
export function liveReading(
  stage: Reading,
  config: DeviceConfig,
  { powerW, stateOfChargeWh }: Pick<MeasuredReport, 'powerW' | 'stateOfChargeWh'>,
  beside?: ReadPlan,
): LiveReading {
  const { sequence } = stage
  const device = findDevice(stage.device.id)
  const reading: LiveReading = { powerW }
  if (stateOfChargeWh !== undefined) reading.stateOfChargeWh = stateOfChargeWh
  // Of a SunSpec device only its power: no map of it is kept.
  const flow = device && chooseFlow(device, config)
  if (!flow) return reading
  const [volts, amperes, charge] = shownQuantities(device, flow)
  const find = (what: Quantity | undefined, times = 1): number[] | undefined =>
    valuesOf(comes(what, device, sequence) ? sequence : beside, what, times)
  reading.volts = find(volts)
  reading.amperes = find(amperes)
  reading.phasesW = flow.sign ? undefined : find(flow.phases, correctionOf(stage, config, flow))
  reading.stateOfCharge = find(charge)?.[0]
  return reading
}

/** Undefined if there is none. */
function valuesOf(
  plan: ReadPlan | undefined,
  what: Quantity | undefined,
  times: number,
): number[] | undefined {
  const found: number[] = []
  if (!plan) return undefined
  const { registers, values } = plan
  for (let i = 0; i < registers.length; i++) {
    const { factor } = registers[i]
    if (registers[i].what !== what) continue
    found.push(times * (factor < 0 ? values[i] : scale(values[i], values[factor])))
  }
  return found.some((value) => !Number.isNaN(value)) ? found : undefined
}

/** Volts, amperes, per cent; of panels nothing is known but their power. */
function shownQuantities(device: Device, flow: Flow): readonly Quantity[] {
  if (flow === device.battery) return ['batteryVoltage', 'batteryCurrent', 'stateOfCharge']
  return flow === device.pv ? [] : ['voltage', 'current']
}

/** Whether the read of the power brings it, of all phases. */
function comes(what: Quantity | undefined, device: Device, sequence: ReadPlan): boolean {
  return device.registers.every(
    (own) =>
      own.what !== what ||
      sequence.registers.some(({ code, at }) => code === own.code && at === own.at),
  )
}

/** What one phase has to be multiplied with to be a part of the power. */
function correctionOf({ sequence }: Reading, config: DeviceConfig, flow: Flow): number {
  const { ctRatio = 1, inverted, direction } = config
  let correction = flow.plus.length > 0 ? ctRatio : -ctRatio
  if (inverted) correction = -correction
  if (direction === 'export') correction = -correction
  const { registers, values } = sequence
  for (let i = 0; i < registers.length; i++)
    if (flow.times.includes(registers[i].what)) correction *= values[i]
  return correction
}

/** The reads of what is shown and does not come with the power; undefined if all does. */
function planBeside(
  stage: Reading,
  config: DeviceConfig,
  { timing }: Master,
): ReadPlan | undefined {
  const device = findDevice(stage.device.id)
  const flow = device && chooseFlow(device, config)
  if (!flow) return undefined
  const shown = shownQuantities(device, flow).concat(flow.phases ?? [])
  const plus = shown.filter((what) => !comes(what, device, stage.sequence))
  const registers = requiredRegisters(device, { ...NO_FLOW, plus }, undefined, config)
  if (registers.length === 0) return undefined
  const cost = costOf(device, timing)
  return new ReadPlan(registers, { limits: device, cost, maxSpanMs: FOREVER })
}

const NO_FLOW: Flow = {
  plus: [],
  minus: [],
  times: [],
  phases: undefined,
  sign: undefined,
  unsigned: false,
}
