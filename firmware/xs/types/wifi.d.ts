/** embedded:network/interface/wifi as SDK 8.2.3 has it: what we use; @moddable/typings 5.6.0 is older than the module. */
declare module 'embedded:network/interface/wifi' {
  class WiFi {
    constructor(options: { onChanged?: (property: 'connection' | 'address') => void })
    /** Each access point, then the end. Throws if a scan goes on. */
    scan(options: {
      onFound: (found: { SSID: string; RSSI: number; security: string }) => void
      onComplete: () => void
    }): void
    connect(options: { SSID: string; password?: string }): void
    disconnect(): void
    close(): void
    readonly connection: number
    /** The IPv4 address; if there is none, the link-local IPv6 one. */
    readonly address: string | undefined
    readonly RSSI: number | undefined
  }
  export default WiFi
}
