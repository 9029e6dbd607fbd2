// One case: what happened, who it is about, what may be done; the queue stays beside it.
import { useEffect, useState } from 'preact/hooks'
import type { CaseView, Member } from '../api/shapes'
import { Ended, News, Veto } from '../case/banners'
import { Choices } from '../case/choices'
import { Context } from '../case/context'
import { Deadline } from '../case/deadline'
import { goNext, useDeciding } from '../case/deciding'
import { Facts } from '../case/facts'
import { useCase, type Opened } from '../case/load'
import { Members } from '../case/members'
import { Moves } from '../case/moves'
import { Notes } from '../case/notes'
import { Strip } from '../case/strip'
import { spokenOf, Transcript } from '../case/transcript'
import { User } from '../case/user'
import { caseName } from '../case/words'
import { address, go } from '../frame/route'
import { may, me } from '../frame/session'
import type { ViewProps } from '../frame/views'
import { count, language, say, t } from '../i18n'
import { useKeys } from '../keys/use'
import { Chip, Priority, Severity } from '../parts/marks'
import { Line } from '../parts/quoted'
import { scrolls } from '../parts/scrolls'
import { Empty, Show } from '../parts/state'
import { queueAt } from '../queue/filters'
import { cursor, filters, put, rows } from '../queue/store'
import { stepped } from '../queue/walk'
import '../styles/case.css'
import '../styles/evidence.css'
import '../styles/decide.css'

export default function Case({ parts }: ViewProps) {
  const id = parts[0]
  if (!id) return <Empty title={t('problem.not_found')} />
  return <Open key={id} id={id} />
}

function Open({ id }: { id: string }) {
  const opened = useCase(id)
  const step = (by: number): void => {
    const to = stepped(rows.peek(), cursor.peek(), by)
    if (to && to !== id) go(address('case', [to]), true)
  }
  useKeys(t('case.title'), [
    { key: 'j', says: t('case.keys.next'), run: () => step(1) },
    { key: 'k', says: t('case.keys.previous'), run: () => step(-1) },
    { key: 'Escape', says: t('case.keys.back'), run: () => go(queueAt(filters.peek())) },
  ])
  return (
    <div class="case-view">
      <Strip id={id} />
      <Show asked={opened.asked}>{(view) => <Shown key={id} view={view} opened={opened} />}</Show>
    </div>
  )
}

function Shown({ view, opened }: { view: CaseView; opened: Opened }) {
  const { asked, show } = opened
  const line = view.case
  const shown = (fresh: typeof line): void => {
    show(fresh)
    put(fresh)
  }
  const deciding = useDeciding(line, show)
  const [chosen, setChosen] = useState<Member | null>(null)
  const member = chosen && view.members.items.includes(chosen) ? chosen : (view.members.items[0] ?? null)
  const open = line.state !== 'decided' && line.state !== 'expired' && line.state !== 'resolved'
  useEffect(() => {
    document.title = `${caseName(line)} · Seawall`
  }, [line.category, language.value])

  return (
    <>
      <div class="case-middle">
        <CaseHead view={view} />
        <div class="evidence" {...scrolls(t('case.evidence'))}>
          <Veto view={view} deciding={deciding} />
          <Ended line={line} />
          <News view={view} others={opened.others} joined={opened.joined} reload={asked.reload} />
          {member ? <Context line={line} member={member} context={chosen && chosen !== view.members.items[0] ? [] : view.context} /> : <Empty title={t('case.no_text')}>{line.because ? <Line text={line.because} most={400} /> : null}</Empty>}
          <Transcript members={view.members.items} current={member?.event ?? ''} choose={setChosen} />
          {line.members > 1 && spokenOf(view.members.items).length < view.members.items.length ? (
            <Members
              line={line}
              page={view.members}
              current={member}
              choose={setChosen}
              add={(page) => asked.set((old) => old && { ...old, members: { items: [...old.members.items, ...page.items], next: page.next } })}
            />
          ) : null}
        </div>
      </div>
      <aside class="case-side" aria-label={t('case.side')}>
        {open ? (
          <div class="decide">
            <Deadline line={line} />
            {may('cases.decide') ? <Choices view={view} deciding={deciding} /> : null}
            <Moves line={line} choices={view.choices} show={shown} gone={() => goNext(line.id)} />
          </div>
        ) : null}
        {view.who ? <User who={view.who} /> : null}
        <Facts view={view} />
        <Notes
          line={line}
          notes={view.notes}
          show={shown}
          add={(note) => asked.set((old) => old && { ...old, notes: [...old.notes, note] })}
          drop={(note) => asked.set((old) => old && { ...old, notes: old.notes.filter((one) => one.id !== note) })}
        />
      </aside>
    </>
  )
}

function CaseHead({ view: { case: line } }: { view: CaseView }) {
  return (
    <header class="head">
      <Severity severity={line.severity} />
      <h1>{caseName(line)}</h1>
      <div class="beside">
        {line.members > 1 ? <Chip tone="accent">{count('case.incident', line.members)}</Chip> : null}
        {line.state === 'open' ? null : <Chip tone={line.claimed_by === me() ? 'accent' : 'plain'}>{line.state === 'claimed' ? t('queue.claimed_by', { name: line.claimed_by === me() ? t('queue.you') : line.claimed_by }) : say('case_state', line.state)}</Chip>}
      </div>
      <div class="tools">
        <Priority priority={line.priority} />
      </div>
    </header>
  )
}
