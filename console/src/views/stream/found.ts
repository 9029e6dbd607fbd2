// Findings as the view keeps them: each once, the newest first, bounded.
import type { Finding } from '../../api/shapes'

export const MOST = 200

export function keyOf(finding: Finding): string {
  return finding.id || `${finding.surface} ${finding.from} ${finding.reasons[0]?.rule ?? ''}`
}

/** Add one; one that is known already is replaced where it stands. */
export function withFinding(found: readonly Finding[], one: Finding): Finding[] {
  const key = keyOf(one)
  if (found.some((each) => keyOf(each) === key)) return found.map((each) => (keyOf(each) === key ? one : each))
  return [one, ...found].slice(0, MOST)
}

export interface Tick {
  /** 0…1 of the strip's width. */
  from: number
  to: number
}

/** Where a stretch of time stands on a strip of `span` seconds that ends at `at`; null outside it. */
export function onStrip(from: number, to: number, at: number, span: number): Tick | null {
  const start = (from - (at - span)) / span
  const end = (to - (at - span)) / span
  if (end < 0 || start > 1) return null
  return { from: Math.max(0, start), to: Math.min(1, Math.max(end, start)) }
}
