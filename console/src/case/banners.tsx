// What must not be overlooked above a case: a cut about to happen, a decision that stands, others at work.
import type { CaseLine, CaseView } from '../api/shapes'
import { second } from '../frame/clock'
import { may, me } from '../frame/session'
import { count, say, t } from '../i18n'
import { countdown, when } from '../i18n/formats'
import { useKeys } from '../keys/use'
import { Button } from '../parts/button'
import { Notice } from '../parts/state'
import type { Deciding } from './deciding'
import { outcomeName } from './told'
import { undoAndShow } from './undo'
import { choiceName } from './words'

/** A cut that happens by itself unless somebody says no: one key. */
export function Veto({ view, deciding }: { view: CaseView; deciding: Deciding }) {
  const until = view.veto_until
  const choice = view.choices.find((one) => one.id === 'veto')
  if (until === null) return null
  const left = until - second.value
  if (left <= 0) return <Notice kind="warn">{t('veto.over')}</Notice>
  const whole = Math.max(1, until - view.case.opened)
  return (
    <div class="veto" role="alert">
      <div class="text">
        <strong>{t('veto.title')}</strong> <span aria-hidden="true">{t('veto.in', { span: countdown(left) })}</span>
      </div>
      {choice ? (
        <Button kind="primary" keys={choice.key} run={() => void deciding.decide(choice, {})} off={choice.denied !== ''} busy={deciding.busy === 'veto'}>
          {t('veto.do')}
        </Button>
      ) : null}
      <span class="left" aria-hidden="true" style={{ width: `${Math.min(100, (left / whole) * 100)}%` }} />
    </div>
  )
}

/** How the case ended, with the way back. */
export function Ended({ line }: { line: CaseLine }) {
  const ended = line.state === 'decided' || line.state === 'expired' || line.state === 'resolved'
  const undoes = ended && line.decision !== '' && may('decisions.undo')
  const back = (): void => void undoAndShow(line.decision, line.id)
  useKeys(t('keys.last'), undoes ? [{ key: 'u', says: t('case.undo'), run: back }] : [])
  if (!ended) return null
  const who = line.decided_by === me() ? t('queue.you') : line.decided_by || t('case.policy')
  const at = line.decided === null ? '' : when(line.decided)
  const elsewhere = line.state === 'resolved' && line.choice === '' // a hold that was approved or denied beside the case
  return (
    <div class="ended">
      <div>
        <strong>{say('case_state', line.state)}</strong>{' '}
        {elsewhere ? t('case.ended_elsewhere', { when: at }) : t('case.ended', { choice: line.choice ? choiceName(line.choice) : outcomeName(line.nobody), name: who, when: at })}
      </div>
      {undoes ? (
        <Button small run={back} keys="u">
          {t('case.undo')}
        </Button>
      ) : null}
    </div>
  )
}

export interface NewsProps {
  view: CaseView
  others: readonly string[]
  joined: number
  reload: () => void
}

/** Who else is here, who holds it, and what came since. */
export function News({ view, others, joined, reload }: NewsProps) {
  const line = view.case
  useKeys(t('case.evidence'), joined > 0 ? [{ key: 'l', says: t('case.load_joined'), run: reload }] : [])
  const held = line.claimed_by !== '' && line.claimed_by !== me()
  return (
    <div class="news" aria-live="polite">
      {held ? <Notice kind="warn">{t('case.held_by', { name: line.claimed_by })}</Notice> : null}
      {view.blind ? <Notice>{t('case.blind', { name: line.asked_by })}</Notice> : line.state === 'second' && line.asked_by ? <Notice>{t('case.asked_by', { name: line.asked_by })}</Notice> : null}
      {others.length > 0 ? <Notice>{t('case.others', { names: others.join(', ') })}</Notice> : null}
      {joined > 0 ? (
        <Notice>
          {count('case.joined', joined)}{' '}
          <Button small run={reload} keys="l">
            {t('case.load_joined')}
          </Button>
        </Notice>
      ) : null}
    </div>
  )
}
