/** One connection, up to MQTT's CONNACK or to the words of its end. */
import type { UnixMs } from '../../firmware/core/time'
import type { Platform } from './drive'

/** More than the table's connections may take to open (3 s) on a busy machine: what takes longer hangs. */
export const MAX_MS = 30_000

const CONNECT = new Uint8Array([0x10, 14, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 2, 119, 98])

export type Outcome =
  | { kind: 'connack' }
  | { kind: 'closed'; why: string; opened: boolean }
  | { kind: 'hangs' }

export function attempt(
  platform: Platform,
  { host, anchors }: { host: string; anchors: Uint8Array[] | undefined },
  port: number,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let opened = false
    let got = ''
    const hang = setTimeout(() => resolve({ kind: 'hangs' }), MAX_MS)
    const end = (outcome: Outcome) => {
      clearTimeout(hang)
      resolve(outcome)
    }
    const stream = platform.connect({ host, port, anchors }, Date.now() as UnixMs, {
      onOpen() {
        opened = true
        stream.write(CONNECT)
      },
      onBytes(bytes) {
        got += Buffer.from(bytes).toString('hex')
        if (got.length < 8) return
        stream.close()
        end(
          got.startsWith('20020000')
            ? { kind: 'connack' }
            : { kind: 'closed', why: `bytes ${got}`, opened },
        )
      },
      onClosed: (why) => end({ kind: 'closed', why, opened }),
    })
  })
}
