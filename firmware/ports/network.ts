/** The network that carries names, datagrams and connections. */

export interface WifiSettings {
  ssid: string
  password: string
}

/** What a scan finds. Several access points may bear one name. */
export interface WifiNetwork {
  ssid: string
  signalDbm: number
  isOpen: boolean
}

export interface NetworkEvents {
  onJoined(): void
  /** Also when the network goes away later. */
  onLost(why: string): void
}

/** The way to the network: Wi-Fi on the device; a host is on its network already. */
export interface Network {
  /** `wifi` is undefined if the host is on a network already. */
  join(wifi: WifiSettings | undefined, events: NetworkEvents): void
  leave(): void
  /** How strong the access point is heard, if there is one. */
  readonly signalDbm?: number | undefined
  /** Answers once, with what was found, or why nothing was. Only if the board has a radio of its own. */
  scan?(onFound: (networks: WifiNetwork[] | undefined, why: string) => void): void
  /** Answers once, with an address in dotted or colon form, or why there is none. Literals pass through. */
  resolve(host: string, onAnswer: (address: string | undefined, why: string) => void): void
}
