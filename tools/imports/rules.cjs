/** The import directions of the house: main -> xs -> ports; main -> dongle -> machines -> codecs -> core. Each rule forbids. */
const protocols = ['modbus', 'sntp', 'mqtt', 'settings', 'tls']
module.exports = [
  { name: 'no-cycles', from: {}, to: { circular: true } },
  {
    name: 'no-unresolved',
    from: { pathNot: '^firmware/xs|^firmware/main|^tools/tls/(bench-)?xs' },
    to: { couldNotResolve: true },
  },
  ...protocols.map((protocol) => ({
    name: `${protocol}-stands-alone`,
    comment: 'One protocol never imports another.',
    from: { path: `^firmware/${protocol}/` },
    to: { path: '^firmware/', pathNot: `^firmware/(${protocol}|core|ports)/` },
  })),
  {
    name: 'devices-sit-on-modbus',
    from: { path: '^firmware/devices/' },
    to: { path: '^firmware/', pathNot: '^firmware/(devices|modbus|core|ports)/' },
  },
  {
    name: 'telemetry-knows-no-transport',
    from: { path: '^firmware/telemetry/' },
    to: { path: '^firmware/', pathNot: '^firmware/(telemetry|core|ports)/' },
  },
  {
    name: 'core-and-ports-stand-below',
    from: { path: '^firmware/(core|ports)/' },
    to: { path: '^firmware/', pathNot: '^firmware/(core|ports)/' },
  },
  {
    name: 'only-main-imports-xs',
    from: { path: '^firmware/', pathNot: '^firmware/(main|xs)' },
    to: { path: '^firmware/(xs/|main)' },
  },
  {
    name: 'xs-implements-ports',
    from: { path: '^firmware/xs/' },
    to: { path: '^firmware/', pathNot: '^firmware/(xs|ports|core|tls)/' },
  },
  {
    name: 'firmware-runs-without-tools',
    from: { path: '^firmware/' },
    to: { path: '^(hosttest|tools)/|^node_modules/', isValue: true },
  },
  {
    name: 'no-node-in-firmware',
    // Moddable has a module of the same name as Node's `net`.
    from: { path: '^firmware/', pathNot: '^firmware/xs/' },
    to: { isCore: true },
  },
]
