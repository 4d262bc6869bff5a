/**
 * Drives the machine of the broker's connection over TCP, as the firmware's pump does, for what is tested or measured
 * without the rest of the firmware. Types only are imported: XS names modules otherwise.
 */
import type { UnixMs } from '../../firmware/core/time'
import type { SecureConnection, SecureOutput } from '../../firmware/dongle/secure'
import type {
  BrokerAddress,
  ByteStream,
  ConnectionEvents,
  TcpConnector,
} from '../../firmware/ports/bytestream'
import type { Alarm, Clock } from '../../firmware/ports/clock'
import type { Network } from '../../firmware/ports/network'

/** What can connect by TLS: ours on XS or on Node, or OpenSSL. */
export interface Platform {
  connect(to: BrokerAddress, utc: UnixMs, events: ConnectionEvents): ByteStream
}

export interface DrivePorts {
  tcp: TcpConnector
  network: Pick<Network, 'resolve'>
  clock: Pick<Clock, 'now'>
  alarm: Alarm
}

export class Drive implements ByteStream {
  readonly #machine: SecureConnection
  readonly #ports: DrivePorts
  readonly #events: ConnectionEvents
  readonly #wake = (): void => this.#drain()
  #tcp: ByteStream | undefined
  #isDraining = false

  constructor(machine: SecureConnection, ports: DrivePorts, events: ConnectionEvents) {
    this.#machine = machine
    this.#ports = ports
    this.#events = events
  }

  open(to: BrokerAddress, utc: UnixMs): void {
    this.#machine.open(to, utc, this.#ports.clock.now())
    // The caller has the stream before the first event.
    this.#ports.alarm.set(this.#ports.clock.now(), this.#wake)
  }

  write(bytes: Uint8Array): void {
    this.#machine.write(bytes)
    this.#drain()
  }

  close(): void {
    this.#machine.close()
    this.#drain()
  }

  #drain(): void {
    if (this.#isDraining) return
    this.#isDraining = true
    const { clock, alarm } = this.#ports
    let output = this.#machine.poll(clock.now())
    for (; output.kind !== 'wait'; output = this.#machine.poll(clock.now())) this.#perform(output)
    this.#isDraining = false
    if (output.until < Number.POSITIVE_INFINITY) alarm.set(output.until, this.#wake)
    else alarm.clear()
  }

  #perform(output: Exclude<SecureOutput, { kind: 'wait' }>): void {
    switch (output.kind) {
      case 'resolve':
        return this.#ports.network.resolve(output.host, (address, why) => {
          this.#machine.resolved(output.host, address, why)
          this.#drain()
        })
      case 'connect':
        return this.#connect(output.address, output.port)
      case 'send':
        this.#tcp?.write(output.bytes)
        return
      case 'disconnect':
        this.#tcp?.close()
        this.#tcp = undefined
        return
      case 'open':
        return this.#events.onOpen()
      case 'bytes':
        return this.#events.onBytes(output.bytes)
      case 'closed':
        return this.#events.onClosed(output.why)
    }
  }

  #connect(address: string, port: number): void {
    try {
      this.#tcp = this.#ports.tcp.connect(address, port, {
        onOpen: () => {
          this.#machine.tcpOpened()
          this.#drain()
        },
        onWritable() {},
        onBytes: (bytes) => {
          this.#machine.tcpBytes(bytes)
          this.#drain()
        },
        onClosed: (why) => {
          this.#tcp = undefined
          this.#machine.tcpClosed(why)
          this.#drain()
        },
      })
    } catch (error) {
      this.#machine.tcpClosed(error instanceof Error ? error.message : String(error))
    }
  }
}
