/**
 * The firmware, and beside it once in each tick, at the same moment of it, what it holds: what is in use behind a collection.
 * What is in use at another time contains garbage, more or less of it.
 */
import 'main'
import Debug from 'debug'
import Instrumentation from 'instrumentation'
import Timer from 'timer'

const PERIOD_MS = 4000
/** The tick's messages have been acknowledged, and its next round has not begun. */
const QUIET_MS = 1500

const slots = Instrumentation.map('XS Slot Heap Used')
const chunks = Instrumentation.map('XS Chunk Heap Used')

function weigh(): void {
  Debug.gc()
  trace(`held: ${Instrumentation.get(slots)},${Instrumentation.get(chunks)}\n`)
  const sinceTick = (Date.now() - QUIET_MS) % PERIOD_MS
  Timer.set(weigh, PERIOD_MS - sinceTick)
}

Timer.set(weigh, QUIET_MS)
