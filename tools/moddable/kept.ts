/** What lies in flash though nothing uses it yet, each with its reason. A line that is no longer true fails the check. */
const PROVISIONING = 'an installer hands settings over once there is provisioning'
const HANDSHAKE = 'the names beside it are used: a list of one kind stays whole'

export const KEPT: Readonly<Record<string, string>> = {
  'firmware/core/bytes.ts: toHex':
    'tools/tls/xs runs on the device’s engine and takes core/ as it is',
  'firmware/devices/identify/plausibility.ts: PlausibilityCheck.plausible': PROVISIONING,
  'firmware/dongle/validate.ts: validateSettings': PROVISIONING,
  'firmware/dongle/validate.ts: wrongAnchors': PROVISIONING,
  'firmware/settings/factory.ts: sealFactoryData': 'tools write it; it moves there',
  'firmware/settings/parse.ts: MAX_RECORD_BYTES': PROVISIONING,
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
