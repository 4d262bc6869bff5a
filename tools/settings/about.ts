/** What each field of the settings means, in one line for people, units included: for docs/settings.md, not for the flash. */

/** By the field's path: `[]` is any item of a list. */
export const ABOUT: Readonly<Record<string, string>> = {
  environment: "Which of the platform's brokers; custom needs `broker`",
  broker: 'Only if the environment is custom',
  ca: "The authorities that the broker's certificate is checked by, in place of the built-in ones",
  site: "The platform's id of the site",
  credentials: "The site's own (edge-cloud) credentials",
  'credentials.key': 'The MQTT user name',
  'credentials.secret': 'The MQTT password',
  staged:
    'The next credentials: tried on a fresh connection, and in force once the broker accepts them',
  'staged.key': 'The MQTT user name',
  'staged.secret': 'The MQTT password',
  retired:
    'Kept by the dongle itself: the credentials before these, until the rotation is surely over',
  'retired.key': 'The MQTT user name',
  'retired.secret': 'The MQTT password',
  'retired.untilS': 'UNIX seconds; then it is forgotten',
  wifi: 'Needed on the device only',
  'wifi.ssid': "The network's name",
  'wifi.password': 'Empty for an open network',
  line: 'The RS-485 line',
  'line.baud': 'Bits per second, the same for all devices on the line',
  'line.parity': 'Parity bit',
  'line.stopBits': 'Stop bits',
  'line.pins': 'On the device only, if its board has none of its own (docs/board.md)',
  'line.pins.transmit': 'GPIO number',
  'line.pins.receive': 'GPIO number',
  'line.pins.direction': 'GPIO number',
  'line.pins.port': 'UART number',
  devices: 'What is on the line',
  'devices[].model':
    'An id of the catalogue, such as eastron-sdm630, or auto for one that can say itself what it is (docs/devices.md lists them)',
  'devices[].unit': 'Its Modbus unit',
  'devices[].role': 'Whose power it measures',
  'devices[].resource': "The platform's id of the resource; only if the role is resource",
  'devices[].part': 'Which part of an inverter the resource is',
  'devices[].capacityWh': 'Energy of the full battery in Wh, if its BMS does not tell it',
  'devices[].ctRatio':
    'Every power is multiplied by it: a current transformer that the meter does not know of',
  'devices[].ratedW':
    'What flows there at most, in W: by the main fuse, the inverter or the battery. More than twice as much is no reading',
  'devices[].inverted': 'true if a current transformer is mounted the other way round',
  'devices[].phases': 'Only these phases count',
  'devices[].phases[]': 'Phase',
  'devices[].direction': 'What a meter measures that cannot tell import from export',
  'devices[]': 'One meter or battery',
  qos: 'MQTT quality of service: 1 at least once, 2 exactly once (the platform takes no 0)',
  timeServers: 'NTP servers, up to 4: with four, one that is wrong is outvoted',
  'timeServers[]': 'HOST or HOST:PORT',
}
