/** What lies in flash though nothing uses it yet, each with its reason. A line that is no longer true fails the check. */
const PROVISIONING = 'an installer hands settings over once there is provisioning'
const HANDSHAKE = 'the names beside it are used: a list of one kind stays whole'

export const KEPT: Readonly<Record<string, string>> = {
  'firmware/core/bytes.ts: toHex':
    'tools/tls/xs runs on the device’s engine and takes core/ as it is',
  'firmware/dongle/accept.ts: acceptSettings': PROVISIONING,
  'firmware/dongle/accept.ts: wrongAnchors': PROVISIONING,
  'firmware/mqtt/session.ts: Session.authenticate': 'MQTT 5.0, 4.12: a hook of the client',
  'firmware/settings/factory.ts: sealFactoryData': 'tools write it; it moves there',
  'firmware/settings/parse.ts: MOST_BYTES': PROVISIONING,
  'firmware/settings/parse.ts: parseSettings': PROVISIONING,
  'firmware/settings/record.ts: eraseSettings': PROVISIONING,
  'firmware/tls/anchors.ts: MOST_ANCHOR_BYTES': PROVISIONING,
  'firmware/tls/anchors.ts: readAnchor': PROVISIONING,
  'firmware/tls/anchors.ts: onlyOne': PROVISIONING,
  'firmware/tls/path.ts: refuseAnchor': PROVISIONING,
  'firmware/tls/certificate.ts: ECDSA_SHA384': HANDSHAKE,
  'firmware/tls/certificate.ts: ECDSA_SHA512': HANDSHAKE,
  'firmware/tls/certificate.ts: RSA_SHA384': HANDSHAKE,
  'firmware/tls/certificate.ts: RSA_SHA512': HANDSHAKE,
}
