// Taking decisions back.
import { path, post } from '../api/client'
import type { DecisionShown } from '../api/shapes'
import { address, go } from '../frame/route'
import { count, t } from '../i18n'
import { toast, toastProblem } from '../parts/toast'

/** Take one decision back. Raises Problem. */
export function undo(decision: string, reason = ''): Promise<DecisionShown> {
  return post<DecisionShown>(path('decisions', decision, 'undo'), { reason })
}

/** Take one back and go to its case; what went wrong is said. */
export async function undoAndShow(decision: string, caseId: string): Promise<void> {
  try {
    const done = await undo(decision)
    const { failed } = done.decision
    toast(failed > 0 ? { text: count('case.undo_failed', failed), kind: 'problem', forS: 12 } : { text: t('case.undone') })
    if (caseId) go(address('case', [caseId]))
  } catch (error) {
    toastProblem(error)
  }
}

/** Take several back, one after the other: each is exact by itself. Raises the first Problem. */
export async function undoAll(decisions: readonly string[]): Promise<void> {
  for (const decision of decisions) await undo(decision)
  toast({ text: count('bulk.undone', decisions.length) })
}
