/** What runs the firmware on a board and says what it does. Node runs it as it is. */
import type { Running } from '../../firmware/dongle/boot'
import type { Report } from '../../firmware/dongle/report'
import type { Board } from '../../firmware/ports/board'
import type { EngineName } from './arguments'

export type Engine = (board: Board, watch: (report: Report) => void) => Running

export async function engineNamed(name: EngineName): Promise<Engine> {
  switch (name) {
    case 'node':
      return (await import('../../firmware/dongle/boot')).boot
  }
}
