/** Why a connection ends before it is trusted, or later by the peer's fault: in words for us, as an alert for the peer. */

export interface Refusal {
  kind: 'refused'
  why: string
  alert: number
}

export function refuse(why: string, alert: number): Refusal {
  return { kind: 'refused', why, alert }
}
