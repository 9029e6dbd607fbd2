// Claiming and giving back, shown before the gateway has answered and put right when it refuses.
import { path, post } from '../api/client'
import { explain, Problem } from '../api/problem'
import type { CaseLine } from '../api/shapes'
import { me } from '../frame/session'
import { t } from '../i18n'
import { toast } from '../parts/toast'
import { put } from './store'

/** Whether an answer's `stands` is a case. */
export function isLine(value: unknown): value is CaseLine {
  return typeof value === 'object' && value !== null && 'id' in value && 'claimed_by' in value && 'version' in value
}

/** Claim a case that is nobody's, or give back one's own; `show` puts a line wherever it is shown. */
export async function claimOrRelease(line: CaseLine, show: (line: CaseLine) => void = put): Promise<void> {
  const mine = line.claimed_by === me()
  if (line.claimed_by && !mine) {
    toast({ text: t('case.held_by', { name: line.claimed_by }), kind: 'news' })
    return
  }
  show(mine ? { ...line, state: 'open', claimed_by: '', claim_until: null } : { ...line, state: 'claimed', claimed_by: me() })
  try {
    show(await post<CaseLine>(path('cases', line.id, mine ? 'release' : 'claim')))
  } catch (error) {
    const stands = error instanceof Problem && isLine(error.stands) ? error.stands : line
    show(stands)
    const by = stands.claimed_by && stands.claimed_by !== me() ? t('case.held_by', { name: stands.claimed_by }) : explain(error)
    toast({ text: by, kind: 'problem' })
  }
}
