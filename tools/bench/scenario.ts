/** What the bench counts: a thing that the firmware, or what it is compared with, does again and again. */

export interface Scenario {
  name: string
  /** Builds everything that the action needs, the same every time, and answers with the action. */
  prepare(): () => void
  /** How often the action is repeated to be counted; 8 by default. */
  times?: number
  /** How often it is done before, so that caches are full and buffers have grown; 3 by default. */
  warmUp?: number
}
