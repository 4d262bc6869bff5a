/** A folder of its own for each test of a file, removed behind it. */
import { afterEach, beforeEach } from '@jest/globals'
import { type Scratch, scratchFolder } from '../../tools/peers/peer'

export function scratchForEachTest(): { readonly path: string } {
  let scratch: Scratch
  beforeEach(() => {
    scratch = scratchFolder()
  })
  afterEach(() => {
    scratch.remove()
  })
  return {
    get path() {
      return scratch.path
    },
  }
}
