/** What contradicts itself in the catalogue, each fault with the id and the register that it is about. */
import type { Entry } from '../../firmware/devices/catalogue/entry'
import { MAX_MODEL_LENGTH } from '../../firmware/devices/config'
import { MIN_CONFIRMATIONS } from '../../firmware/devices/identify/matching'
import { PLAUSIBLE } from '../../firmware/devices/identify/plausibility'
import { type Device, type Flow, QUANTITIES, type Register } from '../../firmware/devices/model'
import { NUMBER_TYPES, widthOf } from '../../firmware/devices/value'
import { MAX_TIMEOUT_MS } from '../../firmware/modbus/latency'
import { MAX_READ_REGISTERS } from '../../firmware/modbus/rtu'
import { expand, exponentOf } from './expand'

export function checkCatalogue(entries: readonly Entry[]): string[] {
  const faults = entries.flatMap(checkEntry)
  const ids = new Set<string>()
  for (const { id } of entries) {
    if (ids.has(id)) faults.push(`${id}: appears twice`)
    ids.add(id)
  }
  return faults
}

export function checkEntry(entry: Entry): string[] {
  const faults: string[] = []
  const fault = (what: string): void => {
    faults.push(`${entry.id}: ${what}`)
  }
  for (const register of entry.registers) {
    const at = `register ${register.at} (${register.what})`
    if (!NUMBER_TYPES.includes(register.type)) fault(`${at}: unknown type ${register.type}`)
    else if (!QUANTITIES.includes(register.what)) fault(`${at}: unknown quantity`)
    else if (Number.isNaN(exponentOf(register)))
      fault(`${at}: no power of ten brings ${register.scale ?? 1} ${register.unit} to its unit`)
  }
  if (faults.length > 0) return faults
  const device = expand(entry)
  checkHead(entry, device, fault)
  checkRegisters(device, fault)
  checkInputs(entry, device, fault)
  for (const flow of [device.power, device.battery, device.pv])
    if (flow) checkFlow(device, flow, fault)
  const confirming = device.registers.filter(({ what, optional }) => PLAUSIBLE[what] && !optional)
  for (const { at, length, ranges, text } of device.identification) {
    if (!text && device.registers.length > 0 && confirming.length < MIN_CONFIRMATIONS)
      fault(
        `identification ${at}: a number has to be confirmed by ${MIN_CONFIRMATIONS} registers of ${Object.keys(PLAUSIBLE).join(', ')}`,
      )
    if (ranges.length === 0 && !text) fault(`identification ${at}: expects nothing`)
    if (ranges.some(([low, high]) => low > high || high >= 2 ** (16 * length)) || length > 16)
      fault(`identification ${at}: a range that ${length} registers cannot hold`)
    if (text && text.length > 2 * length) fault(`identification ${at}: the text is too long`)
    if (length > device.maxRegisters)
      fault(`identification ${at}: ${length} registers, but the device gives fewer at once`)
  }
  return faults
}

type Fault = (what: string) => void

function checkHead(entry: Entry, device: Device, fault: Fault): void {
  if (entry.id.length > MAX_MODEL_LENGTH) fault(`an id has at most ${MAX_MODEL_LENGTH} characters`)
  if (entry.sources.length === 0) fault('no source')
  if (!entry.sign) fault('does not say what the raw sign means')
  if (device.kind !== 'sunspec' && !device.power && !device.battery && !device.pv) fault('no power')
  if (!(device.maxRegisters >= 1 && device.maxRegisters <= MAX_READ_REGISTERS))
    fault(`maxRegisters: 1 to ${MAX_READ_REGISTERS}`)
  // What the packed form can hold; the rest would be rounded in silence.
  if (!isStep(device.quietMs, 1, 255)) fault('quietMs: whole, 255 at most')
  if (!isStep(device.timeoutMs, 10, MAX_TIMEOUT_MS))
    fault(`timeoutMs: in tens, ${MAX_TIMEOUT_MS} at most`)
  if (!isStep(device.ratedW ?? 0, 100, 0xffff * 100)) fault('ratedW: in hundreds, 6553500 at most')
  if (!isStep(device.line.baud ?? 0, 100, 115_200)) fault('line.baud: in hundreds, 115200 at most')
}

function isStep(value: number, step: number, max: number): boolean {
  return value >= 0 && value <= max && value % step === 0
}

function checkRegisters(device: Device, fault: Fault): void {
  for (let i = 0; i < device.registers.length; i++) {
    const register = device.registers[i]
    const width = widthOf(register.type)
    const at = describe(register)
    if (!(register.at >= 0 && register.at + width <= 0x10000)) fault(`${at}: no such address`)
    if (width > device.maxRegisters)
      fault(`${at}: ${width} registers, but the device gives ${device.maxRegisters} at most`)
    if (device.barriers.some((barrier) => register.at < barrier && barrier < register.at + width))
      fault(`${at}: a barrier cuts it`)
    if (register.mask !== undefined && (register.type !== 'u16' || register.mask === 0))
      fault(`${at}: only a u16 has a mask, of one bit at least`)
    // They would be added up.
    if (device.registers.slice(0, i).some((other) => isSame(other, register)))
      fault(`${at}: another register has the same quantity and phase`)
    const next = device.registers[i + 1]
    if (next && next.code === register.code && next.at < register.at + width)
      fault(`${describe(next)}: overlaps ${at}`)
  }
}

/** What an energy is made of for each input, if there are several. */
const PAIRS = [
  ['stateOfCharge', 'fullEnergy'],
  ['remainingCapacity', 'batteryVoltage'],
] as const

function checkInputs(entry: Entry, { registers }: Device, fault: Fault): void {
  for (const { what, at, also } of entry.registers) {
    if (!also) continue
    const inputs = [at, also].flat()
    // The firmware has them in the order of their addresses.
    if (typeof at !== 'number' || inputs.some((input, i) => i > 0 && input <= inputs[i - 1]))
      fault(`${what}: also has further inputs of one address, in rising order`)
  }
  const count = (what: string): number => registers.filter((one) => one.what === what).length
  for (const [a, b] of PAIRS)
    if (count(a) > 0 && count(b) > 0 && count(a) !== count(b))
      fault(`${count(a)} of ${a}, but ${count(b)} of ${b}`)
}

function isSame(a: Register, b: Register): boolean {
  return a.what === b.what && a.phase === b.phase
}

function checkFlow(device: Device, flow: Flow, fault: Fault): void {
  const registersOf = (what: string): Register[] =>
    device.registers.filter((register) => register.what === what)
  const named = [
    ...flow.plus,
    ...flow.minus,
    ...flow.times,
    flow.phases,
    flow.nearest,
    flow.sign?.what,
  ]
  for (const what of named)
    if (what && registersOf(what).length === 0) fault(`a flow needs ${what}, which has no register`)
  if (flow.plus.length + flow.minus.length === 0) fault('a flow of nothing')
  for (const what of flow.times)
    if (registersOf(what).length > 1) fault(`times ${what}: more than one register`)
  const parts = [...flow.plus, ...flow.minus].flatMap(registersOf)
  const oneWay = parts.every(({ type, offset }) => type.startsWith('u') && offset === 0)
  const both = flow.plus.length > 0 && flow.minus.length > 0
  // Generation alone has one direction only.
  if (oneWay && !both && !flow.sign && !flow.unsigned && flow !== device.pv)
    fault(`${parts.map(describe).join(', ')}: unsigned, and nothing tells the direction`)
}

function describe({ at, what }: Register): string {
  return `register ${at} (${what})`
}
