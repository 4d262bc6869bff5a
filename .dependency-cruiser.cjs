/** The import directions of the house: main -> xs -> ports; main -> dongle -> machines -> codecs -> core. */
const protocols = ['modbus', 'sntp', 'mqtt', 'tls']
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-unresolved',
      severity: 'error',
      from: {
        pathNot:
          '^firmware/xs|^firmware/main|^firmware/mqtt/moddable|^tools/(mqtt|tls)/(bench-)?xs|^tools/simulator/memory/',
      },
      to: { couldNotResolve: true },
    },
    ...protocols.map((protocol) => ({
      name: `${protocol}-stands-alone`,
      comment: 'One protocol never imports another.',
      severity: 'error',
      from: { path: `^firmware/${protocol}/` },
      to: { path: '^firmware/', pathNot: `^firmware/(${protocol}|core|crypto|ports)/` },
    })),
    {
      name: 'settings-stand-alone',
      comment:
        'But for what a device can be set to: its fields and their bounds are defined once, in devices/config.',
      severity: 'error',
      from: { path: '^firmware/settings/' },
      to: {
        path: '^firmware/',
        pathNot: '^firmware/(settings|core|ports)/|^firmware/devices/config',
      },
    },
    {
      name: 'devices-sit-on-modbus',
      severity: 'error',
      from: { path: '^firmware/devices/' },
      to: { path: '^firmware/', pathNot: '^firmware/(devices|modbus|core|ports)/' },
    },
    {
      name: 'telemetry-knows-no-transport',
      severity: 'error',
      from: { path: '^firmware/telemetry/' },
      to: { path: '^firmware/', pathNot: '^firmware/(telemetry|core|ports)/' },
    },
    {
      name: 'provisioning-knows-settings-and-no-other-protocol',
      severity: 'error',
      from: { path: '^firmware/provisioning/' },
      to: {
        path: '^firmware/',
        pathNot: '^firmware/(provisioning|core|crypto|ports|settings)/|^firmware/devices/config',
      },
    },
    {
      name: 'the-channel-knows-no-dialogue',
      severity: 'error',
      from: { path: '^firmware/provisioning/(attempts|frames|initiator|noise|responder)' },
      to: {
        path: '^firmware/',
        pathNot: '^firmware/(core|crypto|ports)/|^firmware/provisioning/(attempts|frames|noise)',
      },
    },
    {
      name: 'crypto-sits-on-core',
      severity: 'error',
      from: { path: '^firmware/crypto/' },
      to: { path: '^firmware/', pathNot: '^firmware/(crypto|core)/' },
    },
    {
      name: 'core-and-ports-stand-below',
      severity: 'error',
      from: { path: '^firmware/(core|ports)/' },
      // Primitives are a port themselves.
      to: { path: '^firmware/', pathNot: '^firmware/(core|ports)/|^firmware/crypto/primitives' },
    },
    {
      name: 'only-main-imports-xs',
      severity: 'error',
      from: { path: '^firmware/', pathNot: '^firmware/(main|xs)' },
      to: { path: '^firmware/(xs/|main)' },
    },
    {
      name: 'xs-implements-ports',
      severity: 'error',
      from: { path: '^firmware/xs/' },
      to: { path: '^firmware/', pathNot: '^firmware/(xs|ports|core|crypto|tls)/' },
    },
    {
      name: 'firmware-runs-without-tools',
      severity: 'error',
      from: { path: '^firmware/' },
      to: { path: '^(hosttest|tools)/|^node_modules/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'tools-run-without-tests',
      comment: 'What a tool and a test share is the simulated world: tools/sim.',
      severity: 'error',
      from: { path: '^tools/' },
      to: { path: '^hosttest/' },
    },
    {
      name: 'the-world-stands-below-its-users',
      severity: 'error',
      from: { path: '^tools/sim/' },
      to: {
        path: '^tools/',
        pathNot: '^tools/(sim|tls/(authority|script|server)|factory/(label|seal)|node/crypto)',
      },
    },
    {
      name: 'no-node-in-firmware',
      severity: 'error',
      // Moddable has a module of the same name as Node's `net`.
      from: { path: '^firmware/', pathNot: '^firmware/xs/' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.d\\.ts$' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mts', '.js', '.json'],
    },
  },
}
