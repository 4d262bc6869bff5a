/** A phone in virtual time: it connects to the simulated radio, opens a channel and calls. */
import { FOREVER, type MonotonicMs } from '../../firmware/core/time'
import type { ChannelOptions } from '../../firmware/provisioning/frames'
import { GattClient, type GattClientOutput } from '../../firmware/provisioning/gattclient'
import { ChannelEnd } from '../../tools/sim/channel-end'
import type { Phone, SimulatedRadio } from '../../tools/sim/radio'

export class PhoneEnd extends ChannelEnd {
  /** Undefined if the dongle was not to be found. */
  readonly connection: Phone | undefined
  readonly client: GattClient
  /** Where a test alters what is written. */
  spoil: (request: Uint8Array) => Uint8Array = (request) => request
  writes = 0
  reads = 0
  /** After so many it does nothing more. */
  maxWrites = Number.POSITIVE_INFINITY
  lost: (GattClientOutput & { kind: 'lost' })['why'] | undefined

  constructor(radio: SimulatedRadio, options: ChannelOptions, now: MonotonicMs, mtu: number) {
    const client = new GattClient(now, mtu - 3)
    super(options, (frame) => client.send(frame))
    this.client = client
    this.connection = radio.connect(mtu)
  }

  /** Does what is to be done, and answers when there is more. */
  run(now: MonotonicMs): MonotonicMs {
    while (this.writes < this.maxWrites) {
      const output = this.client.poll(now)
      switch (output.kind) {
        case 'write':
          this.writes++
          this.connection?.write(this.spoil(output.bytes))
          continue
        case 'read':
          this.reads++
          this.client.answered(this.connection?.read() ?? new Uint8Array(0), now)
          continue
        case 'frame':
          this.hear(output.bytes, now)
          continue
        case 'lost':
          this.lost = output.why
          continue
        case 'wait':
          return output.until
      }
    }
    return FOREVER
  }
}
