// Deciding a case: never shown before the gateway has said so; then silence, a toast with its undo, the next case.
import { useState } from 'preact/hooks'
import { path, post } from '../api/client'
import { explain, Problem } from '../api/problem'
import type { CaseLine, Choice, DecideBody, DecisionShown } from '../api/shapes'
import { now } from '../frame/clock'
import { address, go } from '../frame/route'
import { me } from '../frame/session'
import { count, t } from '../i18n'
import { toast } from '../parts/toast'
import { isLine } from '../queue/claiming'
import { queueAt } from '../queue/filters'
import { cursor, filters, put, rows } from '../queue/store'
import { following } from '../queue/walk'
import { undoAndShow } from './undo'
import { choiceName } from './words'

export interface Deciding {
  /** The choice that is on its way. */
  busy: string
  /** Decide; raises Problem only where `raises`, else says it. */
  decide: (choice: Choice, body: Omit<DecideBody, 'choice'>, raises?: boolean) => Promise<void>
}

const UNDO_S = 10

/** Go to the next case that waits, else back to the queue. */
export function goNext(after: string): void {
  const next = following(rows.peek(), after, me())
  if (next) cursor.value = next
  go(next ? address('case', [next]) : queueAt(filters.peek()))
}

/** Whether an answer's `stands` is the decision that somebody else made first. */
export function isDecision(value: unknown): value is DecisionShown {
  if (typeof value !== 'object' || value === null || !('decision' in value)) return false
  const { decision } = value
  return typeof decision === 'object' && decision !== null && 'by' in decision && 'choice' in decision
}

/** Say who was first. */
function sayFirst(line: CaseLine): void {
  const values = { name: line.decided_by || t('case.policy'), choice: choiceName(line.choice || line.nobody) }
  toast({ text: t('case.was_first', values), kind: 'news', forS: 10 })
}

export function useDeciding(line: CaseLine, show: (line: CaseLine) => void): Deciding {
  const [busy, setBusy] = useState('')

  const decide = async (choice: Choice, body: Omit<DecideBody, 'choice'>, raises = false): Promise<void> => {
    if (busy) return
    setBusy(choice.id)
    try {
      const made = await post<DecisionShown>(path('cases', line.id, 'decision'), { choice: choice.id, ...body })
      finish(choice, made)
    } catch (error) {
      const stands = error instanceof Problem ? error.stands : null
      if (isDecision(stands)) finish(choice, { ...stands, fresh: false })
      else if (isLine(stands)) {
        show(stands)
        put(stands)
        if (stands.decided_by || stands.decision) sayFirst(stands)
        else toast({ text: explain(error), kind: 'problem' })
      } else if (raises) throw error
      else toast({ text: explain(error), kind: 'problem', forS: 12 })
    } finally {
      setBusy('')
    }
  }

  const finish = (choice: Choice, { decision, fresh }: DecisionShown): void => {
    const ended: CaseLine = {
      ...line, state: 'decided', decision: decision.id, choice: decision.choice, decided_by: decision.by, decided: decision.at, changed: now(),
    }
    show(ended)
    put(ended)
    if (!fresh) {
      sayFirst(ended)
      return
    }
    if (decision.failed > 0) toast({ text: count('case.parts_failed', decision.failed), kind: 'problem', forS: 12 })
    toast({
      text: line.state === 'second' ? t('case.opinion_given') : t('case.done', { choice: choiceName(choice.id) }),
      forS: UNDO_S,
      action: { label: t('case.undo'), key: 'u', run: () => void undoAndShow(decision.id, line.id) },
    })
    goNext(line.id)
  }

  return { busy, decide }
}
