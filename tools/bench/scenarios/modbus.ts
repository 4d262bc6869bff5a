/** 80 registers of one meter: one transaction of the master's, beside one for each register. */
import { later, type MonotonicMs } from '../../../firmware/core/time'
import { seal } from '../../../firmware/modbus/crc16'
import type { Ask } from '../../../firmware/modbus/exchange'
import { Master } from '../../../firmware/modbus/master'
import type { Scenario } from '../scenario'

const ALL = 80

function read(name: string, count: number): Scenario {
  return {
    name,
    prepare: () => {
      const master = new Master({ baud: 9600 })
      const request = { unit: 1, code: 4 as const, address: 0, count }
      const ask: Ask = { request, timeoutMs: 200 }
      const reply = new Uint8Array(5 + 2 * count)
      reply.set([1, 4, 2 * count])
      seal(reply, reply.length - 2)
      let now = 1000 as MonotonicMs
      const transact = () => {
        master.submit(ask, now)
        for (;;) {
          const output = master.poll(now)
          if (output.kind === 'wait') now = output.until
          else if (output.kind === 'send') {
            now = later(now, 60)
            master.receive(reply, now)
          } else {
            if (output.result.kind !== 'data') throw new Error(output.result.kind)
            return
          }
        }
      }
      return () => {
        for (let at = 0; at < ALL; at += count) {
          request.address = at
          transact()
        }
      }
    },
  }
}

export const scenarios: Scenario[] = [
  read(`Modbus: ${ALL} registers`, ALL),
  { ...read(`one read per register: ${ALL} registers`, 1), times: 2 },
]
