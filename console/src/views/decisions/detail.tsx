// One decision: who, why, every part it did, and its undo.
import { useState } from 'preact/hooks'
import { path, post, withQuery } from '../../api/client'
import type { DecisionLine, DecisionPage, DecisionShown, Reverted } from '../../api/shapes'
import { useAsked } from '../../api/use'
import { address } from '../../frame/route'
import { may } from '../../frame/session'
import { count, say, t } from '../../i18n'
import { dateTime, when } from '../../i18n/formats'
import { useKeys } from '../../keys/use'
import { Button } from '../../parts/button'
import { Icon } from '../../parts/icon'
import { Name, Quoted } from '../../parts/quoted'
import { Empty, Show } from '../../parts/state'
import { Confirm } from '../kit/confirm'
import { By } from '../kit/names'
import { chosenWords, StateChip } from './lines'
import { Parts } from './parts'

const OVER = new Set(['undone', 'undoing'])

export interface DetailProps {
  id: string
  /** The line of the list, shown until all of it is here. */
  line: DecisionLine | null
  changed: (line: DecisionLine) => void
}

export function Detail({ id, line, changed }: DetailProps) {
  // A link may name a decision that the list does not show: then it is searched for by its id.
  const found = useAsked<DecisionPage>(line === null ? withQuery(path('decisions'), { q: id, limit: 5 }) : null)
  const known = line ?? found.data?.items.find((each) => each.id === id) ?? null
  // A verdict's parts are its actions, which the line tells; only people's decisions have a plan.
  const asked = useAsked<DecisionShown>(known !== null && !known.machine ? path('decisions', id) : null)
  const [undoing, setUndoing] = useState(false)
  const decision = asked.data?.decision ?? known
  const undoable = decision !== null && !OVER.has(decision.state) && may('decisions.undo')
  useKeys(t('decisions.choice'), [{ key: 'u', says: t('decisions.undo'), run: () => setUndoing(true) }], { off: !undoable })
  const undo = async (reason: string): Promise<void> => {
    if (decision?.machine) {
      const done = await post<Reverted>(path('decisions', id, 'revert'), { reason, rev: decision.rev })
      const after = { ...decision, state: 'undone', undone_by: done.by, undone: done.at }
      changed(after)
      found.set((old) => old && { ...old, items: old.items.map((each) => (each.id === id ? after : each)) })
    } else {
      const shown = await post<DecisionShown>(path('decisions', id, 'undo'), { reason })
      changed(shown.decision)
      asked.set(shown)
    }
  }
  return (
    <div class="detail">
      {decision ? <Top decision={decision} /> : null}
      {undoable ? (
        <Button run={() => setUndoing(true)} keys="u">
          <Icon name="undo" />
          {decision.machine ? t('decisions.revert') : t('decisions.undo')}
        </Button>
      ) : null}
      {known === null && found.data !== null ? <Empty title={t('decisions.unknown')}>{t('decisions.unknown_help')}</Empty> : null}
      {known === null && found.data === null ? <Show asked={found}>{() => null}</Show> : null}
      {known !== null && !known.machine ? (
        <>
          <h3>{t('decisions.what_it_did')}</h3>
          <Show asked={asked}>{(shown) => <Parts items={shown.items} />}</Show>
        </>
      ) : null}
      {undoing && decision ? (
        <Confirm title={t('decisions.undo_title')} yes={t('decisions.undo')} danger={false} reason close={() => setUndoing(false)} run={undo}>
          <p>{count('decisions.undo_help', decision.done)}</p>
        </Confirm>
      ) : null}
    </div>
  )
}

function Top({ decision }: { decision: DecisionLine }) {
  return (
    <>
      <header>
        <h2 class="sentence">{chosenWords(decision)}</h2>
        <StateChip line={decision} />
      </header>
      {decision.undone !== null ? (
        <p class="hint">
          {t('decisions.undone_by', { when: when(decision.undone), name: '' })}
          <By by={decision.undone_by} />
        </p>
      ) : null}
      <dl class="facts">
        <div><dt>{t('decisions.when')}</dt><dd>{dateTime(decision.at)}</dd></div>
        <div><dt>{t('decisions.by')}</dt><dd>{decision.machine ? t('decisions.machine') : <By by={decision.by} />}</dd></div>
        {decision.case ? (
          <div><dt>{t('decisions.case')}</dt><dd><a class="link" href={address('case', [decision.case])}><Name name={decision.case} /></a></dd></div>
        ) : null}
        {decision.room ? (
          <div><dt>{t('decisions.room')}</dt><dd><a class="link" href={address('room', [decision.room])}><Name name={decision.room} /></a></dd></div>
        ) : null}
        {decision.rule ? (
          <div><dt>{t('decisions.rule')}</dt><dd><a class="link" href={address('policy', ['rules', decision.rule])}><Name name={decision.rule} /></a></dd></div>
        ) : null}
        {decision.category ? <div><dt>{t('policy.category')}</dt><dd>{say('category', decision.category)}</dd></div> : null}
        {decision.surface ? <div><dt>{t('decisions.surface')}</dt><dd>{say('surface', decision.surface)}</dd></div> : null}
        {decision.reason ? <div><dt>{t('v2.reason')}</dt><dd><Quoted text={decision.reason} /></dd></div> : null}
        <div><dt>{t('decisions.id')}</dt><dd class="mono"><Name name={decision.id} /></dd></div>
      </dl>
    </>
  )
}
