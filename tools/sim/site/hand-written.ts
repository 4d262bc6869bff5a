/** The devices whose registers are written out by hand (registers.ts), each from its maker's paper and not the catalogue. */
import type { ReadRegisters } from '../modbus/slave'
import type { DeviceImage, Part } from './image'
import { dtsu666W, FIRST_RATIO, registersOf, type SimulatedModel, scaledW } from './registers'
import { BATTERY, type Moment } from './signal'

/** Of current transformers, as a factor of what was first installed. */
const RATIO_SCALES = [1 / FIRST_RATIO, 0.5, 1, 2]

export class HandWrittenImage implements DeviceImage {
  readonly model: SimulatedModel
  readonly parts: readonly Part[]
  readonly scales: readonly number[]
  readonly scaleMoves: boolean
  readonly hasPhases = false
  readonly isUnsigned = false
  readonly needsCapacity = false
  readonly identifies = false
  readonly addresses = []

  constructor(model: SimulatedModel) {
    this.model = model
    this.parts = [model === 'pace-modbus' ? 'battery' : model === 'sunspec' ? 'pv' : 'power']
    this.scaleMoves = model === 'sunspec'
    this.scales = model === 'chint-dtsu666' ? RATIO_SCALES : this.scaleMoves ? [1, 10, 100] : []
  }

  has(): boolean {
    return true
  }

  read(moment: Moment, scale: number): ReadRegisters {
    return registersOf(this.model, moment, scale)
  }

  powers(_: Part, __: unknown, at: readonly Moment[], scale: number): number[] {
    switch (this.model) {
      case 'eastron-sdm630':
        return at.map(({ gridW }) => Math.fround(gridW))
      case 'eastron-sdm120':
        return at.map(({ pvW }) => Math.fround(-pvW))
      case 'pace-modbus':
        // Current and voltage may have come in two answers.
        return at.flatMap(({ batteryA }) =>
          at.map(({ batteryV }) => hundredths(batteryA) * hundredths(batteryV)),
        )
      case 'chint-dtsu666':
        return at.map((moment) => dtsu666W(moment, scale))
      case 'sunspec':
        return at.map((moment) => -scaledW(moment, scale))
    }
  }

  toleranceW(): number {
    return 0
  }

  stored({ stateOfChargeWh }: Moment): { storedWh: number; fullWh: number } {
    return { storedWh: stateOfChargeWh, fullWh: BATTERY.capacityWh }
  }
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100
}
