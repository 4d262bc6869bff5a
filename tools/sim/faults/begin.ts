import type { Random } from '../random'
import type { World } from '../world'

/** Begins the fault; answers what ends it. Some are over at once. */
export type Begin = (world: World, random: Random) => () => void
