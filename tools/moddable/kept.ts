/** What lies in flash though nothing uses it yet, each with its reason. A line that is no longer true fails the check. */
export const KEPT: Readonly<Record<string, string>> = {
  'firmware/core/bytes.ts: toHex':
    'tools/tls/xs runs on the device’s engine and takes core/ as it is',
}
