/** What the secure channel needs of a board. */
import type { Board } from '../ports/board'
import type { Store } from '../ports/store'
import type { ChannelOptions, Transport } from '../provisioning/frames'
import { readFactoryData } from '../settings/factory'

/** Undefined if nobody gave the device a label. */
export function channelOptions(
  { primitives, entropy, store, system }: Board,
  transport: Transport,
): (ChannelOptions & { store: Store }) | undefined {
  const label = readFactoryData(system.factoryRecord?.())
  return label && primitives && { primitives, entropy, label, store, transport }
}
