/** Which devices make up which stream. */

export interface Stream {
  readonly topic: string
  /** Their powers add up to the stream's; one of them at most knows a state of charge. */
  readonly devices: readonly number[]
}

/** The site's own stream comes first, then the resources in the order of their devices. */
export function streams(
  site: string,
  devices: readonly { role: 'site' | 'resource'; resource?: string }[],
): Stream[] {
  const found: { topic: string; devices: number[] }[] = []
  devices.forEach(({ role, resource }, device) => {
    const topic = role === 'site' ? `site/${site}/data` : `resource/${resource}/data`
    const same = found.find((stream) => stream.topic === topic)
    if (same) same.devices.push(device)
    else if (role === 'site') found.unshift({ topic, devices: [device] })
    else found.push({ topic, devices: [device] })
  })
  return found
}
