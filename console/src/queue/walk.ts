// Moving the cursor through the queue, and what comes after a case. Pure but for the signals it is given.
import type { CaseLine } from '../api/shapes'

/** The place of the cursor; when its row is gone, the first row. -1: nothing there. */
export function placeOf(rows: readonly CaseLine[], cursor: string | null): number {
  if (rows.length === 0) return -1
  const at = rows.findIndex((line) => line.id === cursor)
  return at
}

/** The row `by` steps on, within the list. */
export function stepped(rows: readonly CaseLine[], cursor: string | null, by: number): string | null {
  if (rows.length === 0) return null
  const at = placeOf(rows, cursor)
  const to = at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))
  return rows[to]?.id ?? null
}

/** What to work on after a case: the next that waits and is nobody else's, else the first such one. */
export function following(rows: readonly CaseLine[], after: string, me: string): string | null {
  const free = (line: CaseLine): boolean =>
    line.id !== after &&
    (line.state === 'open' || line.state === 'escalated' || line.state === 'claimed') &&
    (line.claimed_by === '' || line.claimed_by === me) &&
    (line.assigned === '' || line.assigned === me)
  const at = rows.findIndex((line) => line.id === after)
  return (rows.slice(at + 1).find(free) ?? rows.slice(0, Math.max(0, at)).find(free))?.id ?? null
}
