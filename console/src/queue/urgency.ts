// How far a case's time has run, for the bar at its left: 0 just opened, 1 due.
import type { CaseLine } from '../api/shapes'

/** Seconds a case of a priority should wait at most (the gateway orders by the same). */
const DUE_S: Record<string, number> = { p0: 60, p1: 300, p2: 1800, p3: 14_400 }

export function spent(line: Pick<CaseLine, 'opened' | 'due' | 'priority'>, now: number): number {
  const due = line.due ?? line.opened + (DUE_S[line.priority] ?? 14_400)
  const whole = Math.max(1, due - line.opened)
  return Math.min(1, Math.max(0, (now - line.opened) / whole))
}
