// The live connection's life as a pure state machine: what happened goes in, state and orders come out.
//
// 1. Waits grow 0.5, 1, 2, 4, 8, 15 s, each half chance, so that a thousand consoles do not come back at once.
// 2. A connection counts only when the gateway has greeted; until then the wait goes on growing.
// 3. Offline waits for the browser's word and then tries at once.
// 4. A quiet connection is asked about over HTTP (`probe`); a dead one is cut here, not by TCP in minutes.

export type Live =
  | { is: 'idle' }
  | { is: 'connecting'; attempt: number; since: number }
  | { is: 'live'; heard: number }
  | { is: 'waiting'; attempt: number; until: number }
  | { is: 'offline' }

export type Happened =
  | { event: 'start' }
  | { event: 'stop' }
  | { event: 'heard'; greeting: boolean }
  | { event: 'closed'; retryAfter: number | null; signedOut: boolean }
  | { event: 'network'; online: boolean }
  | { event: 'tick' }
  | { event: 'dead' }
  | { event: 'retry' }

export type Order = 'open' | 'close' | 'probe'

const WAITS_S = [0.5, 1, 2, 4, 8, 15]
const GREETING_S = 10
export const QUIET_S = 30

function waitOf(attempt: number, chance: number): number {
  const whole = WAITS_S[Math.min(attempt, WAITS_S.length - 1)] ?? 15
  return whole * (0.5 + chance / 2)
}

type Step = [Live, Order[]]

function opening(attempt: number, now: number): Step {
  return [{ is: 'connecting', attempt, since: now }, ['open']]
}

function waiting(attempt: number, s: number, now: number): Live {
  return { is: 'waiting', attempt, until: now + s }
}

/** What follows when something happened at `now` (seconds); `chance` is 0…1. */
export function after(live: Live, happened: Happened, now: number, chance: number): Step {
  switch (happened.event) {
    case 'start':
      return live.is === 'idle' ? opening(0, now) : [live, []]
    case 'stop':
      return [{ is: 'idle' }, ['close']]
    case 'heard':
      if (live.is === 'live' || happened.greeting) return [{ is: 'live', heard: now }, []]
      return [live, []]
    case 'closed':
      return closed(live, happened.retryAfter, happened.signedOut, now, chance)
    case 'network':
      if (!happened.online) return live.is === 'idle' ? [live, []] : [{ is: 'offline' }, ['close']]
      return live.is === 'offline' || live.is === 'waiting' ? opening(0, now) : [live, []]
    case 'tick':
      return tick(live, now, chance)
    case 'dead':
      return live.is === 'live' ? [waiting(0, waitOf(0, chance), now), ['close']] : [live, []]
    case 'retry':
      return live.is === 'waiting' ? opening(live.attempt, now) : [live, []]
  }
}

function closed(live: Live, retryAfter: number | null, signedOut: boolean, now: number, chance: number): Step {
  if (signedOut) return [{ is: 'idle' }, []]
  if (live.is === 'idle' || live.is === 'offline' || live.is === 'waiting') return [live, []]
  const attempt = live.is === 'connecting' ? live.attempt + 1 : 0
  const least = retryAfter === null ? 0 : retryAfter * (1 + chance / 4)
  return [waiting(attempt, Math.max(least, waitOf(attempt, chance)), now), []]
}

function tick(live: Live, now: number, chance: number): Step {
  if (live.is === 'waiting' && now >= live.until) return opening(live.attempt, now)
  if (live.is === 'connecting' && now - live.since > GREETING_S) {
    const attempt = live.attempt + 1
    return [waiting(attempt, waitOf(attempt, chance), now), ['close']]
  }
  if (live.is === 'live' && now - live.heard > QUIET_S) return [{ is: 'live', heard: now }, ['probe']]
  return [live, []]
}
