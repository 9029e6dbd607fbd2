// Which held messages still wait, and who was first where one does not.
import type { Hold } from '../../api/shapes'

/** The key of a hold: a message may be held again after an edit. */
export function heldOf(held: Hold): string {
  return `${held.id} ${held.rev}`
}

/** Return what waits at `now`, the soonest to expire first. */
export function waitingOf(items: readonly Hold[], done: ReadonlySet<string>, now: number): Hold[] {
  return items
    .filter((held) => held.outcome === null && held.expires > now && !done.has(heldOf(held)))
    .sort((one, other) => one.expires - other.expires || (one.id < other.id ? -1 : 1))
}

/** Read who was first out of what stands instead; null where that is not told. */
export function firstOf(shown: unknown): { by: string; outcome: string } | null {
  if (typeof shown !== 'object' || shown === null) return null
  const { by, outcome } = shown as { by?: unknown; outcome?: unknown }
  return typeof by === 'string' && typeof outcome === 'string' ? { by, outcome } : null
}
