/** From power on to power off: what a port was asked for in one life never reaches the next. */
export interface Life {
  alive: boolean
}
