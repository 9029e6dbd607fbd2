// What of a case is newest: answers and the live socket tell of it in any order, and the higher `version` stands. Pure.
import type { CaseLine, CaseView } from '../api/shapes'

/** The line that stands; of two of one version the later one, for who looks at it has no version. */
export function newer(old: CaseLine | null, fresh: CaseLine): CaseLine {
  return old !== null && old.id === fresh.id && old.version > fresh.version ? old : fresh
}

/** An answer as it may be shown: itself, or another with the newer line that was told. */
export function answered(view: CaseView, told: CaseLine | null): CaseView {
  const line = newer(told, view.case)
  return line === view.case ? view : { ...view, case: line }
}
