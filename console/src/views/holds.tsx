// Messages that wait for a person's word, the soonest to expire first.
import { useState } from 'preact/hooks'
import { path, post, withQuery } from '../api/client'
import { Problem } from '../api/problem'
import type { Hold, HoldList } from '../api/shapes'
import { useAsked } from '../api/use'
import { now, second } from '../frame/clock'
import { address } from '../frame/route'
import { may } from '../frame/session'
import type { ViewProps } from '../frame/views'
import { count, say, t } from '../i18n'
import { useHeard, useTopic } from '../live/use'
import { Button } from '../parts/button'
import { Countdown } from '../parts/countdown'
import { Head } from '../parts/head'
import { Chip } from '../parts/marks'
import { Name, Quoted } from '../parts/quoted'
import { Empty, Show } from '../parts/state'
import { toast, toastProblem } from '../parts/toast'
import '../styles/views2.css'
import '../styles/holds.css'
import { firstOf, heldOf, waitingOf } from './holds/held'
import { useCalm } from './kit/calm'
import { useCursor } from './kit/cursor'
import { usePoll } from './kit/poll'

// Each look is written down, so it is asked again when the queue tells of a hold, and seldom besides.
const ANEW_S = 60
const CALM_S = 4

export default function Holds(_: ViewProps) {
  const asked = useAsked<HoldList>(withQuery(path('holds'), { limit: 200 }))
  // What was decided here is gone at once, whatever an answer that was on its way still says.
  const [done, setDone] = useState<ReadonlySet<string>>(new Set())
  usePoll(asked.reload, ANEW_S)
  const again = useCalm(asked.reload, CALM_S)
  useTopic('queue')
  useHeard('cases', (told) => {
    if (told.items.some((line) => line.about === 'hold')) again()
  })
  // Read here so that what expires leaves the list by itself.
  void second.value
  const waiting = waitingOf(asked.data?.items ?? [], done, now())
  const finish = (held: Hold): void => setDone((old) => new Set([...old, heldOf(held)]))
  return (
    <>
      <Head title={t('holds.title')} beside={waiting.length > 0 ? count('holds.waiting', waiting.length) : null} />
      <div class="page flush">
        <Show asked={asked}>
          {() => (waiting.length === 0 ? <Empty title={t('holds.empty')}>{t('holds.empty_help')}</Empty> : <List waiting={waiting} finish={finish} />)}
        </Show>
      </div>
    </>
  )
}

function List({ waiting, finish }: { waiting: Hold[]; finish: (held: Hold) => void }) {
  const [busy, setBusy] = useState('')
  const allowed = may('cases.decide')
  const decide = async (held: Hold, word: 'approve' | 'deny'): Promise<void> => {
    if (busy !== '') return
    setBusy(heldOf(held))
    try {
      await post(path('holds', held.id, held.rev, word))
      finish(held)
      toast({ text: t(word === 'approve' ? 'holds.approved' : 'holds.denied', { name: held.name || held.user }), ...wayBack(held, word) })
    } catch (problem) {
      const first = problem instanceof Problem && problem.status === 409 ? firstOf(problem.stands) : null
      if (problem instanceof Problem && (problem.status === 409 || problem.status === 404)) finish(held)
      if (first) toast({ text: t('holds.was_first', { name: first.by, outcome: say('outcome', first.outcome) }), kind: 'news' })
      else if (problem instanceof Problem && problem.status === 409) toast({ text: t('problem.already_decided'), kind: 'news' })
      else toastProblem(problem)
    } finally {
      setBusy('')
    }
  }
  const cursor = useCursor({
    title: t('holds.title'),
    items: waiting,
    keyOf: heldOf,
    keys: (held) =>
      allowed
        ? [
            { key: 'a', says: t('holds.approve'), run: () => void decide(held, 'approve') },
            { key: 'd', says: t('holds.deny'), run: () => void decide(held, 'deny') },
          ]
        : [],
  })
  return (
    <ol class="holds" aria-label={t('holds.title')}>
      {waiting.map((held, index) => (
        <li key={heldOf(held)} {...cursor.row(held)}>
          <Countdown until={held.expires} />
          <div class="held">
            <p class="held-head">
              <a class="link" href={address('decisions', [], { user: held.user })}><Name name={held.name} id={held.user} /></a>
              <a class="link soft" href={address('room', [held.room])}><Name name={held.room} /></a>
              <Chip>{held.rule}</Chip>
              <span class="faint">{say('category', held.category)}</span>
            </p>
            <Quoted text={held.text} />
          </div>
          {allowed ? (
            <div class="tools">
              <Button run={() => void decide(held, 'approve')} busy={busy === heldOf(held)} {...(index === cursor.at ? { keys: 'a' } : {})}>{t('holds.approve')}</Button>
              <Button run={() => void decide(held, 'deny')} busy={busy === heldOf(held)} {...(index === cursor.at ? { keys: 'd' } : {})}>{t('holds.deny')}</Button>
            </div>
          ) : null}
        </li>
      ))}
    </ol>
  )
}

// A message that was let through can be removed again. One that was denied is gone: its server dropped it.
function wayBack(held: Hold, word: 'approve' | 'deny'): { action?: { label: string; key: string; run: () => void } } {
  if (word === 'deny' || !may('rooms.act')) return {}
  const run = (): void => {
    post(path('rooms', held.room, 'actions'), { target: 'message', id: held.id, rev: held.rev, kind: 'remove' }).then(
      () => toast({ text: t('holds.taken_back') }),
      toastProblem,
    )
  }
  return { action: { label: t('v2.undo'), key: 'u', run } }
}
