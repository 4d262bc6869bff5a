/** What lies in flash though nothing uses it yet, each with its reason. A line that is no longer true fails the check. */
const PROVISIONING = 'an installer hands settings over once there is provisioning'

export const KEPT: Readonly<Record<string, string>> = {
  'firmware/core/bytes.ts: LETTER_BYTES': PROVISIONING,
  'firmware/core/bytes.ts: putBase64': PROVISIONING,
  'firmware/core/bytes.ts: takeBase64': PROVISIONING,
  'firmware/core/bytes.ts: toHex':
    'tools/tls/xs runs on the device’s engine and takes core/ as it is',
  'firmware/devices/identify/matching.ts: ModelMatching.matches': PROVISIONING,
  'firmware/devices/identify/plausibility.ts: PlausibilityCheck.readings': PROVISIONING,
  'firmware/dongle/validate.ts: validateSettings': PROVISIONING,
  'firmware/dongle/validate.ts: wrongAnchors': PROVISIONING,
  'firmware/settings/parse.ts: MAX_RECORD_BYTES': PROVISIONING,
  'firmware/settings/parse.ts: parseSettings': PROVISIONING,
  'firmware/tls/x509/anchor.ts: MAX_ANCHOR_BYTES': PROVISIONING,
  'firmware/tls/x509/anchor.ts: readAnchor': PROVISIONING,
  'firmware/tls/x509/anchor.ts: onlyOne': PROVISIONING,
  'firmware/tls/x509/path.ts: refuseAnchor': PROVISIONING,
}
