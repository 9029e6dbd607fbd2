// The gateway's clock, as well as this machine knows it: deadlines are the gateway's, not the browser's.
import { signal } from '@preact/signals'

let ahead = 0

/** Seconds since the epoch by the gateway's clock. */
export function now(): number {
  return Date.now() / 1000 + ahead
}

/** Learn the gateway's clock from what it just said. */
export function hearClock(theirs: number): void {
  ahead = theirs - Date.now() / 1000
  second.value = Math.floor(now())
}

/** Ticks once a second; whoever counts down reads it and is drawn again. */
export const second = signal(Math.floor(now()))

/** Start ticking. A hidden page does not tick: it catches up when it is seen again. */
export function startClock(): void {
  const tick = (): void => {
    if (!document.hidden) second.value = Math.floor(now())
  }
  setInterval(tick, 1000)
  document.addEventListener('visibilitychange', tick)
}
